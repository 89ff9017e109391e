"""What a live source is: what it is asked for, what it lists, and how its module makes it known.

A module of this folder that calls `register` is a source of outlets: nothing else names it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any, Protocol

import ingest.sources
from ingest.fetch.outcomes import FetchReply
from ingest.fetch.replies import Kind, read_bounded
from ingest.raw import RejectedRecord

MAX_ENTRIES = 50_000  # of a list: the limit of the sitemaps' own protocol
UNPACKED_MAX_BYTES = 100_000_000
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the Web: an empty clock (1970), not the age of an article
TOLERANCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """An article that a source lists. `signal` changes when the source says that the article has changed."""

    url: str
    signal: str
    published: datetime | None = None
    changed: datetime | None = None  # for sources that only date changes
    record: Mapping[str, Any] | None = None  # the whole article, if the source gives it; else its page is fetched
    head: str = ""  # beside `record`: the meta elements of the article's page, if the source repeats them

    @property
    def dated(self) -> datetime | None:
        """The date by which its list is sorted."""
        return self.published or self.changed


@dataclass(frozen=True, slots=True)
class Listing:
    """What a reply of a source lists: articles; `more`: where this list goes on; `lists`: further lists, each to be
    visited by itself."""

    entries: tuple[ListedArticle, ...] = ()
    more: str = ""
    rejected: tuple[RejectedRecord, ...] = ()
    lists: tuple[str, ...] = ()
    ttl_s: float | None = None  # how long the source says that it will not change
    mark: str = ""  # the date of the newest change, for sources that can be asked for what is newer


class LiveSource(Protocol):
    """A source that is visited again and again. Both methods are pure."""

    @property
    def kind(self) -> Kind:
        """The kind of its replies."""
        ...

    def address(self, mark: str, since: datetime) -> str:
        """Returns the address to fetch: for what is newer than `mark`, at the first visit newer than `since`."""
        ...

    def read(self, reply: FetchReply, since: datetime) -> Listing:
        """Reads what a reply lists. Raises FetchRefused when it is not a reply of such a source."""
        ...


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of live source."""

    field: str  # of an outlet in outlets.toml, and in the archive: feeds
    word: str  # the option of `telal ingest add`, and what it is called: feed
    says: str  # what its addresses are
    open: Callable[[str, bool], LiveSource]  # makes the source at an address; True: its lists hold the whole texts


_KINDS: dict[str, SourceKind] = {}


def register(kind: SourceKind) -> None:
    """Makes a kind of source known."""
    _KINDS[kind.field] = kind


@cache
def source_kinds() -> Mapping[str, SourceKind]:
    """Returns every kind that a module of this folder registers, by its field."""
    for module in pkgutil.iter_modules(ingest.sources.__path__):
        import_module(f"ingest.sources.{module.name}")
    return dict(sorted(_KINDS.items()))


def plausible_date(moment: datetime | None, *, now: datetime | None = None) -> datetime | None:
    """Returns the date, or None if no article can be so old or so new: then a wrong clock made it."""
    if moment is None:
        return None
    now = now or datetime.now(UTC)
    return moment if EARLIEST <= moment <= now + TOLERANCE else None


def unpack(body: bytes) -> bytes:
    """Unpacks a body that its first bytes show to be gzipped; another stays as it is."""
    return read_bounded([body], "gzip", limit=UNPACKED_MAX_BYTES) if body.startswith(b"\x1f\x8b") else body
