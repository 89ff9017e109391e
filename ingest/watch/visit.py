"""One visit to a source: asks it, fetches what is new, stores it, records the outcome of each page."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import FetchReply, Refused, Unreachable, Validators, page_as_raw
from ingest.outlets import Outlet
from ingest.raw import Place, Raw
from ingest.sources.feeds import Feed
from ingest.sources.sitemaps import AddressList, Entry, Listing, LiveSource, Sitemap
from ingest.sources.wordpress import WordPress
from ingest.watch.delivery import MISSING, Delivery, Visit, digest_of, given_by, manners, of_page
from ingest.watch.intake import Intake
from ingest.watch.recheck import Rechecks
from ingest.watch.schedule import next_try
from ingest.watch.schema import Item, Source, item_key
from ingest.watch.state import WatchState
from rag.config import IngestSettings
from rag.store.database.addresses import ALSO_AT
from rag.store.database.rows import micros

AT_ONCE = 4  # pages stored in one transaction: what a stop waits for
PAGED = "paged"
CLOSED_REASONS = ("postponed", "robots-unreachable", "tdmrep-unreachable", "too-many-requests", "captcha")


def live_source(source: Source, outlet: Outlet) -> LiveSource:
    """The reader of a source."""
    if source.kind == "feeds":
        return Feed(source.url, whole=outlet.text == "feed")
    makers: dict[str, Callable[[str], LiveSource]] = {
        "sitemaps": Sitemap,
        "wordpress": WordPress,
        "lists": AddressList,
    }
    return makers[source.kind](source.url)


class Visitor:
    """Carries out visits, in several threads."""

    def __init__(self, fetcher: Fetcher, state: WatchState, settings: IngestSettings, intake: Intake) -> None:
        self._fetcher = fetcher
        self._state = state
        self._settings = settings
        self._intake = intake
        self._rechecks = Rechecks(fetcher, state, settings, intake)
        self._numbers = itertools.count(1)
        self.parsed = 0  # replies that were parsed since the start

    def visit(self, visit: Visit) -> tuple[dict[str, Any], float | None]:
        """Takes in what is new at a source, and checks pages that are due.

        Returns the values of the source to remember, and its `ttl` in seconds. Raises Refused, Unreachable, and the
        archive's errors: then nothing of the source is to be remembered.
        """
        source, now = visit.source, datetime.now(UTC)
        live = live_source(source, visit.outlet)
        since = now - timedelta(days=self._settings.reach_days)
        again = self._state.has_failing_page(source.key, now)
        validators = Validators() if again else Validators(source.etag, source.modified)
        reply = self._get(visit, live.address(source.mark, since), live, validators)
        remember: dict[str, Any] = {}
        listing = None
        if not reply.not_modified:
            digest = digest_of(reply.body)
            remember = {"etag": reply.validators.etag, "modified": reply.validators.modified, "digest": digest}
            if digest != source.digest or again:
                listing = self._read(visit, live, reply, since)
        visit.unchanged = listing is None
        if listing is not None:
            if source.kind == "sitemaps" and listing.more:
                self._state.adopt(source, listing.more, now=now)
            elif listing.more:  # that the first page is the same again says nothing of the others
                remember = {"etag": "", "modified": "", "digest": PAGED}
            if mark := self._take_all(visit, live, listing, since):
                remember["mark"] = mark
        self._rechecks.run(visit)
        if visit.cut:
            remember = {name: value for name, value in remember.items() if name == "mark"}
        return remember, listing.ttl_s if listing else None

    def _get(self, visit: Visit, url: str, live: LiveSource, validators: Validators) -> FetchReply:
        return self._fetcher.get(url, live.kind, validators=validators, manners=manners(visit.outlet))

    def _read(self, visit: Visit, live: LiveSource, reply: FetchReply, since: datetime) -> Listing:
        self.parsed += 1
        visit.reply = replace(reply, body=b"")
        return live.read(reply, since)

    def _take_all(self, visit: Visit, live: LiveSource, listing: Listing, since: datetime) -> str:
        """Takes everything that a source lists, page by page, up to the visit's limit. Returns the mark to continue
        from."""
        mark = listing.mark
        self._take(visit, listing)
        if not visit.cut:
            self._missing(visit, listing)
        while visit.source.kind == "wordpress" and listing.more:
            if visit.stored >= self._settings.new_per_poll:
                visit.cut = True
                break
            listing = self._read(visit, live, self._get(visit, listing.more[0], live, Validators()), since)
            self._take(visit, listing)
            mark = max(mark, listing.mark)
        return mark

    def _take(self, visit: Visit, listing: Listing) -> None:
        """Stores every article that is new or changed."""
        entries = {key: e for e in reversed(listing.entries) if (key := item_key(e.url))}  # of twins the first
        known = self._state.read_items(list(entries))
        visit.listed += len(listing.entries)
        visit.rejected += len(listing.rejected)
        now, limit = datetime.now(UTC), self._settings.new_per_poll
        wanted = [e for key, e in reversed(entries.items()) if _is_news(e, known.get(key), visit, now)]
        if any(entry.record is None for entry in wanted):  # whole texts cost no requests
            visit.cut = visit.cut or len(wanted) > limit
            wanted = wanted[:limit]
        batch: list[Delivery] = []
        try:
            for entry in wanted:
                delivery = self._delivery(visit, entry, known.get(item_key(entry.url)))
                batch += [delivery] if delivery else []
                if len(batch) == AT_ONCE:
                    full, batch = batch, []
                    self._intake.store(visit, full)
        finally:
            if batch:
                self._intake.store(visit, batch)

    def _missing(self, visit: Visit, listing: Listing) -> None:
        """Checks pages that left a list before older ones did: they were probably withdrawn."""
        dates = [micros(entry.dated) for entry in listing.entries if entry.dated]
        if visit.source.kind not in ("feeds", "sitemaps") or not dates:
            return
        only_feed = visit.source.kind == "feeds" and len(visit.outlet.feeds) == 1
        listed = {item_key(entry.url) for entry in listing.entries}
        scope = None if only_feed else visit.source.key
        self._state.recheck_missing(visit.outlet.name, scope, listed, newer_than=min(dates), now=datetime.now(UTC))

    def _delivery(self, visit: Visit, entry: Entry, before: Item | None) -> Delivery | None:
        """The article of an entry; None when its page was refused or failed, which is then settled."""
        now = datetime.now(UTC)
        item = Item(item_key(entry.url), visit.source.key, visit.outlet.name, entry.signal)
        if before is not None:
            item = replace(before, signal=entry.signal, source=visit.source.key, state="held", reason="", due=None)
        if entry.dated:
            live = item.live if before is not None else int(bool(visit.source.digest))
            item = replace(item, published=micros(entry.dated), live=live)
        try:
            if entry.record is not None:
                return self._whole_text(visit, entry, replace(item, whole=1))
            page = self._fetcher.get(entry.url, "page", manners=manners(visit.outlet))
            self._fetcher.reservations.check(page, agreed=bool(visit.outlet.agreement))
            given: dict[str, Any] = {"published": entry.published.isoformat()} if entry.published else {}
            given |= {ALSO_AT: [entry.url]} if page.url != entry.url else {}
            place = Place(page.url, next(self._numbers))  # two addresses may lead to one page
            raw = page_as_raw(page, {**given, **given_by(visit.outlet)}, place)
            return Delivery(raw, of_page(item, page), page.url)
        except Refused as error:
            visit.refused += 1
            self._refused(item, before, error, now)
        except Unreachable as error:
            if error.reason == "stopped":
                raise
            visit.failed += 1
            self._state.settle([mark_failed(item, error, now)])
            if error.reason in CLOSED_REASONS:
                raise  # the host wants to be left alone: the rest of the list would only fail, too
        return None

    def _refused(self, item: Item, before: Item | None, error: Refused, now: datetime) -> None:
        """What is held stays; if its page is missing that is checked now. A new page is tried a few more times when it
        is missing, as lists can be ahead."""
        missing = error.reason in MISSING
        if before is not None and before.state == "held":
            due = micros(now) if missing else before.due
            self._state.settle([replace(item, reason=error.reason, due=due)])
        elif missing:
            self._state.settle([mark_failed(item, error, now)])
        else:
            self._state.settle([replace(item, state="refused", reason=error.reason, due=None)])

    def _whole_text(self, visit: Visit, entry: Entry, item: Item) -> Delivery:
        """An article whose text came with its list. The rules for its page are applied: raises Refused."""
        self._fetcher.check_permission(entry.url)
        agreed = bool(visit.outlet.agreement)
        self._fetcher.reservations.check_whole(entry.url, entry.head, visit.reply, agreed=agreed)
        fields = {**(entry.record or {}), **given_by(visit.outlet)}
        return Delivery(Raw(fields, Place(entry.url, next(self._numbers))), item, entry.url)


def mark_failed(item: Item, error: Refused | Unreachable, now: datetime) -> Item:
    """The page cannot be fetched now; after some tries it is given up."""
    due = next_try(item.tries + 1, now)
    state = "failed" if due else "refused"
    return replace(item, state=state, reason=error.reason, tries=item.tries + 1, due=micros(due) if due else None)


def _is_news(entry: Entry, item: Item | None, visit: Visit, now: datetime) -> bool:
    """Whether an entry's page is to be fetched: it is new, failed and is due, or its source says that it changed.

    Also when its whole text now comes from a source. What another source says about the page does not count: each has
    its own marks.
    """
    if item is None:
        return True
    if item.state == "failed":
        return item.due is not None and item.due <= micros(now)
    if entry.record is not None and not item.whole:
        return True
    return item.source == visit.source.key and bool(entry.signal) and entry.signal != item.signal
