"""Conversations kept by id for a set time, in a database that every worker and every machine shares."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, delete, event, func, insert, select
from sqlalchemy.exc import DBAPIError

from rag.errors import NotFound
from rag.store.database.database import Database, server_seconds
from rag.store.database.shared_tables import turns as _turns
from rag.store.database.sqlite import translate
from rag.store.upkeep.index_directory import write_error
from rag.types import Turn

MOST_TURNS = 20  # the engine reads the last ones only


class Conversations:
    """Turns by the conversation's id, which cannot be guessed. Expired ones are erased to the byte."""

    def __init__(self, data_dir: Path, *, kept_s: float, database: Database | None = None) -> None:
        """In `conversations.sqlite` of the data directory, or in the database that machines share."""
        self._file = ConversationsFile(data_dir / "conversations.sqlite")
        self._connection: Callable[[], AbstractContextManager[Connection]] = self._file.sharing
        if database is not None:
            self._connection = database.sharing
        self._kept_s = kept_s

    def new(self) -> str:
        """An id for a new conversation."""
        return secrets.token_hex(16)

    def turns(self, conversation: str) -> list[Turn]:
        """The turns, oldest first; raises NotFound when it has expired or never existed."""
        c = _turns.c
        query = select(c.question, c.answer).where(
            c.conversation == conversation, c.at > server_seconds() - self._kept_s
        )
        with self._connection() as connection:
            found = [Turn(question, answer) for question, answer in connection.execute(query.order_by(c.number))]
        if not found:
            raise NotFound("This conversation no longer exists.", hint="Start one with `conversation: new`.")
        return found

    def add(self, conversation: str, turn: Turn) -> None:
        """Keeps a turn and extends the conversation by the set time; expired ones are removed."""
        c, now = _turns.c, server_seconds()  # machines' clocks may differ
        with self._connection() as connection:
            connection.execute(delete(_turns).where(c.at <= now - self._kept_s))
            last = connection.scalar(select(func.max(c.number)).where(c.conversation == conversation)) or 0
            values = {"conversation": conversation, "number": last + 1, "question": turn.question}
            connection.execute(insert(_turns).values({**values, "answer": turn.answer, "at": now}))
            mine = c.conversation == conversation
            connection.execute(delete(_turns).where(mine, c.number <= last + 1 - MOST_TURNS))
            connection.execute(_turns.update().where(mine).values(at=now))

    def erase(self, conversation: str) -> None:
        """Forgets it now; may be called twice."""
        with self._connection() as connection:
            connection.execute(delete(_turns).where(_turns.c.conversation == conversation))

    def erase_where(self, holds: Callable[[str], bool]) -> int:
        """Forgets every conversation with a question or answer that contains something. Returns how many."""
        with self._connection() as connection:
            rows = connection.execute(select(_turns.c.conversation, _turns.c.question, _turns.c.answer)).all()
            gone = {row.conversation for row in rows if holds(f"{row.question}\n{row.answer}")}
            for conversation in gone:
                connection.execute(delete(_turns).where(_turns.c.conversation == conversation))
        return len(gone)

    def close(self) -> None:
        """Closes what it opened."""
        self._file.close()


class ConversationsFile:
    """A SQLite file for this user alone, from which what is deleted is gone to the byte."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 5.0})
        event.listen(self._engine, "connect", _prepare)
        self._made = False

    @contextmanager
    def sharing(self) -> Iterator[Connection]:
        """A transaction; raises the archive's errors."""
        try:
            if not self._made:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                _turns.create(self._engine, checkfirst=True)
                self._path.chmod(0o600)
                self._made = True
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise translate(error, self._path) from error
        except OSError as error:
            raise write_error(error, self._path) from error

    def close(self) -> None:
        """Closes the file."""
        self._engine.dispose()


def _prepare(connection: sqlite3.Connection, record: object) -> None:
    """No log beside the file: what is deleted is overwritten in it at once."""
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA journal_mode=TRUNCATE")
    connection.execute("PRAGMA synchronous=NORMAL")
