"""Asks followed questions again when articles come that may change their answers, and tells what has changed."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property

from api.follow.allowance import Allowance
from api.follow.followed import ask, entry_of, may_state, retold
from api.follow.nearness import Near, NearQuestions
from api.follow.readings import KeptReadings
from api.follow.sender import WebhookSender
from api.follow.store import Followed, Follows
from api.follow.told import change_of, told_with
from rag.answer.read import Reads
from rag.errors import BadInput, Erased, NotFound, TelalError
from rag.newsroom import Newsroom
from rag.store.archive.archive import Archive
from rag.store.database.shared_tables import Lease
from rag.types import AnswerKind, Hit

ROUND_S = 5.0  # between two looks: in a busy time, several batches of articles are one round
SEND_S = 1.0
REST_S = 30.0  # after an error
SWEEP_S = 3600.0
_LATELY = 20  # passages
_MOST = 200  # passages of a question that wait, the newest: of a digest, more stories than it has
_CHANGES = 5000  # that are read at once

_log = logging.getLogger(__name__)


class FollowWatcher:
    """Follows the archive's changes, whoever makes them, and sends what is told to webhooks.

    Of all processes only the holder of a lease tells anything, and only the holder of another sends.
    """

    def __init__(
        self, engine: Newsroom, follows: Follows, sender: WebhookSender, allowance: Allowance | None = None
    ) -> None:
        self._engine, self._follows, self._sender = engine, follows, sender
        self._near = NearQuestions(engine)
        self._kept: KeptReadings | None = None
        self._allowance = allowance or Allowance()
        self._waiting: dict[str, Near] = {}  # what came near the questions that wait to be asked
        self._lately: dict[str, list[Hit]] = {}  # by digest, the newest passages that it was asked for
        self._matched = 0  # the change up to which passages were compared with the questions
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._swept = time.monotonic()

    @cached_property
    def _lease(self) -> Lease:
        return self._engine.archive.lease("follows")

    @cached_property
    def _sending(self) -> Lease:
        return self._engine.archive.lease("webhooks")

    def start(self) -> None:
        """Starts two threads, one that looks every few seconds and one that sends."""
        rounds: tuple[tuple[Callable[[], object], float], ...] = ((self._round, ROUND_S), (self.send, SEND_S))
        for work, pause_s in rounds:
            thread = threading.Thread(target=self._repeat, args=(work, pause_s), name="telal-following", daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Stops the threads, and lets another process tell."""
        self._stop.set()
        for thread in self._threads:
            thread.join(30.0)
        self._sender.close()
        for name in ("_lease", "_sending"):
            if name in self.__dict__:
                getattr(self, name).release()

    def send(self) -> None:
        """Begins to send what is due to webhooks."""
        if self._sending.hold():
            self._sender.start(datetime.now(UTC))

    def look(self) -> int:
        """Asks what the newest changes of the archive may have changed, as far as there is time: the rest waits for the
        next look. Returns how many entries were told."""
        if not self._lease.hold():
            self._waiting.clear()  # the next holder asks again from the position on
            return 0
        position, last = self._follows.position(), self._level()
        if position is None or position > self._engine.archive.last_change():  # the first time, or a restored archive
            self._waiting.clear()
            self._matched = last
            self._follows.move(last)
            return 0
        before = max(position, self._matched) if self._waiting else position
        if last <= before and not self._waiting:
            return 0
        began = time.monotonic()
        if last > before:
            self._allowance.came()
            self._match(before, last)
        self._allowance.spend(time.monotonic() - began)
        told = self._ask_waiting()
        if not self._waiting:
            self._follows.move(self._matched)
        return told

    def _match(self, before: int, last: int) -> None:
        """Compares what came between two changes with all questions: those that it comes near wait to be asked."""
        touched = _touched(self._engine.archive, before, last)
        self._follows.check_sources(touched)
        followed = self._follows.all()
        ids = {one.id for one in followed}
        for name, near in list(self._waiting.items()):
            near.hits = [hit for hit in near.hits if hit.passage.article_id not in touched]
            if name not in ids or not near.hits:
                del self._waiting[name]
        self._lately = {name: hits for name, hits in self._lately.items() if name in ids}
        for one in followed:
            if one.gone:
                self._waiting.setdefault(one.id, Near([], math.inf)).over = math.inf
        if followed:
            for batch in self._engine.archive.read_added(before, last):
                for name, near in self._near.find(followed, batch).items():
                    held = self._waiting.setdefault(name, Near([], near.over))
                    held.hits = [*held.hits, *near.hits][-_MOST:]
                    held.over = max(held.over, near.over)
        self._matched = last

    def _ask_waiting(self) -> int:
        """Asks what waits, the likeliest to change first. Returns how many entries were told."""
        if not self._waiting:
            return 0
        told, asking = 0, self._asking()
        while self._waiting and self._allowance.holds() and not self._stop.is_set() and self._lease.hold():
            began, first = time.monotonic(), max(self._waiting, key=lambda one: self._waiting[one].over)
            one = self._follows.one(first)
            told += self._ask(asking, one, self._waiting[first].hits) if one else 0
            del self._waiting[first]
            self._allowance.spend(time.monotonic() - began)
        return told

    def _asking(self) -> Newsroom:
        """Returns an engine that reads a text once for a question; a new one, so that it has the model of now."""

        def kept(reader: Reads) -> Reads:
            self._kept = self._kept or KeptReadings(reader)
            return self._kept

        return self._engine.without_model(kept)

    def _level(self) -> int:
        """Returns the last change that can be found: the indexes follow the archive a moment later."""
        status = self._engine.indexes.status()
        words = status.keyword_change or status.exact_change  # 0 while no index of words answers
        return min(status.exact_change, words)

    def _ask(self, asking: Newsroom, one: Followed, near: Sequence[Hit]) -> bool:
        """Asks a question again for new passages. Returns whether something was told."""
        fresh = {hit.passage.article_id for hit in near}
        try:
            if not one.gone and not may_state(asking, one.asked, near):
                return False
            found = ask(asking, one.asked)
        except BadInput as error:  # it was followed by a version that understood it
            _log.warning("A followed question cannot be asked: %s", error)
            return False
        except (NotFound, Erased):  # the article by which a story was followed
            self._follows.remove(one.id)
            return False
        if found.answer.kind is AnswerKind.DIGEST:  # what came lately may have come into it only now
            near = [*self._lately.get(one.id, ()), *near][-_LATELY:]
            self._lately[one.id] = near
            fresh = {hit.passage.article_id for hit in near}
        now = datetime.now(UTC)
        kind = change_of(one.told, found.answer, fresh)
        if kind in ("newer", "stories") and not one.asked.story:
            fresh -= retold(asking, found.answer, near, self._follows.sources(one.id))
            kind = change_of(one.told, found.answer, fresh)
        if kind is not None:
            entry = entry_of(found.answer, kind, now, before=one.told, fresh=fresh)
        elif one.gone:
            entry = entry_of(found.answer, "gone", now)
        else:
            self._follows.settle(one, found.near)
            return False
        return self._follows.tell(one, entry, told_with(found.answer, one.told), found.near)

    def _round(self) -> None:
        self.look()
        if time.monotonic() - self._swept > SWEEP_S and self._lease.hold():
            self._swept = time.monotonic()
            self._follows.sweep(datetime.now(UTC))

    def _repeat(self, work: Callable[[], object], pause_s: float) -> None:
        wait_s = pause_s
        while not self._stop.wait(wait_s):
            wait_s = pause_s
            try:
                work()
            except TelalError as error:
                _log.warning("Followed questions cannot be asked or told now: %s %s", error.message, error.hint)
                wait_s = REST_S
            except Exception:  # following must never end by itself
                _log.exception("Followed questions could not be asked or told")
                wait_s = REST_S


def _touched(archive: Archive, since: int, upto: int) -> set[str]:
    """Returns the articles that were written, corrected, retracted or erased after a change, up to another."""
    touched: set[str] = set()
    while changes := archive.changes(since, limit=_CHANGES):
        touched |= {one.article_id for one in changes if one.number <= upto}
        since = changes[-1].number
        if since >= upto:
            break
    return touched
