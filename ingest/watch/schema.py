"""The tables of visits, in the archive's database beside its own.

They hold neither words nor addresses of articles: a page is known by a digest of its address, so that they name nothing
that was erased. Times are microseconds since 1970, UTC.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Column, Float, Index, MetaData, Row, Table, Text

from rag.store.database.addresses import address_key

metadata = MetaData()


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is kept of a source from one visit to the next: a row of `ingest_sources`."""

    key: str
    outlet: str
    kind: str
    url: str
    parent: str = ""  # the index that a sitemap was found in; "" for those of the file
    etag: str = ""
    modified: str = ""
    digest: str = ""  # of the last reply that was read to the end
    mark: str = ""  # where the next visit goes on, see Listing
    due: int = 0
    visited: int | None = None
    succeeded: int | None = None
    error: str = ""  # of the last visit; "" when it succeeded
    failures: int = 0  # in a row
    lease_until: int = 0  # until then no other process visits the outlet


@dataclass(frozen=True, slots=True)
class PageState:
    """What is kept of a page from one check to the next: a row of `ingest_items`."""

    key: str
    source: str  # key of the source that listed it first
    outlet: str
    signal: str = ""  # of its version, see ListedArticle
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
    live: int = 0  # 1: it was new when first seen, so its lag counts
    missed: int = 0  # 1: it was checked because a list had dropped it
    stored: int | None = None  # when answers could first use it
    due: int | None = None  # failed: the next try; held: the next check


R = TypeVar("R", SourceState, PageState)
TYPES = {"str": Text, "int": BigInteger, "str | None": Text, "int | None": BigInteger}


def _table(name: str, row: type[SourceState] | type[PageState], *former: Column[Any]) -> Table:
    """Makes a table of the fields of `row`. `former`: columns of older archives that nothing reads any more."""
    columns: list[Column[Any]] = [
        Column(f.name, TYPES[str(f.type)], primary_key=f.name == "key", nullable="None" in str(f.type))
        for f in fields(row)
    ]
    return Table(name, metadata, *columns, *former)


sources = _table(
    "ingest_sources",
    SourceState,
    Column("interval_s", Float, nullable=False, default=0.0),
    Column("visits", BigInteger, nullable=False, default=0),
    Column("unchanged", BigInteger, nullable=False, default=0),
    Column("lease_by", Text, nullable=False, default=""),
)
items = _table("ingest_items", PageState, Column("first_seen", BigInteger, nullable=False, default=0))
Index("ingest_sources_due", sources.c.due)
Index("ingest_items_due", items.c.outlet, items.c.due)
Index("ingest_items_stored", items.c.stored)


def from_row(kind: type[R], row: Row[Any]) -> R:
    """Reads the state of a source or page from a row."""
    return kind(**{f.name: getattr(row, f.name) for f in fields(kind)})


def page_key(url: str) -> str:
    """Returns the key of a page, the same for its AMP and mobile forms and with tracking parameters."""
    return address_key(url)


def source_key(outlet: str, kind: str, url: str) -> str:
    """Returns the key of a source."""
    return hashlib.sha256("\0".join((outlet.casefold(), kind, url)).encode()).hexdigest()[:32]
