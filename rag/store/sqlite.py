"""The archive's database in a SQLite file: the only code that knows SQLite."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from rag.errors import ArchiveBroken, ArchiveBusy, DiskFull, ReadOnly, TelalError

_MAGIC = b"SQLite format 3\0"
_WRITES = "telal_writes"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}
_WAL_KEPT_BYTES = 64 * 2**20  # a write-ahead log that grew past this is cut back at the next checkpoint


class SqliteDatabase:
    """Connections to one file, safe to use from many threads and beside other processes.

    Readers see one snapshot and never wait; one writer at a time holds the lock from its first statement on.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        self._busy_timeout_s = busy_timeout_s
        self._writer = threading.Lock()
        self._engine = _engine(self._connect)

    @classmethod
    def open(cls, path: Path, *, busy_timeout_s: float, read_only: bool = False) -> SqliteDatabase:
        """Look at the file without changing it; create the directory unless only reading."""
        try:
            if not read_only:
                path.parent.mkdir(parents=True, exist_ok=True)
                _must_be_writable(path)
            elif not path.exists():
                raise _missing(path)
            _must_be_sqlite(path)
        except OSError as error:
            raise translate(error, path) from error
        return cls(path, busy_timeout_s=busy_timeout_s, read_only=read_only)

    def missing(self) -> TelalError:
        """The error for a file without an archive in it, when none may be made."""
        return _missing(self.path)

    def use_log(self) -> None:
        """Switch the file to a write-ahead log, for good: readers do not block then, and a kill loses no commit."""
        with self._translated(), contextlib.closing(self._connect()) as connection:
            mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise ReadOnly(
                f"The file system of {self.path} allows no write-ahead log.",
                hint="Put TELAL_DATA_DIR on a local disk.",
            )

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one snapshot until the block ends."""
        with self._translated(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start and commits when the block ends without an error."""
        if self.read_only:
            raise ReadOnly(f"The archive {self.path} was opened for reading only.", hint="Open it for writing.")
        with self._translated(), self._one_writer(), self._engine.connect() as connection:
            connection = connection.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def wipe(self) -> None:
        """Carry the log into the file and empty it, so that deleted bytes stand in neither."""
        deadline = time.monotonic() + self._busy_timeout_s
        with self._translated(), self._one_writer(), contextlib.closing(self._connect()) as connection:
            while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() > deadline:
                    raise ArchiveBusy(
                        "What was erased answers nothing any more, but a reader still holds its bytes in the log.",
                        hint="Erase the article again when other commands have ended.",
                    )
                time.sleep(0.02)

    def problems(self) -> list[str]:
        """What SQLite's own check finds wrong with the file."""
        with self._translated(), contextlib.closing(self._connect()) as connection:
            rows = [row[0] for row in connection.execute("PRAGMA quick_check")]
        return [f"{self.path.name}: {row}" for row in rows if row != "ok"]

    def size_bytes(self) -> int:
        """Bytes of the file and its log."""
        files = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def close(self) -> None:
        """Close every connection; the last one in any process empties the log."""
        self._engine.dispose()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            _uri(self.path, read_only=self.read_only),
            uri=True,
            timeout=self._busy_timeout_s,
            isolation_level=None,  # we begin transactions ourselves: BEGIN, or BEGIN IMMEDIATE to write
            check_same_thread=False,  # the pool hands a connection to one thread at a time
        )
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA cache_size=-16000")
        connection.execute(f"PRAGMA journal_size_limit={_WAL_KEPT_BYTES}")
        if self.read_only:
            connection.execute("PRAGMA query_only=ON")
        return connection

    @contextlib.contextmanager
    def _one_writer(self) -> Iterator[None]:
        """Queue this process's writers fairly: SQLite's own waiting is by chance and starves one of several."""
        if not self._writer.acquire(timeout=self._busy_timeout_s):
            raise _busy(self.path)
        try:
            yield
        finally:
            self._writer.release()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeout, sqlite3.Error, OSError) as error:
            raise translate(error, self.path) from error


def translate(error: Exception, path: Path) -> TelalError:
    """The error of ours that says what the database's or the system's error means."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, OSError):
        return _system(cause, path)
    if isinstance(cause, PoolTimeout):
        return _busy(path)
    name = str(getattr(cause, "sqlite_errorname", ""))
    known = _BY_NAME.get(name) or _BY_NAME.get("_".join(name.split("_")[:2]))
    if known is not None:
        return known(path)
    return ArchiveBroken(
        f"The archive {path} cannot be used: {name or type(cause).__name__}: {cause}.", hint="Run `telal doctor`."
    )


def _system(error: OSError, path: Path) -> TelalError:
    if error.errno in _FULL:
        return _full(path)
    if error.errno in _REFUSED:
        return _read_only(path)
    return ArchiveBroken(f"The archive {path} cannot be used: {error.strerror or error}.", hint="Check TELAL_DATA_DIR.")


def _busy(path: Path) -> TelalError:
    return ArchiveBusy(f"Another writer holds the archive {path}.", hint="Try again when it has ended.")


def _missing(path: Path) -> TelalError:
    return ReadOnly(f"There is no archive at {path}.", hint="Run `telal ingest`, or set TELAL_DATA_DIR.")


def _read_only(path: Path) -> TelalError:
    return ReadOnly(f"The archive {path} may not be written.", hint="Give this user write access to its directory.")


def _full(path: Path) -> TelalError:
    return DiskFull(
        f"No room left for the archive {path}; nothing stored is lost.", hint="Free some space, then try again."
    )


def _broken(path: Path) -> TelalError:
    return ArchiveBroken(
        f"{path} is damaged or is not Telal's archive.",
        hint="Move it away and ingest again, or restore a backup; `telal doctor` shows what is readable.",
    )


def _unopenable(path: Path) -> TelalError:
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.R_OK | os.W_OK)):
        return _read_only(path)
    return ArchiveBroken(f"The archive {path} cannot be opened.", hint="Check that it is a file, and its permissions.")


_BY_NAME = {
    "SQLITE_BUSY": _busy,
    "SQLITE_LOCKED": _busy,
    "SQLITE_READONLY": _read_only,
    "SQLITE_PERM": _read_only,
    "SQLITE_FULL": _full,
    "SQLITE_IOERR_SHMSIZE": _full,  # the log's shared memory file could not grow
    "SQLITE_CORRUPT": _broken,
    "SQLITE_NOTADB": _broken,
    "SQLITE_CANTOPEN": _unopenable,
}


def _engine(connect: Any) -> Engine:
    """An engine whose pool grows with the threads that read, and whose transactions begin as we say."""
    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=8, max_overflow=-1)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _uri(path: Path, *, read_only: bool) -> str:
    name = "file:" + quote(str(path.absolute()))
    if not read_only or os.access(path.parent, os.W_OK):
        return name + "?mode=rw" if path.exists() else name  # the log's shared memory may be made beside the file
    log = path.with_name(path.name + "-wal")
    empty = not log.exists() or log.stat().st_size == 0
    return name + ("?immutable=1" if empty else "?mode=ro")  # without a log, a file in a closed directory cannot change


def _must_be_writable(path: Path) -> None:
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise _read_only(path)


def _must_be_sqlite(path: Path) -> None:
    """Refuse a file that SQLite did not write, before SQLite touches it. An empty one is a database not begun."""
    if path.exists():
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
        if head and head != _MAGIC:
            raise _broken(path)
