"""Stores the articles that visits deliver, and records for each page what became of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ingest.lifecycle.truth import record_returned, retract_vanished
from ingest.pipeline import CommittedArticle, Pipeline, Watch
from ingest.raw import Place, RejectedRecord
from ingest.watch.delivery import Delivery, Visit
from ingest.watch.schedule import next_check
from ingest.watch.schema import Item
from ingest.watch.state import WatchState
from rag.errors import TelalError
from rag.store.database.rows import micros, moment
from rag.types import Article


class Intake:
    """The only place where visits' records become articles, for one visit at a time."""

    def __init__(
        self, pipeline: Pipeline, state: WatchState, *, recheck_days: int, stopped: Callable[[], bool], log: Any
    ) -> None:
        self._pipeline = pipeline
        self.archive = pipeline.archive
        self._state = state
        self._recheck_days = recheck_days
        self._stopped = stopped
        self._log = log
        self._turn = threading.Lock()

    def store(self, visit: Visit, batch: Sequence[Delivery]) -> None:
        """Stores records, each with a place of its own, and settles their pages. Raises the archive's errors.

        After a stop the rest is dropped: it was not acknowledged, and is fetched again.
        """
        outcomes: dict[Place, CommittedArticle | RejectedRecord] = {}
        blogs: dict[Place, Sequence[Article]] = {}

        def blog(place: Place, entries: Sequence[Article]) -> None:
            blogs[place] = entries
            record_returned(self.archive, entries, datetime.now(UTC))

        watch = Watch(
            committed=lambda done: outcomes.update({one.place: one for one in done}),
            rejected=lambda record: outcomes.update({record.place: record}),
            blog=blog,
            stopped=self._stopped,
        )
        try:
            with self._turn:
                report = self._pipeline.run([d.raw for d in batch], watch)
            if report.interrupted:  # of a live blog some entries may be stored and others not: it is fetched again
                batch = [d for d in batch if d.raw.place in outcomes and d.raw.place not in blogs]
        except TelalError:
            raise
        except Exception as error:
            if len(batch) > 1:  # which one it is that cannot be read
                for delivery in batch:
                    self.store(visit, [delivery])
                return
            self._log.error("reading", url=batch[0].url, error=f"{type(error).__name__}: {error}"[:300])
            outcomes[batch[0].raw.place] = RejectedRecord(f"reading fails ({type(error).__name__})", batch[0].raw.place)
        for delivery in batch:
            gone = retract_vanished(self.archive, blogs.get(delivery.raw.place, ()), datetime.now(UTC))
            if gone:
                self._log.info("taken out", outlet=visit.outlet.name, url=delivery.url, entries=len(gone))
        self._state.settle([self._settled(visit, d, outcomes.get(d.raw.place)) for d in batch])

    def _settled(self, visit: Visit, delivery: Delivery, outcome: CommittedArticle | RejectedRecord | None) -> Item:
        """Without an outcome the archive already had it, or it was erased and stays erased."""
        item, now, outlet = delivery.item, datetime.now(UTC), visit.outlet.name
        if isinstance(outcome, RejectedRecord):
            visit.rejected += 1
            self._log.info("rejected", outlet=outlet, url=delivery.url, reason=outcome.reason)
            if item.article_id is None:
                return replace(item, state="rejected", reason=outcome.reason, due=None)
            return self._held(item, outcome.reason, now)  # no article any more: what was stored before stays
        if isinstance(outcome, CommittedArticle):
            visit.stored += 1
            article_id: str | None = outcome.article_id
            published = moment(item.published) if item.stored is None else None  # of a change it would say nothing
            lag = (now - published).total_seconds() if published and published <= now else None
            self._log.info("stored", outlet=outlet, url=delivery.url, outcome=outcome.outcome, lag_s=lag)
        else:
            article_id = item.article_id or next(iter(self.archive.at_address(delivery.url)), None)
        return self._held(replace(item, article_id=article_id, tries=0, stored=item.stored or micros(now)), "", now)

    def _held(self, item: Item, reason: str, now: datetime) -> Item:
        stored = moment(item.stored) or now
        due = next_check(item.checks, stored=stored, now=now, days=self._recheck_days) if item.article_id else None
        return replace(item, state="held", reason=reason, due=micros(due) if due else None)
