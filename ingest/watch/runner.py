"""Visits the sources of outlets as they fall due, several outlets at a time, until all are visited or a stop is
requested."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.fetch.addresses import Resolve
from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import FetchFailed
from ingest.fetch.transport import resolve
from ingest.outlets import OutletConfig
from ingest.pipeline import Pipeline
from ingest.watch.page_writer import PageWriter
from ingest.watch.schedule import TTL_MOST_S, pause_after_failure
from ingest.watch.schema import SourceState
from ingest.watch.state import LEASE_S, WatchState
from ingest.watch.visit import Visit, VisitCounts
from ingest.watch.visitor import SourceVisitor
from ingest.watch.wanted import WantedPages
from rag.config import Settings
from rag.errors import ArchiveBroken, ModelMismatch, TelalError
from rag.store.database.rows import micros

IDLE_S = 0.5
STOP_WAIT_S = 7.0  # for visits that fetch or store when a stop is requested; a supervisor waits ten seconds as a rule
CUT_PAUSE_S = 1.0
FOLLOW_S = 5.0  # between two looks for changed outlets
FATAL = (ModelMismatch, ArchiveBroken)


class Runner:
    """Visits the sources of outlets. Several runners may work on one archive, in one process or in several."""

    def __init__(
        self,
        settings: Settings,
        pipeline: Pipeline,
        outlets: Sequence[OutletConfig],
        *,
        log: Any,
        stopped: Callable[[], bool] = lambda: False,
        reload: Callable[[], Sequence[OutletConfig]] | None = None,
        each_round: Callable[[Sequence[OutletConfig]], None] = lambda outlets: None,
        only: Collection[str] = (),
        resolve: Resolve = resolve,
    ) -> None:
        """`stopped` tells whether to stop. `reload` gives the outlets as they are now; None: they do not change.

        `each_round` is called twice a second with the outlets. `only`: names of the outlets to visit, while the state
        of the others is kept; none: all.
        """
        self._settings = settings.ingest
        self._only = frozenset(only)
        self._state = state = WatchState.of(pipeline.archive)
        self._listed = outlets  # paused ones too: `keep_days` holds for their articles as well
        self._log = log
        self._stop_asked, self._reload, self._each_round = stopped, reload, each_round
        self._stopping = threading.Event()
        self._ended = threading.Event()  # a visit has ended
        self._guard = threading.Lock()
        self._threads: dict[str, threading.Thread] = {}  # by the outlet that is visited
        self._leased = self._looked = 0.0
        self._mistake = ""  # in the outlets, as it was last logged
        self._fatal: BaseException | None = None
        self.totals = VisitCounts()
        self.fetcher = Fetcher(self._settings, stopped=self._stopped, resolve=resolve)
        days = self._settings.recheck_days
        writer = PageWriter(pipeline, state, recheck_days=days, stopped=self._stopped, log=log)
        wanted = WantedPages(pipeline.archive)
        self.visitor = SourceVisitor(self.fetcher, state, self._settings, writer, wanted)

    def run(self, *, once: bool) -> VisitCounts:
        """Visits sources until each was visited (`once`) or a stop is requested, and returns the totals.

        Raises ModelMismatch and ArchiveBroken, which end every visit.
        """
        before = datetime.now(UTC) if once else None
        self._state.sync(self._listed, now=datetime.now(UTC))
        try:
            while not self._stopped():
                self._each_round(self._listed)
                try:
                    self._follow()
                    self._renew()
                    self._start_visits(before)
                    if before is not None and self._all_visited(before):
                        break
                except FATAL:
                    raise
                except TelalError as error:  # of the archive: the next round tries again
                    self._log.warning("watch", error=error.message, hint=error.hint)
                self._ended.wait(IDLE_S)
                self._ended.clear()
        finally:  # the next run fetches again what was not stored
            self._stopping.set()
            until = time.monotonic() + STOP_WAIT_S
            for thread in list(self._threads.values()):
                thread.join(max(0.0, until - time.monotonic()))
            self.fetcher.close()
        if self._fatal is not None:
            raise self._fatal
        return self.totals

    def _follow(self) -> None:
        """Takes over outlets that were added, changed or removed meanwhile.

        While the file has a mistake, which is logged once, the outlets stay as they are.
        """
        if self._reload is None or time.monotonic() - self._looked < FOLLOW_S:
            return
        self._looked = time.monotonic()
        try:
            outlets = self._reload()
        except TelalError as error:
            if error.message != self._mistake:
                self._log.warning("outlets", error=error.message, hint=error.hint)
            self._mistake = error.message
            return
        self._mistake = ""
        if list(outlets) != list(self._listed):
            self._state.sync(outlets, now=datetime.now(UTC))
            self._listed = outlets
            self._log.info("outlets", outlets=len(outlets))

    def _visited(self) -> dict[str, OutletConfig]:
        """Returns the outlets that this runner visits, by name."""
        return {o.name: o for o in self._listed if o.enabled and (not self._only or o.name in self._only)}

    def _renew(self) -> None:
        """Extends the claims of the running visits. They end by themselves when this process is killed."""
        if time.monotonic() - self._leased > LEASE_S / 3:
            with self._guard:
                if self._threads:
                    self._state.lease(list(self._threads), datetime.now(UTC) + timedelta(seconds=LEASE_S))
            self._leased = time.monotonic()

    def _start_visits(self, before: datetime | None) -> None:
        outlets = self._visited()
        for _ in range(self._settings.concurrency - len(self._threads)):
            free = [name for name in outlets if name not in self._threads]
            claimed = self._state.claim(free, now=datetime.now(UTC), before=before)
            if not claimed:
                return
            outlet = outlets[claimed[0].outlet]
            work = (outlet, claimed, before is not None)
            thread = threading.Thread(target=self._work, args=work, name=f"visit {outlet.name}", daemon=True)
            with self._guard:
                self._threads[outlet.name] = thread
            thread.start()

    def _all_visited(self, before: datetime) -> bool:
        """Tells whether each source has been visited since `before`, by this process or another."""
        outlets, at = self._visited(), micros(before)
        return not self._threads and all(
            (source.visited or 0) >= at for source in self._state.sources() if source.outlet in outlets
        )

    def _stopped(self) -> bool:
        return self._stopping.is_set() or self._stop_asked()

    def _work(self, outlet: OutletConfig, claimed: Sequence[SourceState], once: bool) -> None:
        """Visits the claimed sources of one outlet, one after the other, in a thread of its own."""
        try:
            for source in claimed:
                if not self._stopped():
                    self._visit(Visit(source, outlet), once=once)
        except BaseException as error:
            self._fatal = error
            self._stopping.set()
        finally:
            with self._guard:
                del self._threads[outlet.name]
                try:
                    self._state.lease([outlet.name], None)
                except TelalError as error:  # the lease ends by itself
                    self._log.warning("watch", error=error.message, hint=error.hint)
            self._ended.set()

    def _visit(self, visit: Visit, *, once: bool) -> None:
        remember: dict[str, Any] = {}
        error, pause_s = "", 0.0
        try:
            remember, ttl_s = self.visitor.visit(visit)
            pause_s = visit.outlet.every_s or max(self._settings.poll_s, min(ttl_s or 0.0, TTL_MOST_S))
            pause_s = CUT_PAUSE_S if visit.cut else pause_s
        except FATAL:
            raise
        except TelalError as failure:
            error = failure.message
            asked_s = failure.retry_after_s if isinstance(failure, FetchFailed) else None
            pause_s = pause_after_failure(visit.source.failures + 1, retry_after_s=asked_s)
        if self._stopped():
            return
        now, source = datetime.now(UTC), visit.source
        goes_on = once and visit.cut and not error  # within the same run
        values = {**remember, "visited": None if goes_on else micros(now), "error": error[:500]}
        values |= {"failures": source.failures + 1} if error else {"failures": 0, "succeeded": micros(now)}
        visit.counts.errors = int(bool(error))
        with self._guard:
            self.totals.add(visit.counts)
        try:
            self._state.finish(source.key, **values, due=micros(now + timedelta(seconds=pause_s)))
        except FATAL:
            raise
        except TelalError as failure:  # it is visited again
            self._log.warning("watch", error=failure.message, hint=failure.hint)
        log = self._log.warning if error else self._log.info
        counted = {name: value for name, value in asdict(visit.counts).items() if name not in ("visits", "errors")}
        log("visit", outlet=source.outlet, source=source.url, error=error, **counted, next_s=round(pause_s))
