"""The tables of visits, beside the archive's own in its database.

They contain no words and no addresses of articles: a page is known by a digest of its address, so that nothing erased
from the archive is named here. Times are microseconds since 1970, UTC.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import BigInteger, Column, Float, Index, Integer, MetaData, Row, String, Table, Text

from rag.store.database.addresses import address_key

metadata = MetaData()

sources = Table(
    "ingest_sources",
    metadata,
    Column("key", String, primary_key=True),
    Column("outlet", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("parent", String, nullable=False),  # the index that a sitemap was found in; "" for those of the file
    Column("etag", Text, nullable=False),
    Column("modified", Text, nullable=False),
    Column("digest", String, nullable=False),  # of the last reply that was dealt with in full
    Column("mark", String, nullable=False),
    Column("interval_s", Float, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("visited", BigInteger),
    Column("succeeded", BigInteger),
    Column("error", Text, nullable=False),  # of the last visit; "" when it succeeded
    Column("failures", Integer, nullable=False),  # in a row
    Column("visits", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("lease_by", String, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
)
Index("ingest_sources_due", sources.c.due)

items = Table(
    "ingest_items",
    metadata,
    Column("key", String, primary_key=True),
    Column("source", String, nullable=False),  # that gave it first
    Column("outlet", String, nullable=False),
    Column("signal", String, nullable=False),  # what the source said of its version
    Column("state", String, nullable=False),  # held, rejected, refused, failed
    Column("reason", String, nullable=False),
    Column("article_id", String),
    Column("whole", Integer, nullable=False),  # 1: the source gave the text, not the page
    Column("etag", Text, nullable=False),
    Column("modified", Text, nullable=False),
    Column("digest", String, nullable=False),  # of the page
    Column("tries", Integer, nullable=False),
    Column("checks", Integer, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("published", BigInteger),
    Column("live", Integer, nullable=False),  # 1: news when it was first seen, so that its lag counts
    Column("missed", Integer, nullable=False),  # 1: was looked at because a list had dropped it
    Column("stored", BigInteger),  # when it could be answered from, the first time
    Column("due", BigInteger),  # failed: another try; held: another look at the page
)
Index("ingest_items_due", items.c.outlet, items.c.due)
Index("ingest_items_stored", items.c.stored)

expiries = Table(
    "ingest_expiries",
    metadata,
    Column("outlet", String, primary_key=True),  # casefolded
    Column("looked", BigInteger, nullable=False),  # when its rule (keep_days) was last followed
)


def item_key(url: str) -> str:
    """The key of a page, the same for all its forms (AMP, mobile, tracking parameters)."""
    return address_key(url)


def source_key(outlet: str, kind: str, url: str) -> str:
    """A source's key."""
    return hashlib.sha256("\0".join((outlet.casefold(), kind, url)).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Source:
    """The state of a source between two visits."""

    key: str
    outlet: str
    kind: str
    url: str
    parent: str = ""
    etag: str = ""
    modified: str = ""
    digest: str = ""
    mark: str = ""
    interval_s: float = 0.0
    due: int = 0
    visited: int | None = None
    succeeded: int | None = None
    error: str = ""
    failures: int = 0
    visits: int = 0
    unchanged: int = 0
    lease_by: str = ""
    lease_until: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """The state of a page between two checks."""

    key: str
    source: str
    outlet: str
    signal: str = ""
    state: str = "held"
    reason: str = ""
    article_id: str | None = None
    whole: int = 0
    etag: str = ""
    modified: str = ""
    digest: str = ""
    tries: int = 0
    checks: int = 0
    first_seen: int = 0
    published: int | None = None
    live: int = 0
    missed: int = 0
    stored: int | None = None
    due: int | None = None


def source_of(row: Row[Any]) -> Source:
    """The source of a row."""
    return Source(**{f.name: getattr(row, f.name) for f in fields(Source)})


def item_of(row: Row[Any]) -> Item:
    """The page of a row."""
    return Item(**{f.name: getattr(row, f.name) for f in fields(Item)})
