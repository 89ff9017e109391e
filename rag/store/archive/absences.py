"""Pages that do not answer any more: counted in the archive, so that every process that checks sees the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, delete, insert, select, update

from rag.store.database.rows import micros
from rag.store.database.schema import absences

CHECKS = 3  # of a 404 before an article counts as vanished
APART = timedelta(hours=23)  # a day, less what a scheduler may be early

State = Literal["missing", "gone", "back"]


def note(connection: Connection, article_id: str, at: datetime) -> int:
    """Count a check that found no page, unless the last that counted is less than a day ago; how many there were."""
    row = connection.execute(select(absences).where(absences.c.article_id == article_id)).first()
    now = micros(at)
    if row is None or row.state == "back":
        _replace(connection, article_id, "missing", checks=1, first=now, last=now)
        return 1
    if now - row.last_at < APART / timedelta(microseconds=1):
        return int(row.checks)
    _replace(connection, article_id, row.state, checks=row.checks + 1, first=row.first_at, last=now)
    return int(row.checks) + 1


def settle(connection: Connection, article_id: str, state: State, at: datetime) -> None:
    """Record that the article was retracted for its absence, or that its page is back."""
    values = {"state": state, "last_at": micros(at)}
    if not connection.execute(update(absences).where(absences.c.article_id == article_id).values(values)).rowcount:
        _replace(connection, article_id, state, checks=1, first=micros(at), last=micros(at))


def state_of(connection: Connection, article_id: str) -> str | None:
    """missing, gone, back; None when no check ever failed."""
    return connection.scalar(select(absences.c.state).where(absences.c.article_id == article_id))


def forget(connection: Connection, article_id: str) -> None:
    """The page stands and the article answers: nothing to remember."""
    connection.execute(delete(absences).where(absences.c.article_id == article_id))


def _replace(connection: Connection, article_id: str, state: str, *, checks: int, first: int, last: int) -> None:
    forget(connection, article_id)
    row = {"article_id": article_id, "state": state, "checks": checks, "first_at": first, "last_at": last}
    connection.execute(insert(absences), row)
