"""The state of sources and pages, shared by every process that visits for one archive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Self

from sqlalchemy import and_, delete, insert, or_, select, update

from ingest.outlets import OutletConfig
from ingest.watch.schema import PageState, SourceState, from_row, items, metadata, source_key, sources
from rag.store.archive.archive import Archive
from rag.store.database.database import Database
from rag.store.database.rows import chunks, micros

CHILDREN_MOST = 500  # sitemaps of one index
LEASE_S = 30.0  # after which another process visits the outlets of one that is gone; the living renew theirs


class WatchState:
    """Reads and writes the tables of visits. Safe to use from several threads and processes. Raises the archive's
    errors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def of(cls, archive: Archive) -> Self:
        """Opens the state in an open archive, as a process must not open its file twice (docs/decisions/090)."""
        database = archive.database
        if not database.read_only:
            with database.writing() as connection:
                metadata.create_all(connection)
        return cls(database)

    @classmethod
    def read(cls, archive: Archive) -> Self:
        """Opens the state for reading. Creates nothing, so the tables of visits may not exist yet."""
        return cls(archive.database)

    # sources

    def sync(self, outlets: Iterable[OutletConfig], *, now: datetime) -> None:
        """Adds the sources that are new among the outlets, and drops those that are gone.

        The others keep their state.
        """
        wanted = {
            key: SourceState(key, o.name, kind, url, due=micros(now))
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

    def adopt(self, parent: SourceState, urls: Sequence[str], *, now: datetime) -> None:
        """Adds the sitemaps of an index as sources of their own, and drops those that it no longer lists."""
        children = [
            SourceState(source_key(parent.outlet, parent.kind, url), parent.outlet, parent.kind, url, parent.key)
            for url in urls[:CHILDREN_MOST]
        ]
        keys = [child.key for child in children]
        with self._database.writing() as connection:
            connection.execute(delete(sources).where(sources.c.parent == parent.key, sources.c.key.not_in(keys)))
            held = set(connection.scalars(select(sources.c.key).where(sources.c.key.in_(keys))))
            if new := [asdict(child) | {"due": micros(now)} for child in children if child.key not in held]:
                connection.execute(insert(sources), new)

    def claim(self, outlets: Sequence[str], *, now: datetime, before: datetime | None = None) -> list[SourceState]:
        """Claims the outlet that has waited longest, until the lease ends, and returns its due sources.

        No two processes hold one outlet, as its sources are mostly on one host. With `before`, a source is due when it
        was not visited since then. Returns [] when nothing is due.
        """
        at, c = micros(now), sources.c
        due = c.due <= at if before is None else or_(c.visited.is_(None), c.visited < micros(before))
        busy = select(c.outlet).where(c.lease_until > at)
        asked = select(sources).where(due, c.outlet.in_(outlets), c.outlet.not_in(busy)).order_by(c.due, c.key)
        with self._database.reading() as connection:  # most often nothing is due, and that needs no lock
            if connection.execute(asked.limit(1)).first() is None:
                return []
        with self._database.writing() as connection:
            found = [from_row(SourceState, row) for row in connection.execute(asked)]
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
        """Updates fields of a source after a visit."""
        with self._database.writing() as connection:
            connection.execute(update(sources).where(sources.c.key == key).values(**values))

    def sources(self) -> list[SourceState]:
        """Returns every source, sorted by outlet."""
        with self._database.reading() as connection:
            rows = connection.execute(select(sources).order_by(sources.c.outlet, sources.c.kind, sources.c.url))
            return [from_row(SourceState, row) for row in rows]

    # pages

    def read_pages(self, keys: Sequence[str]) -> dict[str, PageState]:
        """Returns the states of pages by their keys, without pages that were never seen."""
        with self._database.reading() as connection:
            asked = (select(items).where(items.c.key.in_(part)) for part in chunks(keys))
            return {row.key: from_row(PageState, row) for query in asked for row in connection.execute(query)}

    def settle(self, pages: Sequence[PageState]) -> None:
        """Writes the new states of pages."""
        rows = {page.key: asdict(page) for page in pages}
        if rows:
            with self._database.writing() as connection:
                connection.execute(delete(items).where(items.c.key.in_(list(rows))))
                connection.execute(insert(items), list(rows.values()))

    def has_failing_page(self, source: str, now: datetime) -> bool:
        """Tells whether a page of this source is due to be tried again."""
        c = items.c
        asked = and_(c.source == source, c.state == "failed", c.due <= micros(now))
        with self._database.reading() as connection:
            return connection.execute(select(c.key).where(asked).limit(1)).first() is not None

    def recheck_missing(
        self, outlet: str, source: str | None, listed: set[str], *, newer_than: int, now: datetime
    ) -> None:
        """Makes pages due that a list no longer holds though it holds older ones; each page once.

        `listed`: keys of the pages on the list; `newer_than`: the date of its oldest. `source`: only pages from this
        source; None: all of the outlet.
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

    def to_check(self, outlet: str, now: datetime, *, limit: int) -> list[PageState]:
        """Returns the pages of an outlet that are due to be checked, those due longest first."""
        c = items.c
        asked = and_(c.outlet == outlet, c.state == "held", c.due <= micros(now))
        with self._database.reading() as connection:
            rows = connection.execute(select(items).where(asked).order_by(c.due).limit(limit))
            return [from_row(PageState, row) for row in rows]

    def reading(self) -> Any:
        """Opens a connection for queries of others."""
        return self._database.reading()
