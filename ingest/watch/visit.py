"""One visit to a source: asks it, finds what is new, fetches the pages, delivers them, records the outcome of each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import FetchReply, Refused, Unreachable, Validators, page_record
from ingest.outlets import Outlet
from ingest.raw import Place, Raw
from ingest.sources.feeds import Feed
from ingest.sources.sitemaps import AddressList, Entry, Listing, LiveSource, Sitemap
from ingest.sources.wordpress import WordPress
from ingest.watch.delivery import Delivery, Visit, manners, mark_failed, mark_refused
from ingest.watch.schema import item_key
from ingest.watch.state import Item, Source, WatchState
from rag.config import IngestSettings
from rag.store.database.addresses import ALSO_AT
from rag.store.database.rows import micros

ARTICLE_KINDS = {"agency": "agency"}  # an outlet's kind -> its articles' kind, where that says something
SETTLED_WAIT_S = 0.5
PAGED = "paged"
CLOSED_REASONS = ("postponed", "robots-unreachable", "tdmrep-unreachable", "too-many-requests", "captcha")
CLAIM_LOST = "the claim was lost to another process"


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """What a source answered: its listing, or None for nothing new; and what to remember afterwards."""

    listing: Listing | None
    remember: Mapping[str, Any]


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


def digest_of(body: bytes) -> str:
    """A digest of a reply, by which an unchanged one is recognised."""
    return hashlib.sha256(body).hexdigest()[:32]


class Visitor:
    """Carries out visits. `deliver` passes a record on and may wait until there is room."""

    def __init__(
        self,
        fetcher: Fetcher,
        state: WatchState,
        settings: IngestSettings,
        deliver: Callable[[Delivery], None],
        *,
        keep: Callable[[Visit], bool],
        serial: Iterator[int],
    ) -> None:
        self._fetcher = fetcher
        self._state = state
        self._settings = settings
        self._deliver = deliver
        self._keep = keep  # renews the visit's lease; False when it was lost
        self._serial = serial
        self._parsed = 0

    @property
    def parsed(self) -> int:
        """Replies that were parsed since the start."""
        return self._parsed

    def look(self, visit: Visit) -> SourceAnswer:
        """Ask the source. Raises Refused and Unreachable."""
        source, now = visit.source, datetime.now(UTC)
        live = live_source(source, visit.outlet)
        since = now - timedelta(days=self._settings.reach_days)
        again = self._state.has_failing_page(source.key, now)
        validators = Validators() if again else Validators(source.etag, source.modified)
        url = live.address(source.mark, since)
        reply = self._fetcher.get(url, live.kind, validators=validators, manners=manners(visit.outlet))
        if reply.not_modified:
            return SourceAnswer(None, {})
        remember: dict[str, Any] = {"etag": reply.validators.etag, "modified": reply.validators.modified}
        remember["digest"] = digest_of(reply.body)
        if remember["digest"] == source.digest and not again:
            return SourceAnswer(None, remember)
        listing = self._read(visit, live, reply, since)
        if source.kind == "sitemaps" and listing.more:
            self._state.adopt(source, listing.more, now=now)
        elif listing.more:  # that the first page is the same again says nothing of the others
            remember = {"etag": "", "modified": "", "digest": PAGED}
        return SourceAnswer(listing, remember)

    def take_all(self, visit: Visit, listing: Listing) -> str:
        """Takes everything that a source lists, page by page, up to the visit's limit. Returns the mark to continue
        from."""
        mark, since = listing.mark, datetime.now(UTC) - timedelta(days=self._settings.reach_days)
        self._take(visit, listing)
        if not visit.cut and not visit.aborted:
            self._missing(visit, listing)
        live = live_source(visit.source, visit.outlet)
        while visit.source.kind == "wordpress" and listing.more and not visit.aborted:
            if visit.handed >= self._settings.new_per_poll:
                visit.cut = True
                break
            reply = self._fetcher.get(listing.more[0], live.kind, manners=manners(visit.outlet))
            listing = self._read(visit, live, reply, since)
            self._take(visit, listing)
            mark = max(mark, listing.mark)
        return mark

    def _take(self, visit: Visit, listing: Listing) -> None:
        """Delivers every article that is new or changed, and waits until all are settled."""
        entries = {key: e for e in reversed(listing.entries) if (key := item_key(e.url))}  # of twins the first
        known = self._state.read_items(list(entries))
        visit.listed += len(listing.entries)
        visit.rejected += len(listing.rejected)
        now = datetime.now(UTC)
        wanted = [e for key, e in reversed(entries.items()) if _is_news(e, known.get(key), visit, now)]
        pages = [e for e in wanted if e.record is None]
        visit.cut = visit.cut or len(pages) > self._settings.new_per_poll
        for entry in wanted if not pages else pages[: self._settings.new_per_poll]:
            if visit.aborted or not self._keep(visit):
                visit.aborted = visit.aborted or CLAIM_LOST
                return
            self._one(visit, entry, known.get(item_key(entry.url)))
        self.wait(visit)

    def wait(self, visit: Visit) -> None:
        """Waits until all deliveries are settled, and renews the claim meanwhile."""
        with visit.lock:
            while visit.pending and not visit.aborted:
                visit.lock.wait(SETTLED_WAIT_S)
                if not self._keep(visit):
                    visit.aborted = CLAIM_LOST

    def hand_page(self, visit: Visit, page: FetchReply, item: Item, **more: Any) -> None:
        """A page's article. Raises Refused when its owner reserves it or it cannot be read."""
        reserved = self._fetcher.reservations.find(page, agreed=bool(visit.outlet.agreement))
        if reserved is not None:
            raise Refused(reserved.reason, str(reserved))
        record = page_record(page)
        validators = page.validators
        item = replace(item, etag=validators.etag, modified=validators.modified, digest=digest_of(page.body), whole=0)
        self._hand(visit, {**record.fields, **more}, item, page.url, size=len(page.body), notice=record.notice)

    def _read(self, visit: Visit, live: LiveSource, reply: FetchReply, since: datetime) -> Listing:
        self._parsed += 1
        visit.reply = replace(reply, body=b"")
        return live.read(reply, since)

    def _missing(self, visit: Visit, listing: Listing) -> None:
        """Checks pages that left a list before older ones did: they were probably withdrawn."""
        dates = [micros(entry.dated) for entry in listing.entries if entry.dated]
        if visit.source.kind not in ("feeds", "sitemaps") or not dates:
            return
        only_feed = visit.source.kind == "feeds" and len(visit.outlet.feeds) == 1
        listed = {item_key(entry.url) for entry in listing.entries}
        scope = None if only_feed else visit.source.key
        self._state.recheck_missing(visit.outlet.name, scope, listed, newer_than=min(dates), now=datetime.now(UTC))

    def _one(self, visit: Visit, entry: Entry, before: Item | None) -> None:
        now = datetime.now(UTC)
        item = Item(item_key(entry.url), visit.source.key, visit.outlet.name, entry.signal, first_seen=micros(now))
        if before is not None:
            item = replace(before, signal=entry.signal, source=visit.source.key, state="held", reason="", due=None)
        published = entry.published.isoformat() if entry.published else None
        if entry.dated:
            live = item.live if before is not None else int(bool(visit.source.digest))
            item = replace(item, published=micros(entry.dated), live=live)
        try:
            if entry.record is not None:
                self._whole_text_permitted(visit, entry)
                self._hand(visit, entry.record, replace(item, whole=1), entry.url)
            else:
                page = self._fetcher.get(entry.url, "page", manners=manners(visit.outlet))
                more = {"published": published, ALSO_AT: [entry.url] if page.url != entry.url else None}
                self.hand_page(visit, page, item, **{k: v for k, v in more.items() if v})
        except Refused as error:
            visit.refused += 1
            missing = error.reason in ("not-found", "gone")
            if before is not None and before.state == "held":  # it stays as it was; if its page is gone that is seen to
                due = micros(now) if missing else before.due
                self._state.settle([replace(item, reason=error.reason, due=due)])
            else:
                self._state.settle([mark_refused(item, error, now, again=missing)])
        except Unreachable as error:
            if error.reason == "stopped":
                raise
            visit.failed += 1
            self._state.settle([mark_failed(item, error, now)])
            if error.reason in CLOSED_REASONS:
                raise  # the host wants to be left alone: the rest of the list would only fail, too

    def _whole_text_permitted(self, visit: Visit, entry: Entry) -> None:
        """Applies the rules for a page to its text that came with a list. Raises Refused with the reason."""
        self._fetcher.check_permission(entry.url)
        reserved = self._fetcher.reservations.find_whole(
            entry.url, entry.head, visit.reply, agreed=bool(visit.outlet.agreement)
        )
        if reserved is not None:
            raise Refused(reserved.reason, str(reserved))

    def _hand(
        self, visit: Visit, fields: Mapping[str, Any], item: Item, url: str, *, size: int = 0, notice: str = ""
    ) -> None:
        outlet = visit.outlet
        given = {"outlet": outlet.name, "language": outlet.language, "kind": ARTICLE_KINDS.get(outlet.kind, "")}
        fields = {**fields, **{k: v for k, v in given.items() if v}}
        visit.hand_on()
        raw = Raw(fields, Place(url, next(self._serial)), size=size, notice=notice)
        self._deliver(Delivery(raw, item, visit, url))


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
