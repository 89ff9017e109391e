"""Stores the articles that visits deliver, in batches, and records for each page what became of it."""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ingest.lifecycle.truth import record_returned, retract_vanished
from ingest.pipeline import CommittedArticle, Pipeline
from ingest.pipeline import Watch as Following
from ingest.raw import Place, RejectedRecord
from ingest.watch.delivery import Delivery, Visit
from ingest.watch.delivery import mark_rejected as rejected_item
from ingest.watch.schedule import next_check
from ingest.watch.state import Item, WatchState
from rag.config import IngestSettings
from rag.errors import ArchiveBroken, ModelMismatch, TelalError
from rag.store.archive.archive import Archive
from rag.store.database.rows import micros, moment
from rag.store.upkeep.catchup import Backoff
from rag.types import Article

WAITING_MOST = 64  # records that wait; a source that is faster than the model waits, too
BATCH = 32
FIRST_WAIT_S, NEXT_WAIT_S = 0.5, 0.2  # for the first of a batch, and for one more
FATAL = (ModelMismatch, ArchiveBroken)


class Intake:
    """The only place where visits' records become articles. `take` runs in the thread with the model."""

    def __init__(
        self,
        pipeline: Pipeline,
        archive: Archive,
        state: WatchState,
        settings: IngestSettings,
        *,
        stopped: Callable[[], bool],
        log: Any,
    ) -> None:
        self._pipeline = pipeline
        self._archive = archive
        self._state = state
        self._settings = settings
        self._stopped = stopped
        self._log = log
        self._waiting: queue.Queue[Delivery] = queue.Queue(maxsize=WAITING_MOST)
        self.backoff = Backoff()

    def deliver(self, delivery: Delivery) -> None:
        """Waits for room in the queue. After a stop, deliveries are dropped: they were not acknowledged."""
        while not self._stopped() and not delivery.visit.aborted:
            try:
                self._waiting.put(delivery, timeout=FIRST_WAIT_S)
                return
            except queue.Full:
                continue
        delivery.visit.aborted = delivery.visit.aborted or "stopped"

    @property
    def waiting(self) -> int:
        """Records that wait for the model."""
        return self._waiting.qsize()

    def take(self) -> int:
        """Takes in one batch, or waits a little for one. Returns how many records there were.

        Raises ModelMismatch and ArchiveBroken. Other errors of the archive end the present visits, which are repeated
        later.
        """
        batch = self._gather()
        if not batch:
            return 0
        try:
            self._run(batch)
            self.backoff.reset()
        except FATAL:
            raise
        except TelalError as error:
            self.backoff.lengthen()
            self._log.error("archive", error=error.message, hint=error.hint, records=len(batch))
            for delivery in batch:
                delivery.visit.aborted = error.message
        finally:
            for delivery in batch:
                delivery.visit.settle()
        return len(batch)

    def _gather(self) -> list[Delivery]:
        batch: list[Delivery] = []
        wait_s = FIRST_WAIT_S
        while len(batch) < BATCH:
            try:
                delivery = self._waiting.get(timeout=wait_s)
            except queue.Empty:
                break
            if delivery.visit.aborted:
                delivery.visit.settle()
                continue
            batch.append(delivery)
            wait_s = NEXT_WAIT_S
        return batch

    def _run(self, batch: Sequence[Delivery]) -> None:
        outcomes: dict[Place, CommittedArticle | RejectedRecord] = {}

        def committed(done: Sequence[CommittedArticle]) -> None:
            outcomes.update({one.place: one for one in done})

        def refused(record: RejectedRecord) -> None:
            outcomes[record.place] = record

        blogs: dict[Place, Sequence[Article]] = {}

        def blog(place: Place, entries: Sequence[Article]) -> None:
            blogs[place] = entries
            record_returned(self._archive, entries, datetime.now(UTC))

        following = Following(committed=committed, rejected=refused, blog=blog, stopped=self._stopped)
        try:
            report = self._pipeline.run([d.raw for d in batch], following)
        except TelalError:
            raise
        except Exception as error:
            if len(batch) > 1:  # which one it is that cannot be read
                for delivery in batch:
                    self._run([delivery])
                return
            self._log.error("reading", url=batch[0].url, error=f"{type(error).__name__}: {error}"[:300])
            outcomes[batch[0].raw.place] = RejectedRecord(f"reading fails ({type(error).__name__})", batch[0].raw.place)
            report = None
        if report is not None and report.interrupted:
            # Of a live blog some entries may be stored and others not, so it is fetched again.
            batch = [d for d in batch if d.raw.place in outcomes and d.raw.place not in blogs]
        self._take_out([(d, blogs[d.raw.place]) for d in batch if d.raw.place in blogs])
        self._state.settle([self._item(d, outcomes.get(d.raw.place)) for d in batch])

    def _take_out(self, blogs: Sequence[tuple[Delivery, Sequence[Article]]]) -> None:
        for delivery, entries in blogs:
            if gone := retract_vanished(self._archive, entries, datetime.now(UTC)):
                outlet = delivery.visit.outlet.name
                self._log.info("taken out", outlet=outlet, url=delivery.url, entries=len(gone))

    def _item(self, delivery: Delivery, outcome: CommittedArticle | RejectedRecord | None) -> Item:
        """Without an outcome the archive already had it, or it was erased and stays erased."""
        visit, item, now = delivery.visit, delivery.item, datetime.now(UTC)
        if isinstance(outcome, RejectedRecord):
            visit.rejected += 1
            self._log.info("rejected", outlet=visit.outlet.name, url=delivery.url, reason=outcome.reason)
            return self._held(item, outcome.reason, now) if item.article_id else rejected_item(delivery, outcome)
        if isinstance(outcome, CommittedArticle):
            visit.stored += 1
            article_id: str | None = outcome.article_id
            published = moment(item.published) if item.stored is None else None  # of a change it would say nothing
            lag = (now - published).total_seconds() if published and published <= now else None
            self._log.info("stored", outlet=visit.outlet.name, url=delivery.url, outcome=outcome.outcome, lag_s=lag)
        else:
            article_id = item.article_id or next(iter(self._archive.at_address(delivery.url)), None)
        return self._held(replace(item, article_id=article_id, tries=0, stored=item.stored or micros(now)), "", now)

    def _held(self, item: Item, reason: str, now: datetime) -> Item:
        """With a reason: the page no longer holds an article, and what was stored before stays."""
        due = next_check(item.checks, stored=moment(item.stored) or now, now=now, settings=self._settings)
        return replace(item, state="held", reason=reason, due=micros(due) if due and item.article_id else None)

    def abort(self, visits: Sequence[Visit], reason: str) -> None:
        """Ends visits that wait for deliveries that will never be stored."""
        for visit in visits:
            with visit.lock:
                visit.aborted = visit.aborted or reason
                visit.lock.notify_all()
