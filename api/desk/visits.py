"""Visits outlets from the server: whenever they are due, and when an editor asks for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from ingest.outlets import OutletConfig
from ingest.pipeline import Pipeline
from ingest.watch.expiry import Expiry, expire_by_command
from ingest.watch.runner import Runner
from ingest.watch.show import visit_log
from ingest.watch.state import WatchState
from rag.config import Settings
from rag.errors import TelalError
from rag.models.embed import Embedder
from rag.store.archive.archive import Archive

LOOK_S = 5.0  # between looks for the first outlet
REST_S = 60.0  # after an error

_log = logging.getLogger(__name__)


class VisitThread:
    """Visits outlets in a thread whenever they are due.

    Several servers and `telal ingest watch` may work on one archive, as each claims an outlet before it visits it.
    """

    def __init__(
        self,
        settings: Settings,
        archive: Archive,
        pipeline: Callable[[], Pipeline],
        outlets: Callable[[], Sequence[OutletConfig]],
    ) -> None:
        self._settings, self._archive, self._pipeline, self._outlets = settings, archive, pipeline, outlets
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="telal-visiting", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def close(self) -> None:
        """Stops the running visits. What was not stored is fetched again by the next ones."""
        self._stop.set()
        self._thread.join(30.0)

    def _work(self) -> None:
        while not self._stop.wait(LOOK_S):
            try:
                if listed := self._outlets():
                    self._visit(listed)
            except TelalError as error:
                _log.warning("Outlets cannot be visited now: %s %s", error.message, error.hint)
                self._stop.wait(REST_S)

    def _visit(self, listed: Sequence[OutletConfig]) -> None:
        """Visits outlets until the server stops, and follows every change of them."""
        log = visit_log("warning", as_json=False)
        Runner(
            self._settings,
            self._pipeline(),
            listed,
            log=log,
            stopped=self._stop.is_set,
            reload=self._outlets,
            each_round=Expiry(self._archive, expire_by_command(self._settings), log).look,
        ).run(once=False)


@dataclass(frozen=True, slots=True)
class VisitStatus:
    """How a visit goes that an editor asked for. `state`: waiting, running, done or failed; `error`: in plain words."""

    state: str
    stored: int = 0
    rejected: int = 0
    error: str = ""


class RequestedVisits:
    """Makes the visits that editors ask for, one after the other."""

    def __init__(self, settings: Settings, archive: Archive, embedder: Embedder) -> None:
        self._settings, self._archive, self._embedder = settings, archive, embedder
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="desk-visit")
        self._stop = threading.Event()
        self._visits: dict[str, Future[VisitStatus]] = {}

    def of(self, outlet: str) -> VisitStatus | None:
        """Returns the status of an outlet's last visit; None when nobody asked for one."""
        visit = self._visits.get(outlet)
        if visit is None:
            return None
        if not visit.done():
            return VisitStatus("running" if visit.running() else "waiting")
        if error := visit.exception():
            return VisitStatus("failed", error=error.message if isinstance(error, TelalError) else type(error).__name__)
        return visit.result()

    def start(self, outlet: str, outlets: Callable[[], Sequence[OutletConfig]]) -> None:
        """Queues a visit to an outlet's sources, unless one is queued or running."""
        known = self._visits.get(outlet)
        if known is None or known.done():
            self._visits[outlet] = self._pool.submit(self._visit, outlet, outlets)

    def close(self) -> None:
        """Stops the running visit, and starts no other."""
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)

    def _visit(self, outlet: str, outlets: Callable[[], Sequence[OutletConfig]]) -> VisitStatus:
        runner = Runner(
            self._settings,
            Pipeline(self._archive, self._embedder, self._settings),
            outlets(),
            log=visit_log("critical", as_json=False),
            stopped=self._stop.is_set,
            only=[outlet],
        )
        totals = runner.run(once=True)
        errors = [s.error for s in WatchState.of(self._archive).sources() if s.outlet == outlet and s.error]
        became = "failed" if errors and not totals.stored else "done"
        return VisitStatus(became, totals.stored, totals.rejected + totals.refused, "; ".join(errors)[:500])
