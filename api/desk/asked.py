"""What readers ask, counted for the desk by day, language, outcome and story.

No words of theirs are kept, except names that many asked for in vain, and whole questions where editors want them.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, and_, delete, func, insert, select, update

from rag.errors import TelalError
from rag.question.parse import parse
from rag.store.database.database import Database
from rag.store.database.desk_tables import choices, question_counts, questions, sought_names
from rag.store.database.rows import micros, moment
from rag.types import NEWSROOM, Answer, AnswerStatus

log = logging.getLogger("telal.api")

FLUSH_S = 2.0
IDLE_S = 3600.0  # without anything to write, expired questions are erased so often
ENOUGH = 5  # visitors who asked for a name in vain on one day before the name is written down
MOST_NAMES = 20_000  # of a day, remembered as digests
MOST_WAITING = 10_000  # questions that wait for a database that does not answer
IN_VAIN = frozenset(("nothing_near", "no_news_then", "other_subject", "no_match", "empty_archive"))
_KEEP_DAYS = "keep_questions_days"
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
        with self._database.reading() as connection:
            return int(connection.scalar(select(choices.c.value).where(choices.c.name == _KEEP_DAYS)) or 0)

    def keep(self, days: int) -> None:
        """Keeps whole questions for so many days from now on. With 0, those that were kept are erased at once."""
        before = micros(datetime.now(UTC) - timedelta(days=days))
        with self._database.writing() as connection:
            connection.execute(delete(choices).where(choices.c.name == _KEEP_DAYS))
            connection.execute(insert(choices), {"name": _KEEP_DAYS, "value": str(days)})
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
                rows = [asdict(one) | {"id": secrets.token_hex(12), "at": micros(one.at)} for one in heard.questions]
                connection.execute(insert(questions), rows)
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
        by_day = {(date.fromordinal(day + _EPOCH), outcome): n for (day, outcome), n in days.items()}
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


def _number(day: date) -> int:
    return day.toordinal() - _EPOCH


class QuestionRecorder:
    """Counts the questions of one process. `note` never waits; a thread writes the counts every two seconds."""

    def __init__(self, database: Database) -> None:
        self._log = QuestionLog(database)
        self._is_on: Callable[[], bool] = lambda: False
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._heard = QuestionBuffer()
        self._refused: list[tuple[date, str, str, bytes]] = []  # day, question, language, digest of the visitor
        self._writing = threading.Lock()  # the thread and the desk's page may both write down
        self._keeps = False
        self._salt = secrets.token_bytes(32)  # forgotten with the process: a digest leads back to nobody
        self._day = date.min
        self._visitors: dict[bytes, set[bytes]] = {}

    def begin(self, is_on: Callable[[], bool]) -> None:
        """Starts to count, whenever `is_on` says that there is a desk."""
        self._is_on = is_on

    def note(self, answer: Answer, visitor: str) -> None:
        """Counts an answer that a reader got."""
        if self._stop.is_set() or not self._is_on():
            return
        now, outcome, story = datetime.now(UTC), outcome_of(answer), story_of(answer)
        language = answer.language[:35]
        with self._lock:
            self._heard.counts[QuestionKind(now.date(), language, outcome, story)] += 1
            if outcome == "refused" and len(self._refused) < MOST_WAITING:
                self._refused.append(
                    (now.date(), answer.standalone or answer.question, language, self._digest(visitor))
                )
            if self._keeps and len(self._heard.questions) < MOST_WAITING:
                kept = KeptQuestion(now, language, outcome, story, answer.question)
                self._heard.questions.append(kept)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="telal-asked", daemon=True)
                self._thread.start()

    def flush(self) -> None:
        """Writes the counts. What cannot be written is kept for the next time."""
        with self._writing:
            with self._lock:
                heard, self._heard = self._heard, QuestionBuffer()
                refused, self._refused = self._refused, []
            for day, question, language, visitor in refused:
                heard.names.update((day, name) for name in self._sought(day, question, language, visitor))
            try:
                self._log.add(heard, datetime.now(UTC))
                self._keeps = self._log.keeping_days() > 0
            except TelalError as error:
                log.warning("What readers asked could not be written down yet: %s", error)
                with self._lock:
                    self._heard.counts.update(heard.counts)
                    self._heard.names.update(heard.names)
                    self._heard.questions[:0] = heard.questions

    def keep(self, whole: bool) -> None:
        """Switches the keeping of whole questions on or off; other processes notice at their next write."""
        with self._lock:
            self._keeps = whole
            if not whole:
                self._heard.questions.clear()

    def close(self) -> None:
        """Writes what is left, and stops."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        idle_s, stopped = 0.0, False
        while not stopped:
            stopped = self._stop.wait(FLUSH_S)
            idle_s += FLUSH_S
            if stopped or self._heard or idle_s >= IDLE_S:
                idle_s = 0.0
                try:
                    self.flush()
                except Exception:  # counting must never end a server
                    log.exception("What readers asked could not be written down")

    def _sought(self, day: date, question: str, language: str, visitor: bytes) -> list[str]:
        """Returns the names in a refused question that enough visitors have asked for on that day."""
        if day != self._day:
            self._day, self._visitors = day, {}
        found = []
        for name in parse(question, language).names:
            key = self._digest(" ".join(name.keys))
            if not name.sure or (key not in self._visitors and len(self._visitors) >= MOST_NAMES):
                continue
            seen = self._visitors.setdefault(key, set())
            if len(seen) < ENOUGH:
                seen.add(visitor)
            if len(seen) >= ENOUGH:
                found.append(name.surface[:100])
        return found

    def _digest(self, text: str) -> bytes:
        return hmac.new(self._salt, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()[:12]


def outcome_of(answer: Answer) -> str:
    """Returns answered, hedged, conflicting, contradicted, refused, or talk for what was no question about the news.

    What editors pinned counts as answered, even if it gives no answer.
    """
    if answer.answered_by == NEWSROOM:
        return "answered"
    if answer.status is AnswerStatus.REFUSED:
        return "refused" if answer.refusal is not None and answer.refusal.reason in IN_VAIN else "talk"
    return "hedged" if answer.status is AnswerStatus.PARTIAL else answer.status.value


def story_of(answer: Answer) -> str:
    """Returns the id of the article that an answer cites first or that came nearest; "" for none."""
    if answer.citations:
        return answer.citations[0].article_id
    nearest = answer.refusal.nearest if answer.refusal is not None else ()
    return nearest[0].article_id if nearest else ""
