"""Visits sources at an editor's word, one outlet after the other, in a thread of the server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from ingest.outlets import Outlet
from ingest.pipeline import Pipeline
from ingest.watch.progress import visit_log
from ingest.watch.runner import Runner
from ingest.watch.state import WatchState
from rag.config import Settings
from rag.errors import TelalError
from rag.models.embed import Embedder
from rag.store.archive.archive import Archive


@dataclass(frozen=True, slots=True)
class Visited:
    """A visit that an editor asked for: `state` is waiting, running, done or failed; `error` in plain words."""

    state: str
    stored: int = 0
    rejected: int = 0
    error: str = ""


class Visits:
    """Of one process; `telal ingest watch` may run beside it, as each source is claimed before it is visited."""

    def __init__(self, settings: Settings, archive: Archive, embedder: Embedder) -> None:
        self._settings, self._archive, self._embedder = settings, archive, embedder
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="desk-visit")
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._visited: dict[str, Visited] = {}

    def of(self, outlet: str) -> dict[str, Any] | None:
        """How the last visit that was asked for fares; None when none was."""
        with self._lock:
            found = self._visited.get(outlet)
        return asdict(found) if found else None

    def start(self, outlet: str, outlets: Callable[[], Sequence[Outlet]]) -> None:
        """Visit an outlet's sources as soon as its turn comes; nothing when it waits or is visited already."""
        with self._lock:
            known = self._visited.get(outlet)
            if known is not None and known.state in ("waiting", "running"):
                return
            self._visited[outlet] = Visited("waiting")
        self._pool.submit(self._visit, outlet, outlets)

    def close(self) -> None:
        """Ends the visit that runs and starts no other."""
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)

    def _visit(self, outlet: str, outlets: Callable[[], Sequence[Outlet]]) -> None:
        self._note(outlet, Visited("running"))
        try:
            runner = Runner(
                self._settings,
                Pipeline(self._archive, self._embedder, self._settings),
                self._archive,
                WatchState.of(self._archive),
                outlets(),
                log=visit_log("critical", as_json=False),
                stopped=self._stop.is_set,
                only=[outlet],
            )
            totals = runner.run(once=True)
            errors = [s.error for s in WatchState.of(self._archive).sources() if s.outlet == outlet and s.error]
            state = "failed" if errors and not totals.stored else "done"
            self._note(outlet, Visited(state, totals.stored, totals.rejected + totals.refused, "; ".join(errors)[:500]))
        except TelalError as error:
            self._note(outlet, Visited("failed", error=error.message))
        except BaseException as error:
            self._note(outlet, Visited("failed", error=type(error).__name__))
            raise

    def _note(self, outlet: str, visited: Visited) -> None:
        with self._lock:
            self._visited[outlet] = visited
