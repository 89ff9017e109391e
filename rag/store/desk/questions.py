"""What readers asked: counts by day, language, outcome and story; whole questions only while keeping is on."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, and_, delete, func, insert, select, update

from rag.store.database.database import Database
from rag.store.database.desk_tables import question_counts, questions, sought_names
from rag.store.database.rows import micros, moment
from rag.store.desk.decisions import Choices

KEEP_DAYS_CHOICE = "keep_questions_days"
KEPT_COUNTS_DAYS = 400  # a year beside the one before it
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class QuestionKind:
    """One kind of question to be counted. `article_id`: the first cited or nearest article; "" for none."""

    day: date
    language: str
    outcome: str
    article_id: str


@dataclass(frozen=True, slots=True)
class KeptQuestion:
    """A question that is kept whole."""

    at: datetime
    language: str
    outcome: str
    article_id: str
    question: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Since a day: counts by (day, outcome), (language, outcome), (story, outcome), and names sought in vain."""

    days: Mapping[tuple[date, str], int]
    languages: Mapping[tuple[str, str], int]
    stories: Mapping[tuple[str, str], int]
    sought: Mapping[str, int]


@dataclass(slots=True)
class QuestionBuffer:
    """What a process has counted since its last write."""

    counts: Counter[QuestionKind] = field(default_factory=Counter)
    names: Counter[tuple[date, str]] = field(default_factory=Counter)
    questions: list[KeptQuestion] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.counts or self.names or self.questions)


class QuestionLog:
    """The tables of questions. Each process writes its own rows, so that none waits for another."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._worker = secrets.token_hex(6)

    def keeping_days(self) -> int:
        """How long whole questions are kept; 0: not at all."""
        return int(Choices(self._database).get(KEEP_DAYS_CHOICE) or 0)

    def keep(self, days: int) -> None:
        """Keeps whole questions for so many days from now on. With 0, those that were kept are erased at once."""
        Choices(self._database).set(KEEP_DAYS_CHOICE, str(days))
        with self._database.sharing() as connection:
            before = micros(datetime.now(UTC) - timedelta(days=days))
            connection.execute(delete(questions).where(questions.c.at < before))
        self._database.wipe()

    def add(self, heard: QuestionBuffer, now: datetime) -> None:
        """Writes what was counted and erases what has expired."""
        kept = self.keeping_days()
        with self._database.sharing() as connection:
            for one, count in heard.counts.items():
                key = {"day": _number(one.day), "language": one.language, "outcome": one.outcome}
                _add(connection, question_counts, key | {"article_id": one.article_id, "worker": self._worker}, count)
            for (day, name), count in heard.names.items():
                _add(connection, sought_names, {"day": _number(day), "name": name, "worker": self._worker}, count)
            if kept and heard.questions:
                connection.execute(insert(questions), [_row(one) for one in heard.questions])
            connection.execute(delete(questions).where(questions.c.at < micros(now - timedelta(days=kept))))
            oldest = _number(now.date()) - KEPT_COUNTS_DAYS
            for table in (question_counts, sought_names):
                connection.execute(delete(table).where(table.c.day < oldest))

    def since(self, day: date) -> Summary:
        """Everything that was counted on that day and after it."""
        first = _number(day)
        s = sought_names.c
        names = select(s.name, func.sum(s["count"])).where(s.day >= first).group_by(s.name)
        with self._database.reading() as connection:
            columns = (question_counts.c.day, question_counts.c.language, question_counts.c.article_id)
            days, languages, stories = (_by(connection, column, first) for column in columns)
            found = {name: int(count) for name, count in connection.execute(names)}
        by_day = {(_day(day), outcome): n for (day, outcome), n in days.items()}
        return Summary(by_day, languages, stories, found)

    def list_kept(self, now: datetime, *, limit: int = 200) -> list[KeptQuestion]:
        """Whole questions that have not expired, newest first."""
        q = questions.c
        query = select(q.at, q.language, q.outcome, q.article_id, q.question)
        query = query.order_by(q.at.desc()).limit(limit)
        query = query.where(q.at >= micros(now - timedelta(days=self.keeping_days())))
        with self._database.reading() as connection:
            return [KeptQuestion(moment(at) or datetime.min, *rest) for at, *rest in connection.execute(query)]


def _add(connection: Connection, table: Table, key: Mapping[str, Any], count: int) -> None:
    """Add to the row of a key, which no other process writes."""
    mine = and_(*(table.c[name] == value for name, value in key.items()))
    if not connection.execute(update(table).where(mine).values(count=table.c["count"] + count)).rowcount:
        connection.execute(insert(table).values(**key, count=count))


def _by(connection: Connection, column: Column[Any], first: int) -> dict[tuple[Any, str], int]:
    a = question_counts.c
    query = select(column, a.outcome, func.sum(a["count"])).where(a.day >= first).group_by(column, a.outcome)
    return {(value, outcome): int(count) for value, outcome, count in connection.execute(query)}


def _row(one: KeptQuestion) -> dict[str, Any]:
    return {
        "id": secrets.token_hex(12),
        "at": micros(one.at),
        "language": one.language,
        "outcome": one.outcome,
        "article_id": one.article_id,
        "question": one.question,
    }


def _number(day: date) -> int:
    return day.toordinal() - _EPOCH


def _day(number: int) -> date:
    return date.fromordinal(number + _EPOCH)
