"""Keeps conversations by id for a set time, in the archive's database, which all workers and machines share."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from sqlalchemy import delete, func, insert, select

from rag.errors import NotFound
from rag.store.database.database import Database, server_seconds
from rag.store.database.shared_tables import turns as _turns
from rag.types import Turn

MOST_TURNS = 20  # the engine reads the last ones only


class Conversations:
    """The turns of conversations, by ids that cannot be guessed."""

    def __init__(self, database: Database, *, kept_s: float) -> None:
        self._database = database
        self._kept_s = kept_s

    def new(self) -> str:
        """Makes an id for a new conversation."""
        return secrets.token_hex(16)

    def turns(self, conversation: str) -> list[Turn]:
        """Returns the turns of a conversation, oldest first. Raises NotFound if it has expired or never existed."""
        c = _turns.c
        query = select(c.question, c.answer).where(
            c.conversation == conversation, c.at > server_seconds() - self._kept_s
        )
        with self._database.reading() as connection:
            found = [Turn(question, answer) for question, answer in connection.execute(query.order_by(c.number))]
        if not found:
            raise NotFound("This conversation no longer exists.", hint="Start one with `conversation: new`.")
        return found

    def add(self, conversation: str, turn: Turn) -> None:
        """Adds a turn, extends its conversation by the set time, and removes expired conversations."""
        c, now = _turns.c, server_seconds()  # machines' clocks may differ
        with self._database.sharing() as connection:
            connection.execute(delete(_turns).where(c.at <= now - self._kept_s))
            last = connection.scalar(select(func.max(c.number)).where(c.conversation == conversation)) or 0
            values = {"conversation": conversation, "number": last + 1, "question": turn.question}
            connection.execute(insert(_turns).values({**values, "answer": turn.answer, "at": now}))
            mine = c.conversation == conversation
            connection.execute(delete(_turns).where(mine, c.number <= last + 1 - MOST_TURNS))
            connection.execute(_turns.update().where(mine).values(at=now))

    def erase(self, conversation: str) -> None:
        """Erases a conversation now. May be called twice."""
        with self._database.sharing() as connection:
            gone = connection.execute(delete(_turns).where(_turns.c.conversation == conversation)).rowcount
        if gone and not self._database.unsearched:  # PostgreSQL would read all of its tables, and overwrite nothing
            self._database.wipe()

    def erase_where(self, holds: Callable[[str], bool]) -> int:
        """Erases every conversation with a turn for which `holds` is true. Returns how many."""
        with self._database.sharing() as connection:
            rows = connection.execute(select(_turns.c.conversation, _turns.c.question, _turns.c.answer)).all()
            gone = {row.conversation for row in rows if holds(f"{row.question}\n{row.answer}")}
            for conversation in gone:
                connection.execute(delete(_turns).where(_turns.c.conversation == conversation))
        if gone:
            self._database.wipe()
        return len(gone)
