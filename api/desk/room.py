"""What the desk's routes share: its tables, sessions, visits to sources; handed to them by FastAPI."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Annotated, Any

from fastapi import Depends, Request

from api.auth.keys import KeyStore
from api.deps import Services
from api.desk.session import Session, Sessions
from api.desk.visiting import Visiting
from api.routes.admin import writable
from ingest.outlets import Outlet, site_outlets
from ingest.pipeline import Pipeline
from ingest.watch.progress import visit_log
from ingest.watch.runner import Hooks, Runner
from ingest.watch.state import WatchState
from rag.config import Settings
from rag.errors import TelalError
from rag.models.embed import Embedder
from rag.store.archive.archive import Archive
from rag.store.desk.acts import Acts
from rag.store.desk.decisions import OutletChanges, Settlements, SiteCases
from rag.store.desk.pins import Pins
from rag.store.desk.questions import QuestionLog
from rag.store.desk.sessions import OpenSessions


@dataclass(frozen=True, slots=True)
class RequestedVisit:
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
        self._visited: dict[str, RequestedVisit] = {}

    def of(self, outlet: str) -> dict[str, Any] | None:
        """The state of the last requested visit; None if there was none."""
        with self._lock:
            found = self._visited.get(outlet)
        return asdict(found) if found else None

    def start(self, outlet: str, outlets: Callable[[], Sequence[Outlet]]) -> None:
        """Queue a visit to an outlet's sources, unless it is queued or running."""
        with self._lock:
            known = self._visited.get(outlet)
            if known is not None and known.state in ("waiting", "running"):
                return
            self._visited[outlet] = RequestedVisit("waiting")
        self._pool.submit(self._visit, outlet, outlets)

    def close(self) -> None:
        """Stops the running visit and starts no other."""
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)

    def _visit(self, outlet: str, outlets: Callable[[], Sequence[Outlet]]) -> None:
        self._note(outlet, RequestedVisit("running"))
        try:
            runner = Runner(
                self._settings,
                Pipeline(self._archive, self._embedder, self._settings),
                outlets(),
                log=visit_log("critical", as_json=False),
                hooks=Hooks(stopped=self._stop.is_set),
                only=[outlet],
            )
            totals = runner.run(once=True)
            errors = [s.error for s in WatchState.of(self._archive).sources() if s.outlet == outlet and s.error]
            state = "failed" if errors and not totals.stored else "done"
            self._note(
                outlet, RequestedVisit(state, totals.stored, totals.rejected + totals.refused, "; ".join(errors)[:500])
            )
        except TelalError as error:
            self._note(outlet, RequestedVisit("failed", error=error.message))
        except BaseException as error:
            self._note(outlet, RequestedVisit("failed", error=type(error).__name__))
            raise

    def _note(self, outlet: str, visited: RequestedVisit) -> None:
        with self._lock:
            self._visited[outlet] = visited


class Room:
    """Built once by `build_app`."""

    def __init__(self, telal: Services, keys: KeyStore) -> None:
        self.telal, self.database = telal, telal.database
        self.sessions = Sessions(keys, OpenSessions(self.database))
        self.acts = Acts(self.database)
        self.question_log = QuestionLog(self.database)
        self.cases = SiteCases(self.database)
        self.pins = Pins(self.database)
        self.changes = OutletChanges(self.database)
        self.settlements = Settlements(self.database)

    @cached_property
    def visits(self) -> Visits:
        return Visits(self.telal.settings, self.archive, self.telal.engine.embedder)

    @cached_property
    def visiting(self) -> Visiting:
        """The visits that the server makes by itself."""
        return Visiting(self.telal.settings, self.archive, lambda: self.pipeline, self.outlets)

    @cached_property
    def archive(self) -> Archive:
        """The archive with its embedding model's identity, for writing articles."""
        return writable(self.telal)

    @property
    def pipeline(self) -> Pipeline:
        return Pipeline(self.archive, self.telal.engine.embedder, self.telal.settings)

    def outlets(self) -> list[Outlet]:
        """The site's outlets, paused ones too."""
        return site_outlets(self.telal.settings, self.database)

    def close(self) -> None:
        """Stops what still runs."""
        for name in ("visits", "visiting"):
            if name in self.__dict__:
                getattr(self, name).close()


def room(request: Request) -> Room:
    """The room of the app that serves this request."""
    found = request.app.state.desk
    assert isinstance(found, Room)
    return found


Desk = Annotated[Room, Depends(room)]


def session(request: Request) -> Session:
    """The editor's session. Raises NoKey, NotAllowed, 404 while there is no desk."""
    return room(request).sessions.of(request)


CurrentSession = Annotated[Session, Depends(session)]
