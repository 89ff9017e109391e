"""Counts what readers ask, for the desk. Keeps no words of theirs, except names that many asked for in vain, and whole
questions where editors switched that on."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime

from rag.errors import TelalError
from rag.question.parse import parse
from rag.store.archive.archive import Archive
from rag.store.desk.questions import KeptQuestion, QuestionBuffer, QuestionKind, QuestionLog
from rag.types import NEWSROOM, Answer, AnswerStatus

log = logging.getLogger("telal.api")

FLUSH_S = 2.0
IDLE_S = 3600.0  # without anything to write, expired questions are erased so often
ENOUGH = 5  # visitors who asked for a name in vain on one day before the name is written down
MOST_NAMES = 20_000  # of a day, remembered as digests
MOST_WAITING = 10_000  # questions that wait for a database that does not answer
IN_VAIN = frozenset(("nothing_near", "no_news_then", "other_subject", "no_match", "empty_archive"))


class QuestionRecorder:
    """Counts the questions of one process. `note` never waits; a thread writes the counts every two seconds."""

    def __init__(self, archive: Archive) -> None:
        self._log = QuestionLog(archive.database)
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
            self._flush()

    def _flush(self) -> None:
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
        idle_s = 0.0
        while not self._stop.wait(FLUSH_S):
            idle_s += FLUSH_S
            if self._heard or idle_s >= IDLE_S:
                self._guarded()
                idle_s = 0.0
        self._guarded()

    def _guarded(self) -> None:
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
    """Returns answered, hedged, conflicting, refused, or talk for what was no question about the news.

    What editors pinned counts as answered, even if it gives no answer.
    """
    if answer.answered_by == NEWSROOM:
        return "answered"
    if answer.status is AnswerStatus.REFUSED:
        return "refused" if answer.refusal is not None and answer.refusal.reason in IN_VAIN else "talk"
    return {AnswerStatus.PARTIAL: "hedged", AnswerStatus.CONFLICTING: "conflicting"}.get(answer.status, "answered")


def story_of(answer: Answer) -> str:
    """Returns the id of the article that an answer cites first or that came nearest; "" for none."""
    if answer.citations:
        return answer.citations[0].article_id
    nearest = answer.refusal.nearest if answer.refusal is not None else ()
    return nearest[0].article_id if nearest else ""
