"""Whether questions can be answered, said within two seconds, also where the database says nothing at all."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from typing import Any

from rag.errors import ArchiveUnavailable, TelalError
from rag.newsroom import Newsroom
from rag.store.archive.archive import EMPTY
from rag.wire import jsonable

_PATIENCE_S = 0.6  # asking takes 1 ms, on a machine under load some tens
_HOLDS_S = 1.0  # so long an answer holds: a machine that is only busy is not taken out
_LATE_S = 0.1  # a process that wakes up later than that is short of time itself
SILENT = "silent"
WAITS_S = 0.5  # for which a question waits before it looks whether the database is silent


@dataclass(frozen=True, slots=True)
class ArchiveStanding:
    """How the archive is ("ok", the kind of an error, or "silent"), how far each index, and what works less well."""

    archive: str
    indexes: dict[str, Any]
    notices: tuple[str, ...]


class Readiness:
    """Asks in a thread of its own, one question at a time: a database that hangs holds up no more than that."""

    def __init__(self, engine: Newsroom, *, on_server: bool = False) -> None:
        """`on_server`: the archive's database is a server, which can fall silent."""
        self._engine, self._on_server = engine, on_server
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="ready")
        self._lock = threading.Lock()
        self._asked: Future[ArchiveStanding] | None = None
        self._last, self._last_at = ArchiveStanding(SILENT, {}, ()), -_HOLDS_S
        self._line = ThreadPoolExecutor(1, thread_name_prefix="heard")
        self._called: tuple[float, Future[int]] | None = None

    def standing(self) -> ArchiveStanding:
        """How it stands now; "silent" where nothing was said in time."""
        with self._lock:
            asked = self._asked
            if asked is None or asked.done():
                asked = self._asked = self._pool.submit(_standing, self._engine)
        try:
            self._last = asked.result(_PATIENCE_S)
            self._last_at = time.monotonic()
        except TookTooLong:
            if time.monotonic() > self._last_at + _HOLDS_S:
                return ArchiveStanding(SILENT, {}, ())
        return self._last

    async def silent(self) -> bool:
        """Whether nothing has been heard of the archive's database for a second, or it cannot be reached.

        Not where this process itself comes to no word, on a machine that has too much to do.
        """
        if not self._on_server:
            return False
        with self._lock:
            if self._called is None or self._called[1].done():
                self._called = time.monotonic(), self._line.submit(self._engine.archive.last_change)
            since, called = self._called
        begun = time.monotonic()
        left = max(since + _HOLDS_S - begun, _LATE_S)
        try:
            await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(called)), left)
        except TimeoutError:
            return time.monotonic() - begun - left < _LATE_S
        except TelalError as error:
            return isinstance(error, ArchiveUnavailable)
        return False

    def close(self) -> None:
        """Asks no more."""
        for pool in (self._pool, self._line):
            pool.shutdown(wait=False, cancel_futures=True)


def _standing(engine: Newsroom) -> ArchiveStanding:
    try:
        notices = engine.indexes.notices()
        if engine.archive.last_change() == 0:
            notices = (*notices, EMPTY)
        indexes: dict[str, Any] = jsonable(engine.indexes.status())
        return ArchiveStanding("ok", indexes, notices)
    except TelalError as error:
        return ArchiveStanding(error.kind, {}, ())


def silent_archive() -> ArchiveUnavailable:
    """Makes the error for a question that waited for a silent database."""
    return ArchiveUnavailable("Nothing is heard of the archive's database.", hint="Ask again.")
