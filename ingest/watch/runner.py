"""Runs visits: several threads fetch and one stores, until all is visited or a stop is requested. Follows changed
outlets."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.fetch.addresses import Resolve
from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import Refused, Unreachable
from ingest.fetch.transport import resolve
from ingest.outlets import Outlet, outlets_file, select_outlets, site_outlets
from ingest.pipeline import Pipeline
from ingest.watch.delivery import Totals, Visit
from ingest.watch.intake import Intake
from ingest.watch.recheck import Rechecks
from ingest.watch.schedule import Pace
from ingest.watch.state import Source, WatchState, end_claims_of_the_dead, new_owner, patiently
from ingest.watch.visit import Visitor
from rag.config import Settings
from rag.errors import TelalError, TransientError
from rag.store.database.database import Database
from rag.store.database.rows import micros
from rag.store.desk.decisions import OutletChange, OutletChanges

IDLE_S = 0.5
STOP_WAIT_S = 4.0  # for threads that are in the middle of a request
CUT_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a run asks and reports: whether to stop, its progress, changed outlets, and each round's outlets."""

    stopped: Callable[[], bool] = lambda: False
    progress: Callable[[Totals, int], None] = lambda totals, under_way: None
    reload: Callable[[], Sequence[Outlet] | None] = lambda: None
    each_round: Callable[[Collection[Outlet]], None] = lambda outlets: None


class Runner:
    """Visits the sources of outlets. Several may run on one archive, in one process or in many."""

    def __init__(
        self,
        settings: Settings,
        pipeline: Pipeline,
        state: WatchState,
        outlets: Sequence[Outlet],
        *,
        log: Any,
        hooks: Hooks | None = None,
        only: Collection[str] = (),
        resolve: Resolve = resolve,
    ) -> None:
        """`only`: the names of the outlets to visit; the state of the others stays. None: all."""
        self._settings = settings.ingest
        self._only = frozenset(only)
        self._state = state
        self._listed = outlets  # paused ones, too: their articles are kept no longer for that
        self._outlets: Mapping[str, Outlet] = {o.name: o for o in outlets if o.enabled}
        self._log = log
        self._stopping = threading.Event()
        self._hooks = hooks or Hooks()
        self.owner = new_owner()
        self.totals = Totals()
        self._guard = threading.Lock()
        self._running: list[Visit] = []
        self._renewed: dict[str, float] = {}
        self.fetcher = Fetcher(self._settings, stopped=self._stopped, resolve=resolve)
        self._intake = Intake(pipeline, pipeline.archive, state, self._settings, stopped=self._stopped, log=log)
        self.visitor = Visitor(
            self.fetcher, state, self._settings, self._intake.deliver, keep=self._keep, serial=itertools.count(1)
        )
        self._rechecks = Rechecks(self.fetcher, state, pipeline.archive, self._settings, self.visitor)
        self._fatal: BaseException | None = None
        self._before: datetime | None = None  # of a run that visits everything once: when it began

    def run(self, *, once: bool) -> Totals:
        """Visits sources until all are done (`once`) or a stop is requested.

        Raises what ends every visit: a model or an archive that cannot be used.
        """
        end_claims_of_the_dead(self._state)
        self._state.sync(self._outlets.values(), interval_s=self._settings.poll_s, now=datetime.now(UTC))
        before = self._before = datetime.now(UTC) if once else None
        threads = [
            threading.Thread(target=self._work, args=(before,), name=f"visits-{n}", daemon=True)
            for n in range(min(self._settings.concurrency, len(self._outlets)) if once else self._settings.concurrency)
        ]
        for thread in threads:
            thread.start()
        try:
            while not self._stopped() and (any(t.is_alive() for t in threads) or self._intake.waiting):
                self._intake.take()
                self._hooks.progress(self.totals, sum(visit.stored for visit in list(self._running)))
                self._follow_the_file()
                self._hooks.each_round(self._listed)
                while not self._intake.backoff.due and not self._stopped():
                    time.sleep(IDLE_S)
        finally:
            self._end(threads)
        if self._fatal is not None:
            raise self._fatal
        return self.totals

    def _follow_the_file(self) -> None:
        """Visits outlets that were added or changed meanwhile, and stops visiting those that were removed."""
        outlets = self._hooks.reload()
        if outlets is None:
            return
        self._listed = outlets
        self._outlets = {o.name: o for o in outlets if o.enabled}
        try:
            self._state.sync(self._outlets.values(), interval_s=self._settings.poll_s, now=datetime.now(UTC))
            self._log.info("outlets", outlets=len(self._outlets))
        except TelalError as error:
            self._log.error("outlets", error=error.message, hint=error.hint)

    def _end(self, threads: Sequence[threading.Thread]) -> None:
        """Ends the threads and releases the claims. The next run fetches again what was not acknowledged."""
        self._stopping.set()
        self._intake.abort(list(self._running), "stopped")
        until = time.monotonic() + STOP_WAIT_S
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        try:
            patiently(lambda: self._state.release(self.owner))
        except TelalError as error:  # the leases end by themselves
            self._log.warning("release", error=error.message)
        self.fetcher.close()

    def _stopped(self) -> bool:
        return self._stopping.is_set() or self._hooks.stopped()

    def _work(self, before: datetime | None) -> None:
        """One thread: claim, visit, settle, again."""
        while not self._stopped():
            try:
                source = self._claim(before)
                if source is not None:
                    self._visit(source)
                    continue
            except TransientError as error:
                self._log.warning("watch", error=error.message, hint=error.hint)
            except TelalError as error:
                self._log.error("watch", error=error.message, hint=error.hint)
            except BaseException as error:
                self._fatal = error
                self._stopping.set()
                return
            if before is not None and self._visited_all(before):
                return
            self._stopping.wait(IDLE_S)

    def _visited_all(self, before: datetime) -> bool:
        try:
            at = micros(before)
            return all((s.visited or 0) >= at for s in self._state.sources() if s.outlet in self._visited())
        except TelalError:
            return False

    def _claim(self, before: datetime | None) -> Source | None:
        now, lease = datetime.now(UTC), self._settings.lease_s
        if self._only and not self._visited():  # it was paused or taken out meanwhile
            return None
        return self._state.claim(self.owner, lease_s=lease, now=now, before=before, among=self._visited())

    def _visited(self) -> list[str]:
        """The names of the outlets that this runner visits."""
        return [name for name in self._outlets if not self._only or name in self._only]

    def _visit(self, source: Source) -> None:
        outlet = self._outlets.get(source.outlet)
        if outlet is None:  # taken out of the file in this moment
            self._state.finish(source.key, self.owner)
            return
        visit = Visit(source, outlet)
        with self._guard:
            self._running.append(visit)
        self._renewed[source.key] = time.monotonic()
        remember: dict[str, Any] = {}
        ttl_s, retry_after_s, error, stopped = None, None, "", False
        try:
            found = self.visitor.look(visit)
            remember |= found.remember
            visit.unchanged = found.listing is None
            if found.listing is not None:
                ttl_s = found.listing.ttl_s
                mark = self.visitor.take_all(visit, found.listing)
                remember |= {"mark": mark} if mark else {}
            checked = self._rechecks.run(visit)
            self.totals.checked += checked
        except Refused as failure:
            error = failure.message
        except Unreachable as failure:
            error, retry_after_s = failure.message, failure.retry_after_s
            stopped = failure.reason == "stopped"
        finally:
            with self._guard:
                self._running.remove(visit)
        if not stopped and not self._stopped() and visit.aborted != "stopped":
            self._finish(visit, remember, error or visit.aborted, ttl_s=ttl_s, retry_after_s=retry_after_s)

    def _finish(
        self, visit: Visit, remember: dict[str, Any], error: str, *, ttl_s: float | None, retry_after_s: float | None
    ) -> None:
        source, now = visit.source, datetime.now(UTC)
        pace = Pace.of(self._settings, visit.outlet.every_s)
        goes_on = visit.cut and visit.handed > 0 and not error and self._before is not None  # within the same run
        values: dict[str, Any] = {"visited": None if goes_on else micros(now), "visits": source.visits + 1}
        if error:
            failures = source.failures + 1
            pause = pace.after_failure(failures, retry_after_s=retry_after_s)
            values |= {"error": error[:500], "failures": failures}
        else:
            pause = pace.after_success(source.interval_s, news=visit.stored > 0, ttl_s=ttl_s)
            values |= {"error": "", "failures": 0, "succeeded": micros(now), "interval_s": pause}
            values |= {"unchanged": source.unchanged + visit.unchanged}
            if visit.cut:
                pause = CUT_PAUSE_S
                remember = {k: v for k, v in remember.items() if k == "mark"}
            values |= remember
        due = now + timedelta(seconds=pause)
        mine = patiently(lambda: self._state.finish(source.key, self.owner, **values, due=micros(due)))
        with self._guard:
            self.totals.add(visit, error)
        level = self._log.warning if error else self._log.info
        level(
            "visit",
            outlet=source.outlet,
            source=source.url,
            error=error or None,
            unchanged=visit.unchanged,
            listed=visit.listed,
            stored=visit.stored,
            rejected=visit.rejected,
            refused=visit.refused,
            failed=visit.failed,
            next_s=round(pause),
            lost=None if mine else True,
        )

    def _keep(self, visit: Visit) -> bool:
        """Renews the claim when a third of it is over. False when it was lost."""
        key, now = visit.source.key, time.monotonic()
        if now - self._renewed[key] < self._settings.lease_s / 3:
            return True
        self._renewed[key] = now
        return self._state.renew(key, self.owner, lease_s=self._settings.lease_s, now=datetime.now(UTC))


EVERY_S = 2.0

Stamp = tuple[tuple[int, int] | None, Mapping[str, OutletChange]]


class Changes:
    """Looks for changed outlets, at most every two seconds. A file with a mistake is reported and not followed."""

    def __init__(self, settings: Settings, names: Sequence[str], log: Any, database: Database) -> None:
        self._settings = settings
        self._names = names
        self._log = log
        self._database = database
        self._path = outlets_file(settings)
        self._seen = self._stamp()
        self._next = 0.0

    def look(self) -> list[Outlet] | None:
        """The outlets as they are now; None when nothing has changed, or the change cannot be used."""
        if time.monotonic() < self._next:
            return None
        self._next = time.monotonic() + EVERY_S
        try:
            stamp = self._stamp()
            if stamp == self._seen:
                return None
            self._seen = stamp
            return select_outlets(site_outlets(self._settings, self._database), self._names)
        except TelalError as error:
            self._log.warning("outlets", error=error.message, hint=error.hint)
            return None

    def _stamp(self) -> Stamp:
        return _file_stamp(self._path), OutletChanges(self._database).all()


def _file_stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
