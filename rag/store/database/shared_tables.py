"""What processes and machines share besides articles, in tables of the archive's database outside its history.

Missing tables, and those of the desk (desk_tables.py), are created when an archive is opened for writing.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from rag.errors import TelalError
from rag.store.database.database import Database, server_seconds
from rag.store.database.rows import chunks
from rag.store.database.schema import String

metadata = MetaData()

leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until", Float, nullable=False),  # seconds since 1970 by the database's clock
)

sheets = Table(  # small documents that are read and written as a whole: the keys
    "shared_sheets",
    metadata,
    Column("name", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("value", Text, nullable=False),  # JSON
)

lines = Table(  # what is only ever added to: feedback
    "shared_lines",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    Column("value", Text, nullable=False),  # a JSON object
)

shares = Table(  # answers that readers chose to share
    "shares",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", String, nullable=False, index=True),  # SHA-256 of the secret that erases it
    Column("value", Text, nullable=False),  # JSON
    Column("until", Float, nullable=False),  # as in `leases`
)

share_sources = Table(  # which articles a shared answer cites: it is erased with any of them
    "share_sources",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("share", String, primary_key=True),
)

turns = Table(  # conversations that are kept
    "turns",
    metadata,
    Column("conversation", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", Float, nullable=False),
)


LASTS_S = 8.0
_TRUSTED_S = 6.0  # the holder stops before the others may begin
_ASK_S = 2.0

_log = logging.getLogger(__name__)


class Lease:
    """A lease by the database's clock, so that the clocks of machines may differ. For one thread at a time."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._holder = secrets.token_hex(8)
        self._trusted_until = 0.0  # by this process's own steady clock
        self._asked_at = -_ASK_S

    def hold(self) -> bool:
        """Takes or renews the lease. Returns whether it is ours. Asks the archive every two seconds.

        When the archive cannot be reached, the lease stays ours for at most six seconds, and nobody else can get it for
        eight.
        """
        now = time.monotonic()
        if now >= self._asked_at + _ASK_S and not self._database.read_only:
            self._asked_at = now
            before = self._trusted_until
            try:
                with self._database.sharing() as connection:
                    taken = self._renewed(connection) or self._first(connection)
                self._trusted_until = now + _TRUSTED_S if taken else 0.0
                if bool(before) != bool(self._trusted_until):
                    _log.info("The lease %r is %s", self._name, "another's now" if before else "ours from now on")
            except TelalError as error:
                _log.warning("The lease %r cannot be kept at the moment: %s", self._name, error)
        return time.monotonic() < self._trusted_until

    def release(self) -> None:
        """Release it at once; may be called twice."""
        if self._trusted_until:
            self._trusted_until, self._asked_at = 0.0, -_ASK_S
            try:
                with self._database.sharing() as connection:
                    mine = (leases.c.name == self._name) & (leases.c.holder == self._holder)
                    connection.execute(delete(leases).where(mine))
            except TelalError as error:
                _log.info("The lease %r ends by itself: %s", self._name, error)

    def _renewed(self, connection: Connection) -> bool:
        c, until = leases.c, server_seconds() + LASTS_S
        free = or_(c.holder == self._holder, c.until < server_seconds())
        taken = update(leases).where(c.name == self._name, free).values(holder=self._holder, until=until)
        return bool(connection.execute(taken).rowcount)

    def _first(self, connection: Connection) -> bool:
        row = {"name": self._name, "holder": self._holder, "until": server_seconds() + LASTS_S}
        try:
            with connection.begin_nested():
                connection.execute(insert(leases).values(row))
        except IntegrityError:  # somebody else's
            return False
        return True


_POLL_S = 1.0
_CLOSE_S = 5.0


class StoredSheet:
    """One JSON document that one process at a time changes.

    In SQLite a change by any process is seen at once. In PostgreSQL a server follows the document: it sees changes a
    moment after their commit, and looking at it never waits for the database. Who does not follow it asks each time.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._seen: tuple[int, str | None] = (0, None)
        self._stamp: object = None  # of the database when it was last read
        self._stop = threading.Event()
        self._bell = threading.Event()
        self._threads: list[threading.Thread] = []

    def follow(self) -> None:
        """Read it now, and again whenever it changes. Raises the archive's errors."""
        self._look()
        if self._stamp is not None:
            return
        self._threads = [
            threading.Thread(target=self._take_in, name="telal-sheet", daemon=True),
            threading.Thread(
                target=self._database.listen, args=(self._bell.set, self._stop), name="telal-sheet-listen", daemon=True
            ),
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop following; may be called twice."""
        self._stop.set()
        self._bell.set()
        for thread in self._threads:
            thread.join(_CLOSE_S)
        self._threads = []

    def stamp(self) -> int:
        """A number that changes with the document; 0 when there is none."""
        if not self._threads and (self._stamp is None or self._stamp != self._database.stamp()):
            self._look()
        return self._seen[0]

    def read(self, *, default: Any) -> Any:
        """Its content; `default` when there is none."""
        value = self._seen[1]
        return default if value is None else json.loads(value)

    @contextmanager
    def writing(self, *, default: Any) -> Iterator[Any]:
        """The content to change in place, written back as a whole; an error leaves it as it was."""
        with self._database.writing() as connection:
            row = connection.execute(select(sheets).where(sheets.c.name == self._name)).first()
            content = default if row is None else json.loads(row.value)
            yield content
            values = {"version": row.version + 1 if row else 1, "value": json.dumps(content, ensure_ascii=False)}
            mine = sheets.c.name == self._name
            made = insert(sheets).values(name=self._name) if row is None else update(sheets).where(mine)
            connection.execute(made.values(values))
        self._look()

    def _look(self) -> None:
        self._stamp = self._database.stamp()
        query = select(sheets.c.version, sheets.c.value).where(sheets.c.name == self._name)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        self._seen = (row.version, row.value) if row else (0, None)

    def _take_in(self) -> None:
        while not self._stop.is_set():
            self._bell.wait(_POLL_S)
            self._bell.clear()
            try:
                self._look()
            except TelalError as error:  # without the database nothing is answered either
                _log.info("The %s are as they were until the database answers: %s", self._name, error)


class StoredLines:
    """JSON objects in the order in which they were added."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name

    def add(self, *values: dict[str, Any]) -> None:
        """Add some, all or none."""
        number = select(func.coalesce(func.max(lines.c.number), 0) + 1).scalar_subquery()
        with self._database.sharing() as connection:
            for value in values:
                text = json.dumps(value, ensure_ascii=False)
                connection.execute(insert(lines).values(number=number, name=self._name, value=text))

    def all(self) -> Iterator[dict[str, Any]]:
        """The oldest first."""
        query = select(lines.c.value).where(lines.c.name == self._name).order_by(lines.c.number)
        with self._database.reading() as connection:
            yield from map(json.loads, connection.scalars(query.execution_options(yield_per=500)))

    def remove(self, gone: Callable[[dict[str, Any]], bool]) -> int:
        """Remove those for which `gone` is true. Returns how many."""
        with self._database.sharing() as connection:
            rows = connection.execute(select(lines.c.number, lines.c.value).where(lines.c.name == self._name)).all()
            numbers = [row.number for row in rows if gone(json.loads(row.value))]
            for some in chunks(numbers):
                connection.execute(delete(lines).where(lines.c.number.in_(some)))
        return len(numbers)

    def size(self) -> int:
        """Characters that are kept."""
        query = select(func.sum(func.length(lines.c.value))).where(lines.c.name == self._name)
        with self._database.reading() as connection:
            return int(connection.scalar(query) or 0)
