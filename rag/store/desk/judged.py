"""Which answers readers and editors judged right, and how sure Telal was of each; no word of anybody."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from rag.store.database.database import Database
from rag.store.database.desk_tables import judged
from rag.store.database.rows import micros

JUDGEABLE = timedelta(days=7)  # after its answer, as long as a reader may report it
MOST = 5000  # judged answers, the newest: readers change, and archives
_NAMED = 16  # digits of an answer's id that are not signature


class JudgedAnswers:
    """The table of judged answers. Raises the archive's errors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def judge(self, answer_id: str, right: bool | None) -> None:
        """Judges an answer that was given in the last days, in place of an earlier verdict; None takes that back."""
        verdict = None if right is None else int(right)
        with self._database.writing() as connection:
            connection.execute(update(judged).where(judged.c.answer == answer_id[:_NAMED]).values(right=verdict))

    def add(self, confidence: float, right: bool) -> None:
        """Adds an answer that an editor asked for and judged."""
        row = {"answer": secrets.token_hex(12), "at": micros(datetime.now(UTC))}
        with self._database.writing() as connection:
            connection.execute(insert(judged), row | {"permille": int(confidence * 1000), "right": int(right)})

    def all(self) -> list[tuple[float, bool]]:
        """Confidence and verdict of the newest judged answers."""
        query = select(judged.c.permille, judged.c.right).where(judged.c.right.is_not(None))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(judged.c.at.desc()).limit(MOST)).all()
        return [(row.permille / 1000, bool(row.right)) for row in rows]


def write_given(connection: Connection, given: Iterable[tuple[str, int]], now: datetime) -> None:
    """Writes which answers were given, with their confidence in thousandths, and erases those that nobody judged."""
    rows = [{"answer": answer_id[:_NAMED], "at": micros(now), "permille": n, "right": None} for answer_id, n in given]
    if rows:
        connection.execute(insert(judged), rows)
    too_old = judged.c.at < micros(now - JUDGEABLE)
    connection.execute(delete(judged).where(too_old, judged.c.right.is_(None)))
