"""Visits a source: asks for its list, fetches and stores what is new, and notes the outcome of each page."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import FetchFailed, FetchRefused, FetchReply, page_record
from ingest.outlets import OutletConfig
from ingest.raw import Place, RawRecord
from ingest.sources.live import ListedArticle, Listing, LiveSource, source_kinds
from ingest.watch.page_writer import PageWriter
from ingest.watch.recheck import PageRechecker
from ingest.watch.schedule import next_try
from ingest.watch.schema import PageState, SourceState, page_key
from ingest.watch.state import WatchState
from ingest.watch.visit import MISSING, FetchedRecord, Visit, digest_of, outlet_fields, with_reply
from ingest.watch.wanted import WantedPages
from rag.config import IngestSettings
from rag.store.database.addresses import ALSO_AT
from rag.store.database.rows import micros

BATCH_PAGES = 4  # stored in one transaction, which a stop waits for
PAGED = "paged"
WANTED_PAGES = 20  # on which readers met the widget, fetched in one visit
CLOSED_REASONS = ("postponed", "robots-unreachable", "tdmrep-unreachable", "too-many-requests", "captcha")


def live_source(source: SourceState, outlet: OutletConfig) -> LiveSource:
    """Makes the reader for a source of an outlet."""
    return source_kinds()[source.kind].open(source.url, outlet.text == "feed")


class SourceVisitor:
    """Carries out visits. Safe to use from several threads."""

    def __init__(
        self,
        fetcher: Fetcher,
        state: WatchState,
        settings: IngestSettings,
        writer: PageWriter,
        wanted: WantedPages,
    ) -> None:
        self._fetcher = fetcher
        self._state = state
        self._settings = settings
        self._writer = writer
        self._wanted = wanted
        self._rechecks = PageRechecker(fetcher, state, settings, writer)
        self._numbers = itertools.count(1)
        self.parsed = 0  # replies that were parsed since the start

    def visit(self, visit: Visit) -> tuple[dict[str, Any], float | None]:
        """Stores what is new at a source, and checks pages that are due.

        Returns the fields of the source to update, and its `ttl` in seconds if it names one. Raises FetchRefused,
        FetchFailed, and the archive's errors: then no field of the source is to be updated.
        """
        source, now, delay_s = visit.source, datetime.now(UTC), visit.outlet.delay_s
        live = live_source(source, visit.outlet)
        since = now - timedelta(days=self._settings.reach_days)
        again = self._state.has_failing_page(source.key, now)
        known = {} if again else {"etag": source.etag, "modified": source.modified}
        reply = self._fetcher.get(live.address(source.mark, since), live.kind, **known, delay_s=delay_s)
        remember: dict[str, Any] = {}
        ttl_s = None
        if not reply.not_modified:
            remember = {"etag": reply.etag, "modified": reply.modified, "digest": digest_of(reply.body)}
        if reply.not_modified or (remember["digest"] == source.digest and not again):
            visit.counts.unchanged = 1
        else:
            listing = self._read(visit, live, reply, since)
            ttl_s, mark = listing.ttl_s, listing.mark
            if listing.lists:
                self._state.adopt(source, listing.lists, now=now)
            if listing.more:  # an unchanged first page says nothing about the others
                remember = {"etag": "", "modified": "", "digest": PAGED}
            self._store_listed(visit, listing)
            if not visit.cut:
                self._recheck_missing(visit, listing)
            while listing.more:
                if visit.counts.stored >= self._settings.new_per_poll:
                    visit.cut = True
                    break
                listing = self._read(visit, live, self._fetcher.get(listing.more, live.kind, delay_s=delay_s), since)
                self._store_listed(visit, listing)
                mark = max(mark, listing.mark)
            remember |= {"mark": mark} if mark else {}
        if not visit.cut and (urls := self._wanted.of(visit.outlet.name, limit=WANTED_PAGES)):
            self._store_listed(visit, Listing(entries=tuple(ListedArticle(url, "") for url in urls)))
            self._wanted.settle(urls)
        self._rechecks.run(visit)
        if visit.cut:
            remember = {name: value for name, value in remember.items() if name == "mark"}
        return remember, ttl_s

    def _read(self, visit: Visit, live: LiveSource, reply: FetchReply, since: datetime) -> Listing:
        self.parsed += 1
        visit.reply = replace(reply, body=b"")
        return live.read(reply, since)

    def _store_listed(self, visit: Visit, listing: Listing) -> None:
        """Fetches and stores every listed article that is new or changed."""
        # Of two entries with one address the first counts.
        entries = {page_key(entry.url): entry for entry in reversed(listing.entries)}
        known = self._state.read_pages(list(entries))
        visit.counts.listed += len(listing.entries)
        visit.counts.rejected += len(listing.rejected)
        now, limit = datetime.now(UTC), self._settings.new_per_poll
        wanted = [e for key, e in reversed(entries.items()) if _is_news(e, known.get(key), visit, now)]
        if any(entry.record is None for entry in wanted):  # whole texts cost no requests
            visit.cut = visit.cut or len(wanted) > limit
            wanted = wanted[:limit]
        batch: list[FetchedRecord] = []
        try:
            for entry in wanted:
                fetched = self._fetch(visit, entry, known.get(page_key(entry.url)))
                batch += [fetched] if fetched else []
                if len(batch) == BATCH_PAGES:
                    full, batch = batch, []
                    self._writer.store(visit, full)
        finally:
            if batch:
                self._writer.store(visit, batch)

    def _recheck_missing(self, visit: Visit, listing: Listing) -> None:
        """Makes pages due that left a list before older ones did: they were probably withdrawn."""
        dates = [micros(entry.dated) for entry in listing.entries if entry.dated]
        if listing.mark or not dates:  # with a mark, it lists what is newer and not all that there is
            return
        only = not visit.source.parent and len(visit.outlet.addresses(visit.source.kind)) == 1
        listed = {page_key(entry.url) for entry in listing.entries}
        scope = None if only else visit.source.key
        self._state.recheck_missing(visit.outlet.name, scope, listed, newer_than=min(dates), now=datetime.now(UTC))

    def _fetch(self, visit: Visit, entry: ListedArticle, before: PageState | None) -> FetchedRecord | None:
        """Fetches a listed article. None when its page was refused or failed, which is then noted."""
        now, agreed = datetime.now(UTC), bool(visit.outlet.agreement)
        page = PageState(page_key(entry.url), visit.source.key, visit.outlet.name, entry.signal)
        if before is not None:
            page = replace(before, signal=entry.signal, source=visit.source.key, state="held", reason="", due=None)
        if entry.dated:
            live = page.live if before is not None else int(bool(visit.source.digest))
            page = replace(page, published=micros(entry.dated), live=live)
        try:
            if entry.record is not None:  # by the rules that hold for its page
                self._fetcher.check_permission(entry.url)
                self._fetcher.reservations.check_whole(entry.url, entry.head, visit.reply, agreed=agreed)
                fields = {**entry.record, **outlet_fields(visit.outlet)}
                record = RawRecord(fields, Place(entry.url, next(self._numbers)))
                return FetchedRecord(record, replace(page, whole=1))
            reply = self._fetcher.get(entry.url, "page", delay_s=visit.outlet.delay_s)
            self._fetcher.reservations.check(reply, agreed=agreed)
            given: dict[str, Any] = {"published": entry.published.isoformat()} if entry.published else {}
            given |= {ALSO_AT: [entry.url]} if reply.url != entry.url else {}
            place = Place(reply.url, next(self._numbers))  # two addresses may lead to one page
            record = page_record(reply, {**given, **outlet_fields(visit.outlet)}, place)
            return FetchedRecord(record, with_reply(page, reply))
        except FetchRefused as error:
            visit.counts.refused += 1
            self._refused(page, before, error, now)
        except FetchFailed as error:
            if error.reason == "stopped":
                raise
            visit.counts.failed += 1
            self._state.settle([mark_failed(page, error, now)])
            if error.reason in CLOSED_REASONS:
                raise  # the host wants to be left alone: the rest of the list would only fail, too
        return None

    def _refused(self, page: PageState, before: PageState | None, error: FetchRefused, now: datetime) -> None:
        """Notes a refused page.

        A stored article stays; a missing page of it is checked at once. A missing page without an article is tried a
        few more times, as a list can be ahead of its pages.
        """
        missing = error.reason in MISSING
        if before is not None and before.state == "held":
            due = micros(now) if missing else before.due
            self._state.settle([replace(page, reason=error.reason, due=due)])
        elif missing:
            self._state.settle([mark_failed(page, error, now)])
        else:
            self._state.settle([replace(page, state="refused", reason=error.reason, due=None)])


def mark_failed(page: PageState, error: FetchRefused | FetchFailed, now: datetime) -> PageState:
    """Returns the state of a page that cannot be fetched now; after a few tries it is given up."""
    due = next_try(page.tries + 1, now)
    state = "failed" if due else "refused"
    return replace(page, state=state, reason=error.reason, tries=page.tries + 1, due=micros(due) if due else None)


def _is_news(entry: ListedArticle, page: PageState | None, visit: Visit, now: datetime) -> bool:
    """Tells whether to fetch a listed article: it is new, its retry is due, or this source says that it changed.

    Also when a source now gives its whole text. Only the source that the page is known from can say that it changed, as
    each source has its own marks.
    """
    if page is None:
        return True
    if page.state == "failed":
        return page.due is not None and page.due <= micros(now)
    if entry.record is not None and not page.whole:
        return True
    return page.source == visit.source.key and bool(entry.signal) and entry.signal != page.signal
