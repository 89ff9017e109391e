"""Loads the vectors and filter values of all live passages as columns."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, func, select

from rag.store.archive.read import dimension_of
from rag.store.database.records import Columns
from rag.store.database.rows import VECTOR_TYPE
from rag.store.database.schema import blocks, vectors

_ROWS = 2000  # rows copied at once


class _Vocabulary:
    """Strings in order of arrival, and their positions."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def code(self, value: str) -> int:
        return self._codes.setdefault(value, len(self._codes))

    def words(self) -> tuple[str, ...]:
        return tuple(self._codes)


def read_columns(connection: Connection, since: int = 0, upto: int | None = None) -> Columns:
    """Live passages added in (since, upto] as columns, in the order of their keys."""
    conditions: list[ColumnElement[bool]] = [blocks.c.removed_change.is_(None), blocks.c.change > since]
    if upto is not None:
        conditions.append(blocks.c.change <= upto)
    return columns_where(connection, conditions)


def columns_where(connection: Connection, live: Sequence[ColumnElement[bool]]) -> Columns:
    """The passages of the blocks that the conditions choose, in the order of their keys."""
    dimension = dimension_of(connection)
    total = connection.scalar(select(func.sum(blocks.c["count"])).where(*live)) or 0
    matrix = np.empty((total, dimension), VECTOR_TYPE)
    first, count, day, language, outlet, kind = (array("q") for _ in range(6))
    languages, outlets, kinds = _Vocabulary(), _Vocabulary(), _Vocabulary()
    b = blocks.c
    query = select(b.first_key, b["count"], b.published_day, b.language, b.outlet, b.kind, vectors.c.data)
    query = query.join_from(blocks, vectors, b.change == vectors.c.change).order_by(b.change)
    at = 0
    for rows in connection.execute(query.where(*live), execution_options={"yield_per": _ROWS}).partitions():
        some = np.frombuffer(b"".join(row[6] for row in rows), VECTOR_TYPE).reshape(-1, dimension)
        matrix[at : at + len(some)] = some
        at += len(some)
        for first_key, passages, published_day, spoken, by, sort, _ in rows:
            first.append(first_key)
            count.append(passages)
            day.append(published_day)
            language.append(languages.code(spoken))
            outlet.append(outlets.code(by))
            kind.append(kinds.code(sort))
    repeats = np.frombuffer(count, np.int64) if count else np.empty(0, np.int64)
    return Columns(
        keys=_keys(first, repeats),
        vectors=matrix,
        published_day=_spread(day, repeats),
        language=_spread(language, repeats),
        outlet=_spread(outlet, repeats),
        kind=_spread(kind, repeats),
        languages=languages.words(),
        outlets=outlets.words(),
        kinds=kinds.words(),
    )


def _keys(first: array[int], repeats: NDArray[np.int64]) -> NDArray[np.int64]:
    """first[i], first[i] + 1, ... repeats[i] times, one after the other."""
    starts = np.cumsum(repeats) - repeats
    return np.repeat(np.array(first, np.int64) - starts, repeats) + np.arange(repeats.sum(), dtype=np.int64)


def _spread(values: array[int], repeats: NDArray[np.int64]) -> NDArray[np.int32]:
    return np.repeat(np.array(values, np.int32), repeats)
