"""Checks the pages of stored articles again: corrected, unchanged, or missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import FetchFailed, FetchRefused, page_record
from ingest.lifecycle import retraction
from ingest.raw import Place
from ingest.watch.page_writer import PageWriter
from ingest.watch.schedule import ABSENT, next_check, next_try
from ingest.watch.schema import PageState
from ingest.watch.state import WatchState
from ingest.watch.visit import MISSING, FetchedRecord, Visit, digest_of, outlet_fields, with_reply
from rag.config import IngestSettings
from rag.store.archive.archive import Archive
from rag.store.database.rows import micros, moment

PAGES_A_VISIT = 20  # checked again after one visit to a source


class PageRechecker:
    """Checks pages that are due, a few at a time, while this process has claimed their outlet."""

    def __init__(self, fetcher: Fetcher, state: WatchState, settings: IngestSettings, writer: PageWriter) -> None:
        self._fetcher = fetcher
        self._state = state
        self._archive: Archive = writer.archive
        self._days = settings.recheck_days
        self._writer = writer

    def run(self, visit: Visit) -> None:
        """Checks the pages of the visited outlet that are due.

        Raises FetchFailed when somebody asks to stop, or the reservations of the owner cannot be fetched.
        """
        now = datetime.now(UTC)
        for page in self._state.to_check(visit.outlet.name, now, limit=PAGES_A_VISIT):
            visit.counts.checked += 1
            self._check(visit, page, now)

    def _check(self, visit: Visit, page: PageState, now: datetime) -> None:
        article = retraction.find(self._archive, page.article_id) if page.article_id else None
        if article is None or article.url is None:
            self._state.settle([replace(page, due=None)])  # erased
            return
        delay_s = visit.outlet.delay_s
        try:
            reply = self._fetcher.get(article.url, "page", etag=page.etag, modified=page.modified, delay_s=delay_s)
        except FetchRefused as error:
            self._refused(page, article.url, error, now)
            return
        except FetchFailed as error:
            if error.reason == "stopped":
                raise
            due = next_try(page.tries + 1, now)
            self._state.settle([replace(page, tries=page.tries + 1, due=micros(due) if due else None)])
            return
        returned = retraction.record_present(self._archive, article.url, now)
        page = self._next(replace(page, tries=0), now)
        if returned and reply.not_modified:
            reply = self._fetcher.get(article.url, "page", delay_s=delay_s)
        if reply.not_modified or (not returned and (page.whole or digest_of(reply.body) == page.digest)):
            self._state.settle([page])
            return
        given = {"published": article.published.isoformat()} if article.published else {}
        try:
            self._fetcher.reservations.check(reply, agreed=bool(visit.outlet.agreement))
            record = page_record(reply, {**given, **outlet_fields(visit.outlet)}, Place(reply.url))
        except FetchRefused as error:
            self._state.settle([replace(page, reason=error.reason)])
            return
        self._writer.store(visit, [FetchedRecord(record, with_reply(page, reply))])

    def _refused(self, page: PageState, url: str, error: FetchRefused, now: datetime) -> None:
        """Notes that a page is missing, which may retract its article, and checks it again a day later."""
        if error.reason not in MISSING:
            self._state.settle([self._next(replace(page, reason=error.reason), now)])
            return
        retraction.record_gone(self._archive, url, MISSING[error.reason], now)
        old = (now - (moment(page.stored) or now)).days > self._days
        self._state.settle([replace(page, reason=error.reason, due=None if old else micros(now + ABSENT))])

    def _next(self, page: PageState, now: datetime) -> PageState:
        checks = page.checks + 1
        due = next_check(checks, stored=moment(page.stored) or now, now=now, days=self._days)
        return replace(page, checks=checks, due=micros(due) if due else None)
