"""Notes pages on which readers met the widget and which the archive does not hold, for the outlet's next visit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import BigInteger, Column, Table, Text, delete, func, insert, select

from ingest.fetch.addresses import check_url
from ingest.fetch.outcomes import FetchRefused
from ingest.outlets import OutletConfig
from ingest.watch.schema import items, metadata, page_key
from ingest.watch.state import WatchState
from rag.store.archive.archive import Archive
from rag.store.database.addresses import canonical
from rag.store.database.rows import micros

MOST = 100  # pages of one outlet that wait
_LONGEST = 2000  # characters of an address
_KEPT = timedelta(days=7)

# The only table of visits that holds addresses: of pages that nothing is known of, until they were visited.
_wanted = Table(
    "ingest_wanted",
    metadata,
    Column("key", Text, primary_key=True),
    Column("outlet", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)


class WantedPages:
    """The pages that wait to be fetched at their outlet's next visit. Safe to use from several threads and processes.

    Raises the archive's errors.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def note(self, url: str, outlets: Iterable[OutletConfig], *, now: datetime) -> bool:
        """Notes a page, once; False where that is not done: it is on no host of a followed outlet, or the outlet's list
        is full, or the page was seen or erased before, or nothing can be written."""
        outlet = outlet_of_page(url, outlets)
        if outlet is None or self._archive.read_only or self._archive.at_address(url):
            return False
        key, oldest = page_key(url), micros(now - _KEPT)
        state = WatchState.of(self._archive)
        if state.read_pages([key]):
            return False
        c = _wanted.c
        with self._archive.database.writing() as connection:
            connection.execute(delete(_wanted).where(c.at < oldest))
            waiting = connection.scalar(select(func.count()).where(c.outlet == outlet.name)) or 0
            known = connection.scalar(select(func.count()).where(c.key == key))
            if known or waiting >= MOST:
                return False
            connection.execute(insert(_wanted).values(key=key, outlet=outlet.name, url=url, at=micros(now)))
        return True

    def of(self, outlet: str, *, limit: int) -> list[str]:
        """Returns the pages of an outlet that wait, the first noted first."""
        c = _wanted.c
        with self._archive.database.reading() as connection:
            return list(connection.scalars(select(c.url).where(c.outlet == outlet).order_by(c.at, c.key).limit(limit)))

    def settle(self, urls: Iterable[str]) -> None:
        """Forgets those of these pages of which it is known by now what became of them; the others wait on."""
        keys = [page_key(url) for url in urls]
        known = select(items.c.key).where(items.c.key.in_(keys), items.c.state != "failed")
        with self._archive.database.writing() as connection:
            connection.execute(delete(_wanted).where(_wanted.c.key.in_(known)))


def outlet_of_page(url: str, outlets: Iterable[OutletConfig]) -> OutletConfig | None:
    """Returns the outlet that a page of the web is fetched for: one that is visited, takes its articles from pages, and
    has a source on the same host; None for any other address, and for the front page."""
    if len(url) > _LONGEST or not url.isprintable():
        return None
    try:
        check_url(url, allow_private=True)
    except FetchRefused:
        return None
    host, path = _host(url), urlsplit(url).path.strip("/")
    if not path:
        return None
    fit = (o for o in outlets if o.enabled and o.text == "page" and host in {_host(u) for _, u in o.sources()})
    return next(fit, None)


def _host(url: str) -> str:
    """The host without `www` and the like, with its port where that is its own."""
    return urlsplit(canonical(url)).netloc
