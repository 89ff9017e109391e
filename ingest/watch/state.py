"""The state of sources and pages, shared by every process that visits for one archive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Self

from sqlalchemy import and_, delete, insert, or_, select, update

from ingest.outlets import Outlet
from ingest.watch.schema import Item, Source, items, metadata, source_key, sources, value_of
from rag.store.archive.archive import Archive
from rag.store.database.database import Database
from rag.store.database.rows import chunks, micros

CHILDREN_MOST = 500  # sitemaps of one index
LEASE_S = 30.0  # after which another process visits the outlets of one that is gone; the living renew theirs


class WatchState:
    """Safe to use from many threads and beside other processes. Raises the archive's errors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def of(cls, archive: Archive) -> Self:
        """The state in an archive that is open. One process must not open its file twice (docs/decisions/090)."""
        database = archive.database
        if not database.read_only:
            with database.writing() as connection:
                metadata.create_all(connection)
        return cls(database)

    @classmethod
    def read(cls, archive: Archive) -> Self:
        """Read-only: creates nothing, and the tables of visits may not exist yet."""
        return cls(archive.database)

    # sources

    def sync(self, outlets: Iterable[Outlet], *, now: datetime) -> None:
        """Makes the sources those of the outlets. The state of sources that stay is kept."""
        wanted = {
            key: Source(key, o.name, kind, url, due=micros(now))
            for o in outlets
            if o.enabled
            for kind, url in o.sources()
            if (key := source_key(o.name, kind, url))
        }
        with self._database.writing() as connection:
            held = {row.key: row.parent for row in connection.execute(select(sources))}
            gone = [key for key, parent in held.items() if key not in wanted and parent not in wanted]
            connection.execute(delete(sources).where(sources.c.key.in_(gone)))
            if new := [asdict(source) for key, source in wanted.items() if key not in held]:
                connection.execute(insert(sources), new)

    def adopt(self, parent: Source, urls: Sequence[str], *, now: datetime) -> None:
        """Makes the sitemaps of an index separate sources, and drops those that it no longer lists."""
        children = [
            Source(source_key(parent.outlet, parent.kind, url), parent.outlet, parent.kind, url, parent.key)
            for url in urls[:CHILDREN_MOST]
        ]
        keys = [child.key for child in children]
        with self._database.writing() as connection:
            connection.execute(delete(sources).where(sources.c.parent == parent.key, sources.c.key.not_in(keys)))
            held = set(connection.scalars(select(sources.c.key).where(sources.c.key.in_(keys))))
            if new := [asdict(child) | {"due": micros(now)} for child in children if child.key not in held]:
                connection.execute(insert(sources), new)

    def claim(self, outlets: Sequence[str], *, now: datetime, before: datetime | None = None) -> list[Source]:
        """The due sources of that of the outlets which has waited longest, for this process until the lease ends.

        An outlet is never claimed twice, as its sources are mostly of one host. With `before`, a source is due when it
        was not visited since then. None when nothing is due.
        """
        at, c = micros(now), sources.c
        due = c.due <= at if before is None else or_(c.visited.is_(None), c.visited < micros(before))
        busy = select(c.outlet).where(c.lease_until > at)
        asked = select(sources).where(due, c.outlet.in_(outlets), c.outlet.not_in(busy)).order_by(c.due, c.key)
        with self._database.reading() as connection:  # most often nothing is due, and that needs no lock
            if connection.execute(asked.limit(1)).first() is None:
                return []
        with self._database.writing() as connection:
            found = [value_of(Source, row) for row in connection.execute(asked)]
            claimed = [source for source in found if source.outlet == found[0].outlet]
            if claimed:
                mine = update(sources).where(c.outlet == claimed[0].outlet)
                connection.execute(mine.values(lease_until=at + int(LEASE_S * 1e6)))
        return claimed

    def lease(self, outlets: Sequence[str], until: datetime | None) -> None:
        """Extends the claims of outlets, or ends them."""
        with self._database.writing() as connection:
            mine = update(sources).where(sources.c.outlet.in_(outlets))
            connection.execute(mine.values(lease_until=micros(until) if until else 0))

    def finish(self, key: str, **values: Any) -> None:
        """Records the results of a visit."""
        with self._database.writing() as connection:
            connection.execute(update(sources).where(sources.c.key == key).values(**values))

    def sources(self) -> list[Source]:
        """Every source, by outlet."""
        with self._database.reading() as connection:
            rows = connection.execute(select(sources).order_by(sources.c.outlet, sources.c.kind, sources.c.url))
            return [value_of(Source, row) for row in rows]

    # pages

    def read_items(self, keys: Sequence[str]) -> dict[str, Item]:
        """The state of these pages. Pages that were never seen are left out."""
        with self._database.reading() as connection:
            asked = (select(items).where(items.c.key.in_(part)) for part in chunks(keys))
            return {row.key: value_of(Item, row) for query in asked for row in connection.execute(query)}

    def settle(self, settled: Sequence[Item]) -> None:
        """Records the new state of pages."""
        rows = {item.key: asdict(item) for item in settled}
        if rows:
            with self._database.writing() as connection:
                connection.execute(delete(items).where(items.c.key.in_(list(rows))))
                connection.execute(insert(items), list(rows.values()))

    def has_failing_page(self, source: str, now: datetime) -> bool:
        """Whether a page of this source is due to be tried again."""
        c = items.c
        asked = and_(c.source == source, c.state == "failed", c.due <= micros(now))
        with self._database.reading() as connection:
            return connection.execute(select(c.key).where(asked).limit(1)).first() is not None

    def recheck_missing(
        self, outlet: str, source: str | None, listed: set[str], *, newer_than: int, now: datetime
    ) -> None:
        """Makes pages due that a list should still hold, by their dates, and does not; each page once.

        `source`: only pages from this source; None: all of the outlet.
        """
        c = items.c
        asked = and_(c.outlet == outlet, c.state == "held", c.missed == 0, c.published > newer_than)
        asked = asked if source is None else and_(asked, c.source == source)
        with self._database.reading() as connection:
            gone = [key for key in connection.scalars(select(c.key).where(asked)) if key not in listed]
        if gone:
            with self._database.writing() as connection:
                for part in chunks(gone):
                    connection.execute(update(items).where(c.key.in_(part)).values(missed=1, due=micros(now)))

    def to_check(self, outlet: str, now: datetime, *, limit: int) -> list[Item]:
        """The articles of an outlet whose pages are due to be checked, the longest due first."""
        c = items.c
        asked = and_(c.outlet == outlet, c.state == "held", c.due <= micros(now))
        with self._database.reading() as connection:
            rows = connection.execute(select(items).where(asked).order_by(c.due).limit(limit))
            return [value_of(Item, row) for row in rows]

    def reading(self) -> Any:
        """A connection for figures."""
        return self._database.reading()
