"""Notices that the file of outlets was changed while they are watched."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ingest.outlets import Outlet, load_outlets, named, outlets_file
from rag.config import Settings
from rag.errors import TelalError

EVERY_S = 2.0


class Changes:
    """Looks at the file every two seconds at most. One with a mistake is told of and not followed."""

    def __init__(self, settings: Settings, names: Sequence[str], log: Any) -> None:
        self._settings = settings
        self._names = names
        self._log = log
        self._path = outlets_file(settings)
        self._seen = _stamp(self._path)
        self._next = 0.0

    def look(self) -> list[Outlet] | None:
        """The outlets as they are now; None when the file is as it was, or cannot be followed."""
        if time.monotonic() < self._next:
            return None
        self._next = time.monotonic() + EVERY_S
        stamp = _stamp(self._path)
        if stamp == self._seen:
            return None
        self._seen = stamp
        try:
            return named(load_outlets(self._settings), self._names)
        except TelalError as error:
            self._log.warning("outlets", error=error.message, hint=error.hint)
            return None


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
