"""Reading the vectors of some passages, when not all of them are in memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from rag.store.archive_read import chunks
from rag.store.records import StoredVectors
from rag.store.rows import VECTOR_TYPE
from rag.store.schema import blocks, passages, vectors


def read_vectors(connection: Connection, keys: Sequence[int] | NDArray[np.int64], dimension: int) -> StoredVectors:
    """The vectors of those passages that may answer, in the order of their keys."""
    wanted = np.unique(np.asarray(keys, np.int64))
    held: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    found: list[NDArray[np.float32]] = [np.empty((0, dimension), np.float32)]
    p, b = passages.c, blocks.c
    for some in chunks(wanted.tolist()):
        owners = select(p.change).where(p.key.in_(some)).distinct()
        rows = select(b.first_key, b["count"], vectors.c.data).join_from(blocks, vectors, b.change == vectors.c.change)
        rows = rows.where(b.change.in_(owners), b.removed_change.is_(None)).order_by(b.change)
        for first, count, data in connection.execute(rows):
            here = np.arange(first, first + count)
            asked = np.isin(here, some)
            held.append(here[asked])
            found.append(np.frombuffer(data, VECTOR_TYPE).reshape(count, -1)[asked].astype(np.float32))
    return StoredVectors(np.concatenate(held), np.concatenate(found))
