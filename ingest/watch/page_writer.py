"""Writes fetched records into the archive, and notes the outcome of each page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ingest.lifecycle.retraction import record_returned, retract_vanished
from ingest.pipeline import CommittedArticle, Pipeline, RunCallbacks
from ingest.raw import Place, RejectedRecord
from ingest.watch.schedule import next_check
from ingest.watch.schema import PageState
from ingest.watch.state import WatchState
from ingest.watch.visit import FetchedRecord, Visit
from rag.errors import TelalError
from rag.store.database.rows import micros, moment
from rag.types import Article


class PageWriter:
    """Stores the records of visits, those of one visit at a time."""

    def __init__(
        self, pipeline: Pipeline, state: WatchState, *, recheck_days: int, stopped: Callable[[], bool], log: Any
    ) -> None:
        self._pipeline = pipeline
        self.archive = pipeline.archive
        self._state = state
        self._recheck_days = recheck_days
        self._stopped = stopped
        self._log = log
        self._lock = threading.Lock()

    def store(self, visit: Visit, batch: Sequence[FetchedRecord]) -> None:
        """Stores records, each with a place of its own, and notes the new state of their pages.

        Raises the archive's errors. After a stop the rest is dropped, and the next run fetches it again.
        """
        outcomes: dict[Place, CommittedArticle | RejectedRecord] = {}
        blogs: dict[Place, Sequence[Article]] = {}

        def blog(place: Place, entries: Sequence[Article]) -> None:
            blogs[place] = entries
            record_returned(self.archive, entries, datetime.now(UTC))

        callbacks = RunCallbacks(
            committed=lambda done: outcomes.update({one.place: one for one in done}),
            rejected=lambda record: outcomes.update({record.place: record}),
            blog=blog,
            stopped=self._stopped,
        )
        try:
            with self._lock:
                report = self._pipeline.run([fetched.record for fetched in batch], callbacks)
            if report.interrupted:  # of a live blog some entries may be stored and others not: it is fetched again
                batch = [one for one in batch if one.record.place in outcomes and one.record.place not in blogs]
        except TelalError:
            raise
        except Exception as error:
            if len(batch) > 1:  # find the one that cannot be read
                for fetched in batch:
                    self.store(visit, [fetched])
                return
            (bad,) = batch
            self._log.error("reading", url=bad.url, error=f"{type(error).__name__}: {error}"[:300])
            outcomes[bad.record.place] = RejectedRecord(f"reading fails ({type(error).__name__})", bad.record.place)
        for fetched in batch:
            gone = retract_vanished(self.archive, blogs.get(fetched.record.place, ()), datetime.now(UTC))
            if gone:
                self._log.info("taken out", outlet=visit.outlet.name, url=fetched.url, entries=len(gone))
        self._state.settle([self._settled(visit, one, outcomes.get(one.record.place)) for one in batch])

    def _settled(
        self, visit: Visit, fetched: FetchedRecord, outcome: CommittedArticle | RejectedRecord | None
    ) -> PageState:
        """Returns the new state of a page. Without an outcome the archive had its article already, or it was erased."""
        page, now, outlet = fetched.page, datetime.now(UTC), visit.outlet.name
        if isinstance(outcome, RejectedRecord):
            visit.counts.rejected += 1
            self._log.info("rejected", outlet=outlet, url=fetched.url, reason=outcome.reason)
            if page.article_id is None:
                return replace(page, state="rejected", reason=outcome.reason, due=None)
            return self._held(page, outcome.reason, now)  # the page is no article any more: the stored one stays
        if isinstance(outcome, CommittedArticle):
            visit.counts.stored += 1
            article_id: str | None = outcome.article_id
            published = moment(page.published) if page.stored is None else None  # a change says nothing about the lag
            lag = (now - published).total_seconds() if published and published <= now else None
            self._log.info("stored", outlet=outlet, url=fetched.url, outcome=outcome.outcome, lag_s=lag)
        else:
            article_id = page.article_id or next(iter(self.archive.at_address(fetched.url)), None)
        return self._held(replace(page, article_id=article_id, tries=0, stored=page.stored or micros(now)), "", now)

    def _held(self, page: PageState, reason: str, now: datetime) -> PageState:
        stored = moment(page.stored) or now
        due = next_check(page.checks, stored=stored, now=now, days=self._recheck_days) if page.article_id else None
        return replace(page, state="held", reason=reason, due=micros(due) if due else None)
