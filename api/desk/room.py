"""What the desk's routes share: its tables, sessions, visits to sources; handed to them by FastAPI."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request

from api.auth.keys import KeyStore
from api.deps import Services
from api.desk.session import Session, Sessions
from api.desk.visits import Visits
from api.kept.erasure import keeps_of
from ingest.lifecycle.erasure import Keeps
from ingest.outlets import Outlet, site_outlets
from ingest.pipeline import Pipeline, identity
from rag.store.archive.archive import Archive
from rag.store.database.database import Database
from rag.store.desk.acts import Acts
from rag.store.desk.asked import AskedLog
from rag.store.desk.decisions import Choices, OutletChanges, Settlements, SiteCases
from rag.store.desk.tables import made


@dataclass(frozen=True)
class Room:
    """Built once by `build_app`. The tables are made when the first editor signs in."""

    telal: Services
    keys: KeyStore

    @cached_property
    def database(self) -> Database:
        """The archive's own, never opened a second time (docs/decisions/062)."""
        return made(self.telal.engine.archive._database)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self.keys, lambda: Choices(self.database).secret())

    @cached_property
    def visits(self) -> Visits:
        return Visits(self.telal.settings, self.archive, self.telal.engine.embedder)

    @cached_property
    def acts(self) -> Acts:
        return Acts(self.database)

    @cached_property
    def asked(self) -> AskedLog:
        return AskedLog(self.database)

    @cached_property
    def cases(self) -> SiteCases:
        return SiteCases(self.database)

    @cached_property
    def changes(self) -> OutletChanges:
        return OutletChanges(self.database)

    @cached_property
    def settlements(self) -> Settlements:
        return Settlements(self.database)

    @cached_property
    def archive(self) -> Archive:
        """To write articles: knows the model that makes their vectors."""
        engine, settings = self.telal.engine, self.telal.settings
        return Archive(engine.archive._database, identity(settings, engine.embedder))

    @property
    def pipeline(self) -> Pipeline:
        return Pipeline(self.archive, self.telal.engine.embedder, self.telal.settings)

    @property
    def keeps(self) -> list[Keeps]:
        """What must forget an erased article's words, beside the archive."""
        return keeps_of(self.telal.settings.data_dir, self.telal.database, archive=self.database)

    def outlets(self) -> list[Outlet]:
        """The site's outlets, paused ones too."""
        return site_outlets(self.telal.settings, self.database)

    def close(self) -> None:
        """Ends what still runs."""
        if "visits" in self.__dict__:
            self.visits.close()


def room(request: Request) -> Room:
    """The room of the app that serves this request."""
    found = request.app.state.desk
    assert isinstance(found, Room)
    return found


Desk = Annotated[Room, Depends(room)]


def session(request: Request) -> Session:
    """The editor's session. Raises NoKey, NotAllowed, 404 while there is no desk."""
    return room(request).sessions.of(request)


Signed = Annotated[Session, Depends(session)]
