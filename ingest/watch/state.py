"""The state of sources and pages, shared by every process that watches one archive."""

from __future__ import annotations

import contextlib
import os
import socket
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from ingest.outlets import Outlet
from ingest.watch.schema import Item, Source, expiries, item_of, items, metadata, source_key, source_of, sources
from rag.errors import ArchiveBusy
from rag.store.archive.archive import Archive
from rag.store.database.database import Database
from rag.store.database.rows import micros

CHUNK = 500  # keys in one statement
CHILDREN_MOST = 500  # sitemaps of one index


__all__ = ["Item", "Source", "WatchState"]


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

    def sync(self, outlets: Iterable[Outlet], *, interval_s: float, now: datetime) -> int:
        """Makes the sources those of the outlets. The state of sources that stay is kept. Returns how many there
        are."""
        wanted = {
            source_key(o.name, kind, url): Source(
                source_key(o.name, kind, url), o.name, kind, url, interval_s=o.every_s or interval_s, due=micros(now)
            )
            for o in outlets
            if o.enabled
            for kind, url in o.sources()
        }
        with self._database.writing() as connection:
            held = {row.key: row for row in connection.execute(select(sources))}
            gone = [key for key, row in held.items() if key not in wanted and row.parent not in wanted]
            for key in gone:
                connection.execute(delete(sources).where(sources.c.key == key))
            new = [asdict(source) for key, source in wanted.items() if key not in held]
            if new:
                connection.execute(insert(sources), new)
        return len(wanted)

    def adopt(self, parent: Source, urls: Sequence[str], *, now: datetime) -> None:
        """Makes the sitemaps of an index separate sources, and drops those that it no longer lists."""
        wanted = {source_key(parent.outlet, parent.kind, url): url for url in urls[:CHILDREN_MOST]}
        with self._database.writing() as connection:
            of_parent = sources.c.parent == parent.key
            held = set(connection.scalars(select(sources.c.key).where(of_parent)))
            for key in held - wanted.keys():
                connection.execute(delete(sources).where(sources.c.key == key))
            taken = set(connection.scalars(select(sources.c.key).where(sources.c.key.in_(list(wanted)))))
            for key, url in wanted.items():
                if key not in taken:
                    child = Source(key, parent.outlet, parent.kind, url, parent.key, interval_s=parent.interval_s)
                    connection.execute(insert(sources), asdict(child) | {"due": micros(now)})

    def claim(
        self, owner: str, *, lease_s: float, now: datetime, before: datetime | None = None, among: Sequence[str] = ()
    ) -> Source | None:
        """Claims the source that is due longest, for `lease_s`. None when nothing is due.

        No two sources of an outlet are claimed at the same time, by whichever process, as they are mostly of one host.
        With `before`, a source is due when it was not visited since then. `among` names outlets; none: all.
        """
        at = micros(now)
        due = sources.c.due <= at
        if before is not None:
            due = or_(sources.c.visited.is_(None), sources.c.visited < micros(before))
        busy = select(sources.c.outlet).where(sources.c.lease_until > at).scalar_subquery()
        asked = and_(due, sources.c.outlet.not_in(busy), *([sources.c.outlet.in_(among)] if among else []))
        with self._database.reading() as connection:  # most often nothing is due, and that needs no lock
            if connection.execute(select(sources.c.key).where(asked).limit(1)).first() is None:
                return None
        with self._database.writing() as connection:
            row = connection.execute(select(sources).where(asked).order_by(sources.c.due, sources.c.key)).first()
            if row is None:
                return None
            lease = {"lease_by": owner, "lease_until": at + int(lease_s * 1e6)}
            connection.execute(update(sources).where(sources.c.key == row.key).values(**lease))
            return source_of(row)

    def renew(self, key: str, owner: str, *, lease_s: float, now: datetime) -> bool:
        """Keep a claim. False when it was lost to another process."""
        mine = and_(sources.c.key == key, sources.c.lease_by == owner)
        with self._database.writing() as connection:
            until = micros(now) + int(lease_s * 1e6)
            return bool(connection.execute(update(sources).where(mine).values(lease_until=until)).rowcount)

    def finish(self, key: str, owner: str, **values: Any) -> bool:
        """Ends a claim with the results of the visit. When the claim was lost, returns False and writes nothing."""
        mine = and_(sources.c.key == key, sources.c.lease_by == owner)
        with self._database.writing() as connection:
            ended = {**values, "lease_by": "", "lease_until": 0}
            return bool(connection.execute(update(sources).where(mine).values(**ended)).rowcount)

    def owners(self) -> set[str]:
        """Who holds claims."""
        with self._database.reading() as connection:
            return set(connection.scalars(select(sources.c.lease_by).where(sources.c.lease_by != "").distinct()))

    def release(self, owner: str) -> None:
        """Ends every claim of a process that stops or has ended."""
        with self._database.writing() as connection:
            ended = update(sources).where(sources.c.lease_by == owner)
            connection.execute(ended.values(lease_by="", lease_until=0))

    def sources(self) -> list[Source]:
        """Every source, by outlet."""
        with self._database.reading() as connection:
            rows = connection.execute(select(sources).order_by(sources.c.outlet, sources.c.kind, sources.c.url))
            return [source_of(row) for row in rows]

    # pages

    def read_items(self, keys: Sequence[str]) -> dict[str, Item]:
        """The state of these pages. Pages that were never seen are left out."""
        found: dict[str, Item] = {}
        with self._database.reading() as connection:
            for start in range(0, len(keys), CHUNK):
                part = keys[start : start + CHUNK]
                found |= {
                    row.key: item_of(row) for row in connection.execute(select(items).where(items.c.key.in_(part)))
                }
        return found

    def settle(self, settled: Sequence[Item]) -> None:
        """Records the new state of pages."""
        with self._database.writing() as connection:
            _replace(connection, settled)

    def has_failing_page(self, source: str, now: datetime) -> bool:
        """Whether a page of this source is due to be tried again."""
        c = items.c
        asked = and_(c.source == source, c.state == "failed", c.due <= micros(now))
        with self._database.reading() as connection:
            return connection.execute(select(c.key).where(asked).limit(1)).first() is not None

    def recheck_missing(
        self, outlet: str, source: str | None, listed: set[str], *, newer_than: int, now: datetime
    ) -> int:
        """Makes pages due that a list should still hold, by their dates, and does not; each page once.

        `source`: only pages from this source; None: all of the outlet. Returns how many there are.
        """
        c = items.c
        asked = and_(c.outlet == outlet, c.state == "held", c.missed == 0, c.published > newer_than)
        asked = asked if source is None else and_(asked, c.source == source)
        with self._database.reading() as connection:
            gone = [key for key in connection.scalars(select(c.key).where(asked)) if key not in listed]
        if gone:
            with self._database.writing() as connection:
                for key in gone:
                    connection.execute(update(items).where(c.key == key).values(missed=1, due=micros(now)))
        return len(gone)

    def to_check(self, outlet: str, now: datetime, *, limit: int) -> list[Item]:
        """The articles of an outlet whose pages are due to be checked, the longest due first."""
        c = items.c
        asked = and_(c.outlet == outlet, c.state == "held", c.due <= micros(now))
        with self._database.reading() as connection:
            rows = connection.execute(select(items).where(asked).order_by(c.due).limit(limit))
            return [item_of(row) for row in rows]

    # rules of keeping

    def claim_expiry(self, outlet: str, now: datetime, *, every_s: float) -> bool:
        """Whether it is this process's turn to apply the outlet's rule of keeping: once in `every_s` among all
        processes."""
        key, at = outlet.casefold(), micros(now)
        with self._database.reading() as connection:  # most often it was done today, and that needs no lock
            if _looked(connection, key) > at - every_s * 1e6:
                return False
        with self._database.writing() as connection:
            if _looked(connection, key) > at - every_s * 1e6:
                return False
            connection.execute(delete(expiries).where(expiries.c.outlet == key))
            connection.execute(insert(expiries), {"outlet": key, "looked": at})
        return True

    def put_expiry_off(self, outlet: str, looked: datetime) -> None:
        """Sets the time at which the rule was last applied, so that a failed expiry is tried again sooner."""
        with self._database.writing() as connection:
            mine = expiries.c.outlet == outlet.casefold()
            connection.execute(update(expiries).where(mine).values(looked=micros(looked)))

    def reading(self) -> Any:
        """A connection for figures."""
        return self._database.reading()


def _looked(connection: Connection, outlet: str) -> int:
    return connection.scalar(select(expiries.c.looked).where(expiries.c.outlet == outlet)) or 0


def _replace(connection: Connection, settled: Sequence[Item]) -> None:
    rows = {item.key: asdict(item) for item in settled}
    for key in rows:
        connection.execute(delete(items).where(items.c.key == key))
    if rows:
        connection.execute(insert(items), list(rows.values()))


T = TypeVar("T")
TRIES = 3


def new_owner() -> str:
    """A name for a runner: machine, process, and a part that no other runner has."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def end_claims_of_the_dead(state: WatchState) -> None:
    """Ends the claims of processes of this machine that have ended. Claims of other machines expire with time."""
    for owner in state.owners():
        host, _, rest = owner.partition(":")
        pid = rest.partition(":")[0]
        if host == socket.gethostname() and pid.isdigit() and not _alive(int(pid)):
            state.release(owner)


def patiently(act: Callable[[], T]) -> T:
    """Retries a write that ends a claim, as an erasure or a backup may hold the archive for seconds.

    Raises ArchiveBusy after three tries.
    """
    for _ in range(TRIES - 1):
        with contextlib.suppress(ArchiveBusy):  # it has waited for its turn before it gives up
            return act()
    return act()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
