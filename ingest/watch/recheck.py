"""Checks the pages of stored articles again: corrected, unchanged, or missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import Refused, Unreachable, Validators, page_as_raw
from ingest.lifecycle import truth
from ingest.raw import Place
from ingest.watch.delivery import MISSING, Delivery, Visit, digest_of, given_by, manners, of_page
from ingest.watch.intake import Intake
from ingest.watch.schedule import ABSENT, next_check, next_try
from ingest.watch.schema import Item
from ingest.watch.state import WatchState
from rag.config import IngestSettings
from rag.store.archive.archive import Archive
from rag.store.database.rows import micros, moment

A_VISIT = 20  # pages looked at again after one visit to a source


class Rechecks:
    """Checks those pages of an outlet that are due, a few at a time, while the outlet is claimed."""

    def __init__(self, fetcher: Fetcher, state: WatchState, settings: IngestSettings, intake: Intake) -> None:
        self._fetcher = fetcher
        self._state = state
        self._archive: Archive = intake.archive
        self._days = settings.recheck_days
        self._intake = intake

    def run(self, visit: Visit) -> None:
        """Raises Unreachable when it is stopped, or the owner's reservations cannot be fetched."""
        now = datetime.now(UTC)
        for item in self._state.to_check(visit.outlet.name, now, limit=A_VISIT):
            visit.checked += 1
            self._check(visit, item, now)

    def _check(self, visit: Visit, item: Item, now: datetime) -> None:
        article = truth.find(self._archive, item.article_id) if item.article_id else None
        if article is None or article.url is None:
            self._state.settle([replace(item, due=None)])  # erased
            return
        polite = manners(visit.outlet)
        try:
            page = self._fetcher.get(
                article.url, "page", validators=Validators(item.etag, item.modified), manners=polite
            )
        except Refused as error:
            self._refused(item, article.url, error, now)
            return
        except Unreachable as error:
            if error.reason == "stopped":
                raise
            due = next_try(item.tries + 1, now)
            self._state.settle([replace(item, tries=item.tries + 1, due=micros(due) if due else None)])
            return
        returned = truth.record_present(self._archive, article.url, now)
        item = self._next(replace(item, tries=0), now)
        if returned and page.not_modified:
            page = self._fetcher.get(article.url, "page", manners=polite)
        if page.not_modified or (not returned and (item.whole or digest_of(page.body) == item.digest)):
            self._state.settle([item])
            return
        given = {"published": article.published.isoformat()} if article.published else {}
        try:
            self._fetcher.reservations.check(page, agreed=bool(visit.outlet.agreement))
            raw = page_as_raw(page, {**given, **given_by(visit.outlet)}, Place(page.url))
        except Refused as error:
            self._state.settle([replace(item, reason=error.reason)])
            return
        self._intake.store(visit, [Delivery(raw, of_page(item, page), page.url)])

    def _refused(self, item: Item, url: str, error: Refused, now: datetime) -> None:
        """Reports a missing page to the archive, which decides; the page is checked again a day later."""
        if error.reason not in MISSING:
            self._state.settle([self._next(replace(item, reason=error.reason), now)])
            return
        truth.record_gone(self._archive, url, MISSING[error.reason], now)
        old = (now - (moment(item.stored) or now)).days > self._days
        self._state.settle([replace(item, reason=error.reason, due=None if old else micros(now + ABSENT))])

    def _next(self, item: Item, now: datetime) -> Item:
        checks = item.checks + 1
        due = next_check(checks, stored=moment(item.stored) or now, now=now, days=self._days)
        return replace(item, checks=checks, due=micros(due) if due else None)
