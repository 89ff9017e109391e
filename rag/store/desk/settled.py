"""Which reports of readers an editor has dealt with, how, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select

from rag.store.database.database import Database
from rag.store.database.rows import micros, moment
from rag.store.desk.tables import settled


@dataclass(frozen=True, slots=True)
class Settlement:
    """`outcome`: mended, right (the answer was), none (nothing is to be done)."""

    at: datetime
    editor: str
    outcome: str
    word: str


class Settlements:
    """By the report's digest, in a database whose tables were made."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Mapping[str, Settlement]:
        """Every report that was settled."""
        with self._database.reading() as connection:
            rows = connection.execute(select(settled)).all()
        return {r.report: Settlement(moment(r.at) or datetime.min, r.editor, r.outcome, r.word) for r in rows}

    def settle(self, report: str, editor: str, outcome: str, word: str) -> None:
        """Write down how it was settled, in place of what was written before."""
        row = {"report": report, "at": micros(datetime.now(UTC)), "editor": editor, "outcome": outcome, "word": word}
        with self._database.writing() as connection:
            connection.execute(delete(settled).where(settled.c.report == report))
            connection.execute(insert(settled), row)
