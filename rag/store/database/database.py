"""The seam between the archive and the database that holds it: SQLite (sqlite.py) or PostgreSQL (postgres.py)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Boolean, Connection, Float
from sqlalchemy.sql.functions import FunctionElement

from rag.errors import ReadOnly, TelalError


class Database(Protocol):
    """Connections to one database, safe to use from many threads and beside other processes.

    Raises ArchiveBusy, ArchiveUnavailable, ArchiveBroken, DiskFull, ReadOnly.
    """

    read_only: bool

    @property
    def name(self) -> str:
        """Its name in messages, without a password."""
        ...

    @property
    def unsearched(self) -> str:
        """Where bytes of erased articles may remain for a while, though no question reaches them; "" for nowhere."""
        ...

    def begin(self) -> None:
        """Make it ready for its first table."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that sees one snapshot until the block ends."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that holds the single write lock from its start, and commits when the block ends without an
        error.

        So change numbers are assigned in the order of the commits.
        """
        ...

    def sharing(self) -> AbstractContextManager[Connection]:
        """A transaction on the tables of shared_tables.py, which need not wait for those who write articles."""
        ...

    def stamp(self) -> object:
        """Differs after a commit of any process, at next to no cost; None where `listen` tells of commits instead."""
        ...

    def listen(self, ring: Callable[[], None], stop: threading.Event) -> None:
        """Call `ring` after every commit of any process until `stop`; returns at once where it must be polled."""
        ...

    def wipe(self) -> None:
        """Free the space of what was erased, its bytes too where the database can."""
        ...

    def problems(self) -> list[str]:
        """What the database's own check finds wrong, in plain words."""
        ...

    def size_bytes(self) -> int:
        """Bytes that it takes."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


class holds(FunctionElement[bool]):  # noqa: N801  used like SQL's own functions
    """`holds(column, value)`: does the column contain the value, a text or bytes? Case-sensitive."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: Any, value: str | bytes) -> None:
        super().__init__(column, value)


class server_seconds(FunctionElement[float]):  # noqa: N801
    """Seconds since 1970 by the database's own clock, at this moment."""

    type = Float()
    inherit_cache = True


def missing_archive_error(name: str) -> TelalError:
    """The error for a database without an archive, when none may be created."""
    return ReadOnly(
        f"There is no archive at {name}.", hint="Run `telal ingest`, or set TELAL_DATA_DIR or TELAL_ARCHIVE__URL."
    )


@dataclass(frozen=True, slots=True)
class ErrorMeaning:
    """What an error of a database means: the kind of ours, what is said of the archive named {}, and what to do."""

    kind: type[TelalError]
    said: str
    hint: str

    def of(self, name: object) -> TelalError:
        """The error to raise for the archive of this name."""
        return self.kind(self.said.format(name), hint=self.hint)


class Turns:
    """Queues the writers of this process, so that only one at a time waits for other processes."""

    def __init__(self, timeout_s: float, late: Callable[[], TelalError]) -> None:
        self._lock = threading.Lock()
        self._timeout_s = timeout_s
        self._late = late

    @contextmanager
    def take_turn(self) -> Iterator[None]:
        """Waits for this thread's turn. Raises the given error when it does not come in time."""
        if not self._lock.acquire(timeout=self._timeout_s):
            raise self._late()
        try:
            yield
        finally:
            self._lock.release()
