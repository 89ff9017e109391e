"""Reads RSS and Atom feeds of any version. The only import of feedparser."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import feedparser

from ingest.fetch.outcomes import FetchRefused, FetchReply
from ingest.fetch.replies import Kind
from ingest.raw import Place, RejectedRecord
from ingest.sources.live import ListedArticle, Listing, SourceKind, plausible_date, register

MAX_ENTRIES = 500  # newest first in every feed that is known
MAX_ITEMS = 2_000  # that are parsed at all: 1.2 MB of empty ones took 6.9 s
MAX_TAGS = 40_000  # 46 µs each, whatever they are: 400,000 that open took 24 s
MAX_ATTRIBUTES = 200  # of a tag, whose time grows with their square: 100,000 took minutes
PERIODS_S = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}
TAG = re.compile(r"<[^>]*>")
ITEM = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)\b", re.IGNORECASE)
FROM_TAG_TO_TAG = re.compile(rb"<[^<]*")
FIRST_ELEMENT = re.compile(rb"<\0?\w")
ENTITY = re.compile(b"\0?".join(b"<!ENTITY"[n : n + 1] for n in range(8)) + rb"[^>]*>\0?")  # in UTF-16 too
ATTRIBUTE = re.compile(rb"=[\s\0]*[\"']")  # in UTF-16 too


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed. With `whole`, its entries hold the articles' text; else their pages are fetched."""

    url: str
    whole: bool = False
    kind: Kind = "feed"

    def address(self, mark: str, since: datetime) -> str:
        return self.url

    def read(self, reply: FetchReply, since: datetime) -> Listing:
        """Reads the entries, each known by its address: guids repeat and change."""
        parsed = parse(reply)
        entries: dict[str, ListedArticle] = {}
        rejected = []
        for number, item in enumerate(parsed.entries[:MAX_ENTRIES], start=1):
            url = _address(item, reply.url)
            if not url:
                rejected.append(RejectedRecord("entry has no address", Place(reply.url, number)))
            elif url not in entries:
                modified = plausible_date(_moment(item, "updated"))
                published = plausible_date(_moment(item, "published")) or modified
                record = _record(item, url, published, modified) if self.whole else None
                entries[url] = ListedArticle(url, _signal(item), published, record=record)
        return Listing(tuple(entries.values()), rejected=tuple(rejected), ttl_s=_ttl(parsed.feed))


def parse(reply: FetchReply) -> Any:
    """Parses a reply by feedparser. Raises FetchRefused when it is not a feed."""
    headers = {"content-location": reply.url, "content-type": reply.headers.get("content-type", "")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of fields that it maps from other feeds' names
        try:
            # A file, not the bytes: given bytes that look like an address, it would fetch that.
            parsed = feedparser.parse(io.BytesIO(_bound(reply.body)), response_headers=headers)
        except (ValueError, LookupError, AssertionError, RecursionError, TypeError, AttributeError) as error:
            raise FetchRefused(
                "not-a-feed", "The feed cannot be read.", hint=f"{type(error).__name__}: {error}"
            ) from error
    if not parsed.entries and not parsed.get("version"):
        raise FetchRefused(
            "not-a-feed", f"{reply.url} is neither RSS nor Atom.", hint=str(parsed.get("bozo_exception", ""))
        )
    return parsed


def _bound(body: bytes) -> bytes:
    """Removes the feed's own entities, and cuts it where parsing would take too long; feedparser reads what is left."""
    if first := FIRST_ELEMENT.search(body):
        body = ENTITY.sub(b"", body[: first.start()]) + body[first.start() :]
    items = 0
    for number, tag in enumerate(FROM_TAG_TO_TAG.finditer(body)):
        items += ITEM.match(tag.group()) is not None
        if items > MAX_ITEMS or number >= MAX_TAGS or len(ATTRIBUTE.findall(tag.group())) > MAX_ATTRIBUTES:
            return body[: tag.start()]
    return body


def _address(item: Any, base: str) -> str:
    """Returns the entry's link, or its guid where that is an address. Only http: others could run as scripts."""
    for value in (item.get("link"), *(link.get("href") for link in item.get("links", [])), item.get("id")):
        try:
            url = urljoin(base, str(value).strip()) if value else ""
        except ValueError:
            continue
        if url.startswith(("http://", "https://")) and url != base and (value != item.get("id") or "://" in str(value)):
            return url.partition("#")[0]
    return ""


def _moment(item: Any, name: str) -> datetime | None:
    found = item.get(f"{name}_parsed") if f"{name}_parsed" in item else None
    try:
        return datetime.fromtimestamp(timegm(found), UTC) if found else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _record(item: Any, url: str, published: datetime | None, modified: datetime | None) -> dict[str, Any]:
    contents = [c.get("value") or "" for c in item.get("content", [])] + [item.get("summary") or ""]
    record = {
        "title": TAG.sub("", str(item.get("title") or "")),
        "html": max(contents, key=len),
        "url": url,
        "published": published.isoformat() if published else None,
        "modified": modified.isoformat() if modified else None,
        "authors": [name for a in item.get("authors", []) if (name := str(a.get("name") or "").strip())],
        "section": next((str(tag.get("term") or "") for tag in item.get("tags", [])), "")[:200],
    }
    return {key: value for key, value in record.items() if value}


def _signal(item: Any) -> str:
    """Returns a digest of the entry, by which a correction is noticed; without guid and link, which may change."""
    dates = (str(item.get("published") or ""), str(item.get("updated") or "") if "updated" in item else "")
    said = (str(item.get("title") or ""), *dates, str(item.get("summary") or ""))
    return hashlib.sha256("\0".join(said).encode("utf-8", "replace")).hexdigest()[:24]


def _ttl(feed: Any) -> float | None:
    """Returns the seconds that the feed asks for between visits: RSS `ttl`, or the syndication module's period."""
    ttl = str(feed.get("ttl") or "").strip()
    if re.fullmatch(r"\d{1,6}", ttl) and int(ttl):
        return int(ttl) * 60.0
    period = PERIODS_S.get(str(feed.get("sy_updateperiod") or "").strip().lower())
    often = str(feed.get("sy_updatefrequency") or "1").strip()
    return period / int(often) if period and re.fullmatch(r"[1-9]\d{0,4}", often) else None


register(SourceKind("feeds", "feed", "RSS or Atom", Feed))
