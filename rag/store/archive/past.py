"""The archive as it stood on a day: which revision of an article was valid, and the passages that answered then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from rag.store.archive.columns import columns_where
from rag.store.archive.read import whole
from rag.store.database.records import Columns
from rag.store.database.rows import chunks, midnight
from rag.store.database.schema import blocks, changes, passages, revisions
from rag.types import ANSWERING_STATUSES, ArticleStatus, Passage


def passages_on(connection: Connection, keys: Sequence[int], day: date) -> dict[int, Passage]:
    """The passages of these keys whose revision was the valid one at the end of a day, superseded ones included."""
    rows: list[Row[Any]] = []
    for some in chunks(int(key) for key in keys):
        rows += connection.execute(select(passages).where(passages.c.key.in_(some))).all()
    own = select(revisions.c.article_id).where(revisions.c.change.in_({row.change for row in rows}))
    valid = set(_valid(connection, _history().where(revisions.c.article_id.in_(own)), day).values())
    kept = [row for row in rows if row.change in valid]
    return {row.key: passage for row, passage in zip(kept, whole(connection, kept), strict=True)}


def columns_on(connection: Connection, day: date) -> Columns:
    """The passages that answered at the end of a day and no longer do: corrected, retracted or vanished since.

    The indexes hold what answers now, so search these columns beside them and look all keys up with `passages_on`.
    """
    b = blocks.c
    replaced = select(revisions.c.article_id).join(blocks, b.change == revisions.c.change)
    replaced = replaced.where(b.removed_change.is_not(None))
    valid = _valid(connection, _history().where(revisions.c.article_id.in_(replaced)), day)
    # Written into the statement, not bound: databases allow some 32,000 bound values, and these may be more.
    chosen: Any = bindparam("chosen", sorted(valid.values()), expanding=True, literal_execute=True)
    return columns_where(connection, [b.change.in_(chosen), b.removed_change.is_not(None)])


def _history() -> Select[Any]:
    r = revisions.c
    return (
        select(r.article_id, r.change, r.status, r.published, r.modified, changes.c.at)
        .outerjoin(changes, changes.c.number == r.change)
        .order_by(r.article_id, r.revision)
    )


def _valid(connection: Connection, query: Select[Any], day: date) -> Mapping[str, int]:
    """By article, the change of the revision that was valid at the end of the day, if it was live then.

    Articles that are held now are left out: they must not be shown as of any day.
    """
    end = midnight(day.toordinal() + 1)
    found: dict[str, int] = {}
    for article_id, rows in groupby(connection.execute(query), key=lambda row: row.article_id):
        history = list(rows)
        if history[-1].status == ArticleStatus.HELD.value:
            continue
        for row, since in _since(history):
            if since is not None and since >= end:
                break
            found.pop(article_id, None)
            if ArticleStatus(row.status) in ANSWERING_STATUSES:
                found[article_id] = row.change
    return found


def _since(history: Iterable[Row[Any]]) -> Iterator[tuple[Row[Any], int | None]]:
    """Each revision with the time from which it was valid; None where that is unknown, which counts as always.

    The first revision is valid from its publication, a later one from the change that the outlet dates, or else from
    when it was written here.
    """
    modified: int | None = None
    for number, row in enumerate(history):
        if number == 0:
            yield row, row.published if row.published is not None else row.at
        else:
            dated = row.modified is not None and row.modified != modified
            yield row, row.modified if dated else row.at
        modified = row.modified
