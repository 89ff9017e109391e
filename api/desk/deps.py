"""The services that the desk's routes share, handed to them by FastAPI."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request

from api.auth.keys import KeyStore
from api.deps import Services
from api.desk.acts import Acts
from api.desk.asked import QuestionLog
from api.desk.session import OpenSessions, Session, Sessions
from api.desk.visits import RequestedVisits, VisitThread
from api.routes.admin import writable
from ingest.outlets import OutletChanges, OutletConfig, site_outlets
from ingest.pipeline import Pipeline
from rag.store.archive.archive import Archive
from rag.store.pins import Pins
from rag.store.site_cases import SiteCases


class DeskServices:
    """The desk's tables, sessions and visits to sources, built once by `build_app`."""

    def __init__(self, telal: Services, keys: KeyStore) -> None:
        self.telal, self.database = telal, telal.database
        self.sessions = Sessions(keys, OpenSessions(self.database))
        self.acts = Acts(self.database)
        self.question_log = QuestionLog(self.database)
        self.cases = SiteCases(self.database)
        self.pins = Pins(self.database)
        self.changes = OutletChanges(self.database)

    @cached_property
    def visits(self) -> RequestedVisits:
        return RequestedVisits(self.telal.settings, self.archive, self.telal.engine.embedder)

    @cached_property
    def visit_thread(self) -> VisitThread:
        """The thread that visits sources whenever they are due."""
        return VisitThread(self.telal.settings, self.archive, lambda: self.pipeline, self.outlets)

    @cached_property
    def archive(self) -> Archive:
        """The archive with its embedding model's identity, for writing articles."""
        return writable(self.telal)

    @property
    def pipeline(self) -> Pipeline:
        return Pipeline(self.archive, self.telal.engine.embedder, self.telal.settings)

    def outlets(self) -> list[OutletConfig]:
        """Returns the site's outlets, paused ones too."""
        return site_outlets(self.telal.settings, self.database)

    def close(self) -> None:
        """Stops the visits that still run."""
        for name in ("visits", "visit_thread"):
            if name in self.__dict__:
                getattr(self, name).close()


def desk_services(request: Request) -> DeskServices:
    """Returns the desk's services of the app that serves this request."""
    found = request.app.state.desk
    assert isinstance(found, DeskServices)
    return found


Desk = Annotated[DeskServices, Depends(desk_services)]


def session(request: Request) -> Session:
    """Returns the editor's session. Raises RequestRefused, and 404 while there is no desk."""
    return desk_services(request).sessions.of(request)


CurrentSession = Annotated[Session, Depends(session)]
