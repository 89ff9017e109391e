"""What a live source lists: articles by their addresses, some with their text, and how to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from ingest.fetch.fetcher import Kind
from ingest.fetch.outcomes import Fetched
from ingest.raw import Rejected

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the Web: an empty clock (1970), not the age of an article
TOLERANCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One article that a source lists. `signal` changes when the source says that the article has changed."""

    url: str
    signal: str
    published: datetime | None = None
    changed: datetime | None = None  # where a source dates changes only
    record: Mapping[str, Any] | None = None  # the whole article, where the source gives it; else its page is fetched
    head: str = ""  # beside `record`: the meta elements of the article's page, where the source repeats them

    @property
    def dated(self) -> datetime | None:
        """The date by which it stands in its list."""
        return self.published or self.changed


@dataclass(frozen=True, slots=True)
class Listing:
    """One reply of a source. `more` are addresses of the same source to be read after it."""

    entries: tuple[Entry, ...] = ()
    more: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    ttl_s: float | None = None  # how long the source says that it will not change
    mark: str = ""  # where the next visit goes on, for sources that can be asked for what is newer


class LiveSource(Protocol):
    """Something that is asked again and again. Both methods are pure."""

    @property
    def kind(self) -> Kind:
        """What the replies are."""
        ...

    def address(self, mark: str, since: datetime) -> str:
        """What to ask for: news after `mark`, at the first visit news after `since`."""
        ...

    def read(self, reply: Fetched, since: datetime) -> Listing:
        """What a reply lists. Raises Refused when it is none of this source's replies."""
        ...


def sane(moment: datetime | None, *, now: datetime | None = None) -> datetime | None:
    """The moment, unless no article can be of it: then a wrong clock made it, and none is better."""
    if moment is None:
        return None
    now = now or datetime.now(UTC)
    return moment if EARLIEST <= moment <= now + TOLERANCE else None
