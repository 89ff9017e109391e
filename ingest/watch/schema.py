"""The tables of visits, beside the archive's own in its database.

They contain no words and no addresses of articles: a page is known by a digest of its address, so that nothing erased
from the archive is named here. Times are microseconds since 1970, UTC.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Column, Float, Index, MetaData, Row, Table, Text

from rag.store.database.addresses import address_key

metadata = MetaData()


@dataclass(frozen=True, slots=True)
class Source:
    """The state of a source between two visits: a row of `ingest_sources`."""

    key: str
    outlet: str
    kind: str
    url: str
    parent: str = ""  # the index that a sitemap was found in; "" for those of the file
    etag: str = ""
    modified: str = ""
    digest: str = ""  # of the last reply that was dealt with in full
    mark: str = ""
    due: int = 0
    visited: int | None = None
    succeeded: int | None = None
    error: str = ""  # of the last visit; "" when it succeeded
    failures: int = 0  # in a row
    lease_until: int = 0  # until then no other process visits the outlet


@dataclass(frozen=True, slots=True)
class Item:
    """The state of a page between two checks: a row of `ingest_items`."""

    key: str
    source: str  # that gave it first
    outlet: str
    signal: str = ""  # what the source said of its version
    state: str = "held"  # held, rejected, refused, failed
    reason: str = ""
    article_id: str | None = None
    whole: int = 0  # 1: the source gave the text, not the page
    etag: str = ""
    modified: str = ""
    digest: str = ""  # of the page
    tries: int = 0
    checks: int = 0
    published: int | None = None
    live: int = 0  # 1: news when it was first seen, so that its lag counts
    missed: int = 0  # 1: was looked at because a list had dropped it
    stored: int | None = None  # when it could be answered from, the first time
    due: int | None = None  # failed: another try; held: another look at the page


R = TypeVar("R", Source, Item)
TYPES = {"str": Text, "int": BigInteger, "str | None": Text, "int | None": BigInteger}


def _table(name: str, row: type[Source] | type[Item], *former: Column[Any]) -> Table:
    """A table with the fields of `row`, and columns that archives have from before and nobody reads."""
    columns: list[Column[Any]] = [
        Column(f.name, TYPES[str(f.type)], primary_key=f.name == "key", nullable="None" in str(f.type))
        for f in fields(row)
    ]
    return Table(name, metadata, *columns, *former)


sources = _table(
    "ingest_sources",
    Source,
    Column("interval_s", Float, nullable=False, default=0.0),
    Column("visits", BigInteger, nullable=False, default=0),
    Column("unchanged", BigInteger, nullable=False, default=0),
    Column("lease_by", Text, nullable=False, default=""),
)
items = _table("ingest_items", Item, Column("first_seen", BigInteger, nullable=False, default=0))
Index("ingest_sources_due", sources.c.due)
Index("ingest_items_due", items.c.outlet, items.c.due)
Index("ingest_items_stored", items.c.stored)


def value_of(kind: type[R], row: Row[Any]) -> R:
    """The source or page of a row."""
    return kind(**{f.name: getattr(row, f.name) for f in fields(kind)})


def item_key(url: str) -> str:
    """The key of a page, the same for all its forms (AMP, mobile, tracking parameters)."""
    return address_key(url)


def source_key(outlet: str, kind: str, url: str) -> str:
    """A source's key."""
    return hashlib.sha256("\0".join((outlet.casefold(), kind, url)).encode()).hexdigest()[:32]
