"""Notices that the outlets were changed while they are watched, in the operator's file or at the desk."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ingest.lifecycle.site_outlets import site_outlets
from ingest.outlets import Outlet, named, outlets_file
from rag.config import Settings
from rag.errors import TelalError
from rag.store.database.database import Database
from rag.store.desk.outlets import OutletChange, OutletChanges

EVERY_S = 2.0

Stamp = tuple[tuple[int, int] | None, Mapping[str, OutletChange]]


class Changes:
    """Looks every two seconds at most. A file with a mistake is told of and not followed."""

    def __init__(self, settings: Settings, names: Sequence[str], log: Any, database: Database) -> None:
        self._settings = settings
        self._names = names
        self._log = log
        self._database = database
        self._path = outlets_file(settings)
        self._seen = self._stamp()
        self._next = 0.0

    def look(self) -> list[Outlet] | None:
        """The outlets as they are now; None when all is as it was, or cannot be followed."""
        if time.monotonic() < self._next:
            return None
        self._next = time.monotonic() + EVERY_S
        try:
            stamp = self._stamp()
            if stamp == self._seen:
                return None
            self._seen = stamp
            return named(site_outlets(self._settings, self._database), self._names)
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
