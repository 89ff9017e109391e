"""Checks the pages of stored articles again: corrected, unchanged, or missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import FetchReply, Refused, Unreachable, Validators
from ingest.lifecycle import truth
from ingest.watch.delivery import Visit, manners, mark_failed
from ingest.watch.schedule import ABSENT, next_check
from ingest.watch.state import Item, WatchState
from ingest.watch.visit import Visitor, digest_of
from rag.config import IngestSettings
from rag.errors import Erased, NotFound
from rag.store.archive.archive import Archive
from rag.store.database.rows import micros, moment
from rag.types import Article

A_VISIT = 20  # pages looked at again after one visit to a source
STATUS = {"gone": 410, "not-found": 404}


class Rechecks:
    """Checks those pages of an outlet that are due, a few at a time, while the outlet is claimed."""

    def __init__(
        self, fetcher: Fetcher, state: WatchState, archive: Archive, settings: IngestSettings, visitor: Visitor
    ) -> None:
        self._fetcher = fetcher
        self._state = state
        self._archive = archive
        self._settings = settings
        self._visitor = visitor

    def run(self, visit: Visit) -> int:
        """Returns how many pages were checked. Raises Unreachable when the host asks for a pause."""
        now = datetime.now(UTC)
        due = self._state.to_check(visit.outlet.name, now, limit=A_VISIT)
        for item in due:
            self._check(visit, item, now)
        self._visitor.wait(visit)
        return len(due)

    def _check(self, visit: Visit, item: Item, now: datetime) -> None:
        article = self._article(item)
        if article is None or article.url is None:
            self._state.settle([replace(item, due=None)])  # erased
            return
        try:
            page = self._page(visit, item, article.url)
        except Refused as error:
            self._refused(item, article.url, error, now)
            return
        except Unreachable as error:
            if error.reason == "stopped":
                raise
            later = mark_failed(item, error, now).due
            self._state.settle([replace(item, tries=item.tries + 1, due=later)])
            return
        returned = truth.record_present(self._archive, article.url, now)
        item = self._next(replace(item, tries=0), now)
        if returned and page.not_modified:
            page = self._fetcher.get(article.url, "page", manners=manners(visit.outlet))
        if page.not_modified or (not returned and (item.whole or digest_of(page.body) == item.digest)):
            self._state.settle([item])
            return
        published = article.published.isoformat() if article.published else None
        try:
            self._visitor.hand_page(visit, page, item, **({"published": published} if published else {}))
        except Refused as error:
            self._state.settle([replace(item, reason=error.reason)])

    def _page(self, visit: Visit, item: Item, url: str) -> FetchReply:
        validators = Validators(item.etag, item.modified)
        return self._fetcher.get(url, "page", validators=validators, manners=manners(visit.outlet))

    def _refused(self, item: Item, url: str, error: Refused, now: datetime) -> None:
        """Reports a missing page to the archive, which decides; the page is checked again a day later."""
        if error.reason in STATUS:
            truth.record_gone(self._archive, url, STATUS[error.reason], now)
            stored = moment(item.stored) or now
            days = (now - stored).days
            due = now + ABSENT if days <= self._settings.recheck_days else None
            self._state.settle([replace(item, reason=error.reason, due=micros(due) if due else None)])
        else:
            self._state.settle([self._next(replace(item, reason=error.reason), now)])

    def _next(self, item: Item, now: datetime) -> Item:
        checks = item.checks + 1
        due = next_check(checks, stored=moment(item.stored) or now, now=now, settings=self._settings)
        return replace(item, checks=checks, due=micros(due) if due else None)

    def _article(self, item: Item) -> Article | None:
        try:
            return self._archive.article(item.article_id) if item.article_id else None
        except (NotFound, Erased):
            return None
