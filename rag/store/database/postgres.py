"""The archive's database in PostgreSQL, and what its errors mean: the only code that knows it."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles

from rag.config import ArchiveSettings
from rag.errors import ArchiveBroken, ArchiveBusy, ArchiveUnavailable, BadSettings, DiskFull, ReadOnly, TelalError
from rag.store.database.database import ErrorMeaning, Turns, holds, server_seconds
from rag.store.database.schema import metadata


def translate(error: Exception, name: str) -> TelalError:
    """Our exception for a database error, by the beginning of its SQLSTATE."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, PoolTimeout):
        return _BUSY.of(name)
    code = str(getattr(cause, "sqlstate", None) or "")
    said = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    if not code:  # it could not be reached, the connection was lost, or it was refused: that says its code in words
        return next((known for words, known in _BY_WORDS.items() if words in said), _UNREACHABLE).of(name)
    if (known := _BY_CODE.get(code) or _BY_CODE.get(code[:2])) is not None:
        return known.of(name)
    return ArchiveBroken(f"The archive {name} cannot be used: {code}: {said}.", hint="Run `telal doctor`.")


_BUSY = ErrorMeaning(ArchiveBusy, "Another writer holds the archive {}.", "Try again when it has finished.")
_LATE = ErrorMeaning(ArchiveBusy, "The database {} took too long to answer.", "Try again; see its load.")
_UNREACHABLE = ErrorMeaning(
    ArchiveUnavailable,
    "The database {} cannot be reached at the moment.",
    "Check that the server runs and can be reached.",
)
_REFUSED = ErrorMeaning(BadSettings, "The database {} refuses this user or password.", "Correct TELAL_ARCHIVE__URL.")
_ABSENT = ErrorMeaning(
    BadSettings, "There is no database {}.", "Make it with `createdb`, or correct TELAL_ARCHIVE__URL."
)
_READ_ONLY = ErrorMeaning(
    ReadOnly, "The archive {} may not be written.", "Name the primary server, and a user who owns the tables."
)
_BROKEN = ErrorMeaning(ArchiveBroken, "The archive {} is damaged.", "Restore a backup; the server's log says more.")

_BY_CODE = {
    "08": _UNREACHABLE,  # connection exceptions
    "23": _BUSY,  # a row that somebody else made at the same moment
    "25006": _READ_ONLY,
    "25P03": _LATE,  # idle in transaction for too long
    "28": _REFUSED,
    "3D": _ABSENT,
    "40": _BUSY,  # rolled back: a deadlock, or a conflict with a standby's recovery
    "42501": _READ_ONLY,
    "53100": ErrorMeaning(
        DiskFull, "No room left for the archive {}; nothing stored is lost.", "Free some, then try again."
    ),
    "53": _BUSY,  # no memory, too many connections
    "55P03": _BUSY,  # lock_timeout
    "57014": _LATE,  # statement_timeout
    "57": _UNREACHABLE,  # the server stops, starts or has crashed
    "58": _BROKEN,  # an error of its file system
    "XX": _BROKEN,
}
_BY_WORDS = {
    "password authentication failed": _REFUSED,
    "no password supplied": _REFUSED,
    "no pg_hba.conf entry": _REFUSED,
    'FATAL:  role "': _REFUSED,
    'FATAL:  database "': _ABSENT,
}


_CONNECTIONS = 5  # kept by a process, and as many more when many threads ask at once; a server has 100
_LOCK = 0x7E1A1  # the number of the write lock, one a database
_CHANNEL = "telal"
_LISTEN_S = 1.0  # a close waits no longer for the listener

# A node that was cut off is noticed in some ten seconds, by itself and by the server, which then frees its locks.
_ALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
_SERVER_ALIVE = {"tcp_keepalives_idle": 5, "tcp_keepalives_interval": 2, "tcp_keepalives_count": 3}

_T = TypeVar("_T")

_log = logging.getLogger(__name__)


class _Patient(psycopg.Connection[Any]):
    """A connection that gives up on a server that does not answer at all. The server enforces all other limits."""

    patience_s: float | None = None

    def wait(self, gen: PQGen[_T], interval: float = 0.1, timeout: float | None = None) -> _T:
        """Raises OperationalError when nothing comes in time, and closes: the server may still do what was sent."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.patience_s)
        except psycopg.errors._WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError("the server does not answer") from None


class PostgresDatabase:
    """Connections to one database, or to one schema of it.

    A reader sees one snapshot (REPEATABLE READ); one writer at a time holds an advisory lock from its first
    statement until its commit. A connection that was lost is made anew when it is needed next.
    """

    def __init__(self, url: URL, settings: ArchiveSettings, *, read_only: bool) -> None:
        self.read_only = read_only
        self.name = str(URL.create("postgresql", url.username, None, url.host, url.port, url.database))
        self._turns = Turns(settings.busy_timeout_s, lambda: _BUSY.of(self.name))
        self._closed = threading.Event()
        self._engine = _engine(url, settings, self._closed)
        self._reads = self._engine.execution_options(isolation_level="REPEATABLE READ")

    @classmethod
    def open(cls, settings: ArchiveSettings, *, read_only: bool = False) -> PostgresDatabase:
        """Raises BadSettings for an invalid address; does not connect yet."""
        assert settings.url is not None
        try:
            url = make_url(settings.url.get_secret_value()).set(drivername="postgresql+psycopg")
        except (ArgumentError, ValueError) as error:
            raise BadSettings("TELAL_ARCHIVE__URL is not an address of a database.", hint=_HINT) from error
        if "@" in (url.host or ""):  # what stands before it is the rest of a password
            raise BadSettings("TELAL_ARCHIVE__URL has an @ too many.", hint="Write an @ in a password as %40.")
        return cls(url, settings, read_only=read_only)

    @property
    def unsearched(self) -> str:
        return f"the files, log and backups of {self.name}"

    def begin(self) -> None:
        """Does nothing."""

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._translated(), self._reads.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        if self.read_only:
            raise ReadOnly(f"The archive {self.name} was opened for reading only.", hint="Open it for writing.")
        with self._translated(), self._turns.take_turn(), self._engine.connect() as connection, connection.begin():
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            yield connection
            connection.exec_driver_sql(f"NOTIFY {_CHANNEL}")

    @contextlib.contextmanager
    def sharing(self) -> Iterator[Connection]:
        if self.read_only:
            raise ReadOnly(f"The archive {self.name} was opened for reading only.", hint="Open it for writing.")
        with self._translated(), self._engine.begin() as connection:
            yield connection

    def stamp(self) -> None:
        """Commits are listened for."""

    def listen(self, ring: Callable[[], None], stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._hear(ring, stop)
            except (DBAPIError, psycopg.Error) as error:
                _log.info(
                    "Commits are polled, since notifications do not arrive at the moment: %s",
                    translate(error, self.name),
                )
                stop.wait(_LISTEN_S)

    def _hear(self, ring: Callable[[], None], stop: threading.Event) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"LISTEN {_CHANNEL}")
            held: Any = connection.connection.driver_connection
            try:
                ring()  # for what came while nobody listened
                while not stop.is_set():
                    for _ in held.notifies(timeout=_LISTEN_S, stop_after=1):
                        ring()
            finally:
                connection.invalidate()  # it would go on listening

    def wipe(self) -> None:
        """Frees the space for new rows. PostgreSQL does not overwrite what stood there: see docs/operations.md."""
        names = ", ".join(table.name for table in metadata.sorted_tables)
        with self._translated(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            held: Any = connection.connection.driver_connection
            held.patience_s = None  # until it is taken from the pool next
            try:
                connection.exec_driver_sql(f"VACUUM (SKIP_LOCKED) {names}")
            finally:
                connection.exec_driver_sql("RESET statement_timeout")

    def problems(self) -> list[str]:
        """Nothing: the server checks pages itself when it reads them."""
        return []

    def size_bytes(self) -> int:
        with self.reading() as connection:
            return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())

    def close(self) -> None:
        """Closes what lies in the pool; a connection that is in use meanwhile is closed when it is given back."""
        self._closed.set()
        self._engine.dispose()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeout) as error:
            raise translate(error, self.name) from error


_HINT = "Write it as postgresql+psycopg://USER:PASSWORD@HOST/DATABASE."


def _engine(url: URL, settings: ArchiveSettings, closed: threading.Event) -> Engine:
    """An engine whose connections time out: connecting, waiting for a lock, answering, idling."""
    limits = {
        "lock_timeout": f"{settings.busy_timeout_s}s",
        "statement_timeout": f"{settings.statement_timeout_s}s",
        "idle_in_transaction_session_timeout": f"{settings.statement_timeout_s}s",
        **_SERVER_ALIVE,
    }
    given = url.query.get("options", "")
    options = [given if isinstance(given, str) else " ".join(given)]
    options += [f"-c {name}={value}" for name, value in limits.items()]
    arguments = {"connect_timeout": max(2, round(settings.busy_timeout_s)), "application_name": "telal", **_ALIVE}
    engine = create_engine(
        url.difference_update_query(["options"]),
        connect_args={**arguments, "options": " ".join(options).strip()},
        pool_size=_CONNECTIONS,
        max_overflow=_CONNECTIONS,
        pool_timeout=settings.busy_timeout_s,
        pool_pre_ping=True,  # a round trip, and a server that was restarted fails no question
        hide_parameters=True,  # of an article's words none in a log
    )
    _be_patient(engine, settings, closed)
    return engine


def _be_patient(engine: Engine, settings: ArchiveSettings, closed: threading.Event) -> None:
    """Pings a connection from the pool with a short time-out; after that the server limits statements."""

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, record: Any, words: Any, given: Any) -> _Patient:
        made = _Patient.connect(*words, **given)
        made.patience_s = settings.busy_timeout_s
        return made

    @event.listens_for(engine, "checkout")
    def taken(connection: _Patient, *_: Any) -> None:
        connection.patience_s = settings.statement_timeout_s + settings.busy_timeout_s

    @event.listens_for(engine, "checkin")
    def given_back(connection: _Patient | None, *_: Any) -> None:
        if connection is None:
            return  # it was lost
        connection.patience_s = settings.busy_timeout_s
        if closed.is_set():
            connection.close()  # the pool that it came from is gone


@compiles(holds, "postgresql")
def _position(element: holds, compiler: Any, **given: Any) -> str:
    column, value = (compiler.process(clause, **given) for clause in element.clauses)
    return f"(position({value} IN {column}) > 0)"


@compiles(server_seconds, "postgresql")
def _clock(element: server_seconds, compiler: Any, **given: Any) -> str:
    return "extract(epoch FROM clock_timestamp())::double precision"
