"""Counts how often a bound stopped somebody, in the archive's database, which all processes share."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from rag.store.database.database import Database
from rag.store.database.follow_tables import follow_progress

# A feed's place gave way, a follow was refused, a webhook was switched off; a translation was refused.
_BOUNDS = ("gave_way", "refused", "switched_off", "translations")


def stops(database: Database) -> dict[str, int]:
    """Returns how often each bound stopped somebody; ever."""
    query = select(follow_progress).where(follow_progress.c.name.in_(_BOUNDS))
    with database.reading() as connection:
        return dict.fromkeys(_BOUNDS, 0) | {row.name: row.change for row in connection.execute(query)}


def count_stop(connection: Connection, name: str) -> None:
    """Counts that a bound stopped somebody."""
    c = follow_progress.c
    if not connection.execute(update(follow_progress).where(c.name == name).values(change=c.change + 1)).rowcount:
        connection.execute(insert(follow_progress), {"name": name, "change": 1})


def note_stop(database: Database, name: str) -> None:
    """Counts the same in a transaction of its own; not where the archive is only read."""
    if not database.read_only:
        with database.sharing() as connection:
            count_stop(connection, name)
