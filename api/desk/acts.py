"""The log of editors' acts. Acts are only added; what quotes an erased article is blanked, here and in other tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, Table, delete, insert, select, update

from rag.store.archive.erase import ErasureTraces
from rag.store.database.database import Database
from rag.store.database.desk_tables import acts, cases, questions, settled_reports
from rag.store.database.follow_tables import followed
from rag.store.database.rows import micros, moment
from rag.store.pins import forget_pins

_BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class Editor:
    """Who acts: an admin key and its name."""

    key_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `detail` is empty when it quoted an article that was erased since."""

    number: int
    at: datetime
    editor: str
    key_id: str
    act: str
    subject: str
    detail: Mapping[str, Any]


class Acts:
    """The log. Raises the archive's errors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, editor: Editor, act: str, subject: str, **detail: Any) -> None:
        """Record an act, chained to the one before it."""
        with self._database.writing() as connection:
            last = connection.execute(select(acts).order_by(acts.c.number.desc()).limit(1)).first()
            text = json.dumps(detail, ensure_ascii=False, sort_keys=True)
            row = {
                "number": last.number + 1 if last else 1,
                "at": micros(datetime.now(UTC)),
                "key_id": editor.key_id,
                "editor": editor.name,
                "act": act,
                "subject": subject,
                "detail": text,
                "detail_digest": _digest(text),
            }
            chain = _chain(last.chain if last else _BEGINNING, row)
            connection.execute(insert(acts), row | {"chain": chain})

    def newest(self, *, before: int | None = None, limit: int = 100) -> list[Act]:
        """Newest first; `before`: only acts before that number."""
        query = select(acts).order_by(acts.c.number.desc()).limit(limit)
        with self._database.reading() as connection:
            return [_act(row) for row in connection.execute(query if before is None else query.where(_older(before)))]

    def of(self, subject: str) -> list[Act]:
        """The acts on one article or outlet, the oldest first."""
        query = select(acts).where(acts.c.subject == subject).order_by(acts.c.number)
        with self._database.reading() as connection:
            return [_act(row) for row in connection.execute(query)]

    def find_altered(self) -> int | None:
        """The number of the first act that was altered or follows a missing one; None if the log is intact."""
        former, number = _BEGINNING, 0
        with self._database.reading() as connection:
            for row in connection.execute(select(acts).order_by(acts.c.number)):
                number += 1
                as_written = row.detail == "" or _digest(row.detail) == row.detail_digest
                if row.number != number or not as_written or row.chain != _chain(former, dict(row._mapping)):
                    return number
                former = row.chain
        return None

    def forget(self, connection: Connection, marks: ErasureTraces) -> int:
        """Blank details that quote erased articles; the acts and their chain stay. Returns how many."""
        words = replace(marks, ids=(), addresses=())  # that an article was erased, and which, is what the log is for
        rows = connection.execute(select(acts.c.number, acts.c.detail)).all()
        numbers = [row.number for row in rows if words.stand_in(_said(row.detail))]
        for number in numbers:
            connection.execute(update(acts).where(acts.c.number == number).values(detail=""))
        return len(numbers)


def _older(number: int) -> Any:
    return acts.c.number < number


def _act(row: Row[Any]) -> Act:
    detail = json.loads(row.detail) if row.detail else {}
    at = moment(row.at)
    assert at is not None
    return Act(row.number, at, row.editor, row.key_id, row.act, row.subject, detail)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _chain(former: str, row: Mapping[str, Any]) -> str:
    names = ("number", "at", "key_id", "editor", "act", "subject", "detail_digest")
    return _digest("\0".join([former, *(str(row[name]) for name in names)]))


def _said(detail: str) -> str:
    """The words of details, unescaped."""
    return detail.replace("\\n", "\n").replace('\\"', '"')


def forget(database: Database, marks: ErasureTraces) -> int:
    """Removes kept and followed questions and cases that quote an erased article, and empties settlements, pins and
    acts that do.

    Returns the number of rows changed. Every byte is overwritten where the database can.
    """
    with database.writing() as connection:
        count = sum(
            _without(connection, table, column, marks)
            for table, column in (
                (questions, questions.c.question),
                (cases, cases.c.fields),
                (followed, followed.c.value),
            )
        )
        count += _blanked_words(connection, marks)
        count += forget_pins(connection, marks)
        count += Acts(database).forget(connection, marks)
    if count:
        database.wipe()
    return count


def _without(connection: Connection, table: Table, column: Column[str], marks: ErasureTraces) -> int:
    (key,) = table.primary_key.columns
    gone = [row[0] for row in connection.execute(select(key, column)) if marks.stand_in(row[1])]
    for one in gone:
        connection.execute(delete(table).where(key == one))
    return len(gone)


def _blanked_words(connection: Connection, marks: ErasureTraces) -> int:
    rows = connection.execute(select(settled_reports.c.report, settled_reports.c.word)).all()
    quoting = [row.report for row in rows if marks.stand_in(row.word)]
    for report in quoting:
        connection.execute(update(settled_reports).where(settled_reports.c.report == report).values(word=""))
    return len(quoting)
