"""What stands in the tables of the visits: a source, and a page, as they are between two visits."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Row


@dataclass(frozen=True, slots=True)
class Source:
    """A source as it stands between two visits."""

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
    """A page as it stands between two looks at it."""

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
