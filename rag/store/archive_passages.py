"""Reading passages out of the archive inside one snapshot: by key, by article, by change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, select

from rag.store.archive_read import WHOLE, chunks
from rag.store.records import Batch, StoredPassage
from rag.store.rows import VECTOR_TYPE, passage_of
from rag.store.schema import articles, blocks, passages, revisions, vectors
from rag.types import Passage


def live_passages(connection: Connection, keys: Sequence[int]) -> dict[int, Passage]:
    """The passages of these keys that may answer: of a current revision, live or corrected."""
    query = select(passages).join_from(passages, blocks, blocks.c.change == passages.c.change)
    query = query.where(blocks.c.removed_change.is_(None))
    rows: list[Row[Any]] = []
    for some in chunks(int(key) for key in keys):
        rows += connection.execute(query.where(passages.c.key.in_(some))).all()
    return {row.key: passage for row, passage in zip(rows, whole(connection, rows), strict=True)}


def passages_of(connection: Connection, article_id: str) -> list[StoredPassage]:
    """The passages of an article's current revision, in reading order; none when it is not there."""
    query = select(blocks.c.first_key, blocks.c["count"]).join_from(
        articles, blocks, articles.c.change == blocks.c.change
    )
    block = connection.execute(query.where(articles.c.id == article_id)).first()
    if block is None:
        return []
    own = passages.c.key.between(block[0], block[0] + block[1] - 1)
    rows = connection.execute(select(passages).where(own).order_by(passages.c.key)).all()
    return [StoredPassage(row.key, passage) for row, passage in zip(rows, whole(connection, rows), strict=True)]


def removed_keys(connection: Connection, since: int, upto: int) -> NDArray[np.int64]:
    """Keys superseded, retracted or erased by the changes in (since, upto]."""
    b = blocks.c
    query = select(b.first_key, b["count"]).where(b.removed_change > since, b.removed_change <= upto)
    ranges = [np.arange(first, first + count) for first, count in connection.execute(query)]
    return np.sort(np.concatenate(ranges)).astype(np.int64) if ranges else np.empty(0, np.int64)


def added_batch(connection: Connection, since: int, upto: int, size: int) -> tuple[Batch | None, int]:
    """The first live passages added in (since, upto], at most `size`, whole articles; and the change to go on from.

    An article with more passages than `size` comes alone in a larger batch.
    """
    b = blocks.c
    query = select(b.change, b.first_key, b["count"])
    query = query.where(b.removed_change.is_(None), b.change > since, b.change <= upto)
    total, taken = 0, list[tuple[int, int, int]]()
    for change, first, count in connection.execute(query.order_by(b.change).limit(size)):
        if total and total + count > size:
            break
        total += count
        taken.append((change, first, count))
    if not taken:
        return None, upto
    rows, data = list[Row[Any]](), list[bytes]()
    for some in chunks(taken):
        within = vectors.c.change.in_([change for change, _, _ in some])
        data += connection.scalars(select(vectors.c.data).where(within).order_by(vectors.c.change)).all()
        within = passages.c.change.in_([change for change, _, _ in some])
        between = passages.c.key.between(some[0][1], some[-1][1] + some[-1][2] - 1)
        rows += connection.execute(select(passages).where(between, within).order_by(passages.c.key)).all()
    keys = np.fromiter((row.key for row in rows), np.int64, len(rows))
    matrix = np.frombuffer(b"".join(data), VECTOR_TYPE).reshape(len(rows), -1).astype(np.float32)
    return Batch(keys, matrix, whole(connection, rows)), taken[-1][0]


def whole(connection: Connection, rows: Iterable[Row[Any]]) -> list[Passage]:
    """The passages in rows of `passages`; each document is read once, however many passages it has."""
    rows = list(rows)
    documents: dict[int, Row[Any]] = {}
    for some in chunks({row.change for row in rows}):
        for document in connection.execute(WHOLE.where(revisions.c.change.in_(some))).all():
            documents[document.change] = document
    return [passage_of(row, documents[row.change]) for row in rows]
