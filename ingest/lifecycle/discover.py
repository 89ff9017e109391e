"""Finds the feeds and sitemaps of a site, and asks sources once what they reply. Stores nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

from rich.table import Table

from ingest.extraction.body import as_page, parse_page
from ingest.extraction.head import read_head
from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import FetchFailed, FetchRefused, page_record
from ingest.outlets import OutletConfig
from ingest.raw import Place
from ingest.sources.live import source_kinds
from ingest.watch.schema import SourceState
from ingest.watch.visitor import live_source
from rag.config import IngestSettings
from rag.errors import BadInput

FEED_TYPE = re.compile(r"application/(rss|atom)\+xml", re.IGNORECASE)
USUAL = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml")  # where most systems keep it
COMMENTS = re.compile(r"comment", re.IGNORECASE)
MOST = 6  # candidates that are tried


@dataclass(frozen=True, slots=True)
class FoundSite:
    """What a site offers: its name, its language, and the sources that were tried, usable ones first."""

    name: str
    language: str
    tried: tuple[SourceCheck, ...]


def find_sources(address: str, fetcher: Fetcher, settings: IngestSettings) -> FoundSite:
    """Reads the page (or feed) at an address, and tries the sources that it names, then the usual places.

    Raises BadInput when it is no address, FetchRefused when it may not be fetched, FetchFailed when no server answers.
    """
    text = address.strip()
    url = text if re.match(r"https?://", text, re.IGNORECASE) else f"https://{text}"  # as people type it: news.example
    if not urlsplit(url).hostname or re.search(r"\s", url):
        raise BadInput(f"{address[:200]!r} is no address.", hint="Type it as the browser shows it: news.example")
    name, language, linked = _front(url, fetcher)
    tried: list[SourceCheck] = []
    usual = [urljoin(url, path) for path in USUAL if urljoin(url, path) not in linked]
    candidates = [("feeds", one) for one in (*linked, *usual)] + [("sitemaps", urljoin(url, "/sitemap.xml"))]
    for kind, candidate in candidates:
        if len(tried) >= MOST or any(one.ok for one in tried) and candidate not in linked:
            break
        tried += check_outlets([OutletConfig.model_validate({"name": name, kind: (candidate,)})], fetcher, settings)
    return FoundSite(name, language, tuple(sorted(tried, key=lambda one: not one.ok)))


def _front(url: str, fetcher: Fetcher) -> tuple[str, str, list[str]]:
    """Returns name, language and linked feeds of a page; for a feed its host and itself."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    try:
        page = fetcher.get(url, "page")
        html = as_page(str(page_record(page, {}, Place(url)).fields["html"]))
    except FetchRefused as error:
        if error.reason in ("not-http", "private-address"):
            raise
        # A reply of another type is the feed itself; where the page cannot be fetched, its feed may be.
        return host, "", [url] if error.reason == "content-type" else []
    tree = parse_page(html)
    if tree is None:
        return host, "", [url]
    head = read_head(tree, html, url=page.url)
    links = [
        urljoin(page.url, link.get("href", ""))
        for link in tree.iter("link")
        if "alternate" in link.get("rel", "") and FEED_TYPE.search(link.get("type", ""))
        if not COMMENTS.search(f"{link.get('title', '')} {link.get('href', '')}")
    ]
    return head.outlet[:200] or host, head.language[:35], list(dict.fromkeys(links))


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """What a source replied. `says`: how many articles and the newest, or why there are none."""

    outlet: str
    kind: str
    url: str
    ok: bool
    says: str


def check_outlets(outlets: Sequence[OutletConfig], fetcher: Fetcher, settings: IngestSettings) -> list[SourceCheck]:
    """Asks every source of the outlets once, several at a time. Returns the replies in the order of the outlets."""
    asked = [(outlet, kind, url) for outlet in outlets for kind, url in outlet.sources()]
    with ThreadPoolExecutor(max_workers=settings.concurrency) as pool:
        return list(pool.map(lambda one: _check(one, fetcher, settings), asked))


def _check(asked: tuple[OutletConfig, str, str], fetcher: Fetcher, settings: IngestSettings) -> SourceCheck:
    outlet, kind, url = asked
    live = live_source(SourceState("", outlet.name, kind, url), outlet)
    since = datetime.now(UTC) - timedelta(days=settings.reach_days)
    try:
        reply = fetcher.get(live.address("", since), live.kind, delay_s=outlet.delay_s)
        listing = live.read(reply, since)
    except (FetchRefused, FetchFailed) as error:
        return SourceCheck(outlet.name, kind, url, False, f"{error.reason}: {error.message}")
    newest = max((e.dated for e in listing.entries if e.dated), default=None)
    parts = [f"{len(listing.entries)} articles"]
    parts += [f"{len(listing.lists)} more lists"] if listing.lists else []
    parts += [f"newest {newest:%Y-%m-%d %H:%M} UTC"] if newest else []
    parts += [f"{len(listing.rejected)} unusable"] if listing.rejected else []
    parts += [f"moved to {reply.url}"] if live.kind != "api" and reply.url.rstrip("/") != url.rstrip("/") else []
    return SourceCheck(outlet.name, kind, url, True, ", ".join(parts))


def checked_table(checked: Sequence[SourceCheck]) -> Table:
    """Makes a table with one line a source."""
    table = Table(box=None, pad_edge=False)
    for name in ("outlet", "source", "", "answer"):
        table.add_column(name, overflow="fold")
    for one in checked:
        table.add_row(one.outlet, f"{source_kinds()[one.kind].word} {one.url}", "ok" if one.ok else "NO", one.says)
    return table
