"""The archive's database in a SQLite file, and what its errors mean: the only code that knows SQLite."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import QueuePool

from rag.errors import ArchiveBroken, ArchiveBusy, DiskFull, ReadOnly, TelalError
from rag.store.database.database import ErrorMeaning, Turns, holds, missing_archive_error, server_seconds

_SYSTEM_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SYSTEM_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}
_NO_TEXT = "Could not decode to UTF-8"  # what sqlite3 says of a damaged text

_BUSY = ErrorMeaning(ArchiveBusy, "Another writer holds the archive {}.", "Try again when it has finished.")
_READ_ONLY = ErrorMeaning(
    ReadOnly, "The archive {} may not be written.", "Give this user write access to its directory."
)
_FULL = ErrorMeaning(
    DiskFull, "No room left for the archive {}; nothing stored is lost.", "Free some space, then try again."
)
_BROKEN = ErrorMeaning(
    ArchiveBroken,
    "{} is damaged or is not Telal's archive.",
    "Move it away and ingest again, or restore a backup; `telal doctor` shows what is readable.",
)
_MOVED = ErrorMeaning(ArchiveBroken, "The archive {} was moved, deleted or replaced while in use.", "Start again.")
_UNOPENABLE = ErrorMeaning(
    ArchiveBroken, "The archive {} cannot be opened.", "Check that it is a file, and its permissions."
)
_BY_NAME = {
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_READONLY_DBMOVED": _MOVED,
    "SQLITE_PERM": _READ_ONLY,
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR_SHMSIZE": _FULL,  # the log's shared memory file could not grow
    "SQLITE_CORRUPT": _BROKEN,
    "SQLITE_NOTADB": _BROKEN,
    "SQLITE_CANTOPEN": _UNOPENABLE,
}


def translate(error: Exception, path: Path) -> TelalError:
    """Our exception for an error of the database or the system."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, OSError):
        if cause.errno in _SYSTEM_FULL | _SYSTEM_REFUSED:
            return (_FULL if cause.errno in _SYSTEM_FULL else _READ_ONLY).of(path)
        said = f"The archive {path} cannot be used: {cause.strerror or cause}."
        return ArchiveBroken(said, hint="Check TELAL_DATA_DIR.")
    if isinstance(cause, PoolTimeout):
        return _BUSY.of(path)
    name = str(getattr(cause, "sqlite_errorname", ""))
    known = _BY_NAME.get(name) or _BY_NAME.get("_".join(name.split("_")[:2]))
    if known is _UNOPENABLE and not (
        os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.R_OK | os.W_OK))
    ):
        known = _READ_ONLY
    if known is None and str(cause).startswith(_NO_TEXT):  # followed by all of the text
        known = _BROKEN
    if known is not None:
        return known.of(path)
    return ArchiveBroken(
        f"The archive {path} cannot be used: {name or type(cause).__name__}: {cause}.", hint="Run `telal doctor`."
    )


__all__ = ["SqliteDatabase", "translate"]

_MAGIC = b"SQLite format 3\0"
_WRITES = "telal_writes"
_PRAGMAS = (
    "secure_delete=ON",
    "synchronous=FULL",
    "cache_size=-16000",  # KiB, a connection
    f"journal_size_limit={64 * 2**20}",  # a write-ahead log that grew past this is cut back at the next checkpoint
)

_CLOCK_TICK_NS = 50_000_000

_IMPOSSIBLE = (ValueError, KeyError, IndexError, TypeError, OverflowError)

_HELD: set[tuple[int, int]] = set()  # device and inode of each file that was opened in this process and is a database


class SqliteDatabase:
    """Connections to one file, for many threads and beside other processes.

    Readers see one snapshot and never wait. One writer at a time holds the lock from its first statement on.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float, read_only: bool) -> None:
        self.path = path
        self.name = str(path)
        self.read_only = read_only
        self._busy_timeout_s = busy_timeout_s
        self._turns = Turns(busy_timeout_s, lambda: _BUSY.of(path))  # SQLite's own waiting starves one of several
        self._engine = _engine(self._connect)
        self._file: tuple[int, int] | None = None  # which file it is, once it is there
        self._frozen: tuple[int, ...] | None = None  # how a file stood that is read without locks

    @classmethod
    def open(cls, path: Path, *, busy_timeout_s: float, read_only: bool = False) -> SqliteDatabase:
        """Check the file without changing it; create the directory unless read-only."""
        try:
            if not read_only:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
                    raise _READ_ONLY.of(path)
                _keep_private(path)
            elif not path.exists():
                raise missing_archive_error(str(path))
            found = path.stat() if path.exists() else None
            if found is not None and (found.st_dev, found.st_ino) not in _HELD:
                _must_be_sqlite(path)
        except OSError as error:
            raise translate(error, path) from error
        return cls(path, busy_timeout_s=busy_timeout_s, read_only=read_only)

    @property
    def unsearched(self) -> str:
        return ""

    def begin(self) -> None:
        """Switch the file to a write-ahead log permanently: readers do not block, and a kill loses no commit."""
        with self._translated(), contextlib.closing(self._connect()) as connection:
            mode = self._patiently(lambda: connection.execute("PRAGMA journal_mode=WAL").fetchone()[0])
        if mode != "wal":
            raise ReadOnly(
                f"The file system of {self.path} allows no write-ahead log.",
                hint="Put TELAL_DATA_DIR on a local disk.",
            )

    def _patiently(self, work: Callable[[], str]) -> str:
        """Retries while another process or thread creates the same file, which SQLite does not wait for."""
        deadline = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                return work()
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def stamp(self) -> object:
        """Size and time of the log, which every commit changes; always another while the file system's clock, which
        ticks every few milliseconds, could not tell two commits apart."""
        with contextlib.suppress(OSError):
            log = _log(self.path).stat()
            if time.time_ns() - log.st_mtime_ns > _CLOCK_TICK_NS:
                return log.st_ino, log.st_mtime_ns, log.st_size
        return object()

    def listen(self, ring: Callable[[], None], stop: threading.Event) -> None:
        """SQLite sends no notifications; asking for the last change takes 0.1 ms."""

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one snapshot until the block ends."""
        with self._translated():
            self._read_anew_if_changed()
            with self._engine.connect() as connection, connection.begin():
                self._must_be_the_same()
                try:
                    yield connection
                except _IMPOSSIBLE as error:  # of a row that says what no row can
                    raise _BROKEN.of(self.path) from error

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start and commits when the block ends without an error."""
        if self.read_only:
            raise ReadOnly(f"The archive {self.path} was opened for reading only.", hint="Open it for writing.")
        with self._translated(), self._turns.take_turn(), self._engine.connect() as connection:
            connection = connection.execution_options(**{_WRITES: True})
            with connection.begin():
                self._must_be_the_same()
                yield connection

    def sharing(self) -> contextlib.AbstractContextManager[Connection]:
        """SQLite has one writer, whatever is written."""
        return self.writing()

    def wipe(self) -> None:
        """Merge the log into the file and empty it, so that deleted bytes are in neither."""
        deadline = time.monotonic() + self._busy_timeout_s
        with self._translated(), self._turns.take_turn(), contextlib.closing(self._connect()) as connection:
            while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() > deadline:
                    raise ArchiveBusy(
                        "What was erased answers nothing any more, but a reader still holds its bytes in the log.",
                        hint="Erase the article again when other commands have finished.",
                    )
                time.sleep(0.02)

    def problems(self) -> list[str]:
        """What SQLite's own check finds wrong with the file."""
        with self._translated(), contextlib.closing(self._connect()) as connection:
            rows = [row[0] for row in connection.execute("PRAGMA quick_check")]
        return [f"{self.path.name}: {row}" for row in rows if row != "ok"]

    def size_bytes(self) -> int:
        """Bytes of the file and its log."""
        return sum(file.stat().st_size for file in (self.path, _log(self.path)) if file.exists())

    def close(self) -> None:
        """Close every connection; the last one in any process empties the log."""
        self._engine.dispose()

    def _must_be_the_same(self) -> None:
        """Refuses a file that was deleted while open: it can still be written, but nobody would find it again."""
        found = self.path.stat() if self.path.exists() else None
        if found is None or self._file not in (None, (found.st_dev, found.st_ino)):
            raise _MOVED.of(self.path)
        self._file = (found.st_dev, found.st_ino)
        _HELD.add(self._file)

    def _read_anew_if_changed(self) -> None:
        """Without locks (see `_uri`) SQLite assumes an unchanging file: reconnect when its owner has written it."""
        if self.read_only and not os.access(self.path.parent, os.W_OK) and self.path.exists():
            found, log = self.path.stat(), _log(self.path)
            state = (found.st_mtime_ns, found.st_size, log.stat().st_size if log.exists() else 0)
            if state != self._frozen:
                self._frozen = state
                self._engine.dispose()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            _uri(self.path, read_only=self.read_only, create=self._file is None),
            uri=True,
            timeout=self._busy_timeout_s,
            isolation_level=None,  # we begin transactions ourselves: BEGIN, or BEGIN IMMEDIATE to write
            check_same_thread=False,  # the pool hands a connection to one thread at a time
        )
        try:
            for pragma in (*_PRAGMAS, "query_only=ON" if self.read_only else "query_only=OFF"):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeout, sqlite3.Error, OSError) as error:
            raise translate(error, self.path) from error
        except UnicodeDecodeError as error:  # SQLite names what is damaged by the damaged bytes
            raise _BROKEN.of(self.path) from error


def _engine(connect: Any) -> Engine:
    """An engine whose pool grows with the threads that read, and whose transactions begin as we say."""
    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=8, max_overflow=-1)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _uri(path: Path, *, read_only: bool, create: bool) -> str:
    """The file's address. In a directory that we may not write, a log is read when there is one; without, no locks
    can be had, and the file is read as one that does not change."""
    name = "file:" + quote(str(path.absolute()))
    if not read_only:
        return name + ("?mode=rwc" if create else "?mode=rw")
    if os.access(path.parent, os.W_OK):
        return name + "?mode=rw"  # the log's shared memory may be made beside the file
    logged = _log(path).exists() and _log(path).stat().st_size > 0
    return name + ("?mode=ro" if logged else "?immutable=1")


def _log(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _keep_private(path: Path) -> None:
    """The file is for its owner alone, and so are SQLite's files beside it, which get its mode."""
    if not path.exists():
        path.touch(mode=0o600)
    elif path.stat().st_mode & 0o077 and path.stat().st_uid == os.geteuid():
        path.chmod(0o600)  # of an earlier version


def _must_be_sqlite(path: Path) -> None:
    """Refuse a file that SQLite did not write, before SQLite touches it. An empty one is a database not begun.

    Never of a file that this process has had open: closing any handle drops all its locks (docs/decisions/090).
    """
    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
    if head and head != _MAGIC:
        raise _BROKEN.of(path)


@compiles(holds, "sqlite")
def _instr(element: holds, compiler: Any, **given: Any) -> str:
    column, value = (compiler.process(clause, **given) for clause in element.clauses)
    return f"(instr({column}, {value}) > 0)"


@compiles(server_seconds, "sqlite")
def _julian(element: server_seconds, compiler: Any, **given: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"
