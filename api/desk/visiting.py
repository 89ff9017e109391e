"""Visits outlets while a server runs, whenever they are due; until the first outlet is listed it waits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from ingest.outlets import Outlet
from ingest.pipeline import Pipeline
from ingest.watch.expiry import Expiry, expire_by_command
from ingest.watch.progress import visit_log
from ingest.watch.runner import Hooks, Runner
from rag.config import Settings
from rag.errors import TelalError
from rag.store.archive.archive import Archive

LOOK_S = 5.0  # between looks for the first outlet
REST_S = 60.0  # after an error

_log = logging.getLogger(__name__)


class Visiting:
    """A thread of the server. Several servers and `telal ingest watch` may run on one archive: a source is claimed by a
    lease before it is visited."""

    def __init__(
        self,
        settings: Settings,
        archive: Archive,
        pipeline: Callable[[], Pipeline],
        outlets: Callable[[], Sequence[Outlet]],
    ) -> None:
        self._settings, self._archive, self._pipeline, self._outlets = settings, archive, pipeline, outlets
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="telal-visiting", daemon=True)

    def start(self) -> None:
        """Begins to look for outlets and to visit them."""
        self._thread.start()

    def close(self) -> None:
        """Stops the visits under way; what was not stored is fetched again by the next ones."""
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

    def _visit(self, listed: Sequence[Outlet]) -> None:
        """Until the server stops, following every change of the outlets."""
        log = visit_log("warning", as_json=False)
        Runner(
            self._settings,
            self._pipeline(),
            listed,
            log=log,
            hooks=Hooks(
                stopped=self._stop.is_set,
                outlets=self._outlets,
                each_round=Expiry(self._archive, expire_by_command(self._settings), log).look,
            ),
        ).run(once=False)
