"""From a query to hits: both indexes asked, fused, looked up in the archive, at most a few passages an article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.config import SearchSettings
from rag.retrieve.fuse import Fused, Weights, reciprocal_rank
from rag.store.scored import Scored
from rag.types import Filters, Hit, Passage, Query


class Indexes(Protocol):
    """What retrieval asks of the indexes."""

    def dense(self, vector: NDArray[np.float32], *, limit: int, filters: Filters = ...) -> list[Scored]: ...

    def keyword(self, text: str, *, limit: int, filters: Filters = ...) -> list[Scored]: ...


class Lookup(Protocol):
    """What retrieval asks of the archive: only live passages come back."""

    def passages(self, keys: Sequence[int]) -> dict[int, Passage]: ...


def search(
    query: Query,
    vector: NDArray[np.float32],
    *,
    indexes: Indexes,
    archive: Lookup,
    settings: SearchSettings,
    weigh: Callable[[Sequence[Scored], Sequence[Scored]], Weights] = lambda dense, keyword: Weights(),
) -> list[Hit]:
    """Hits for a query and its unit vector (dim,), best first, at most `query.limit`.

    A key that the archive no longer holds live is dropped: an index that lags can answer nothing.
    """
    dense = indexes.dense(vector, limit=settings.candidates, filters=query.filters)
    keyword = indexes.keyword(query.text, limit=settings.candidates, filters=query.filters)
    fused = reciprocal_rank(dense, keyword, weights=weigh(dense, keyword))
    # Half as many again as are wanted, and the rest only if the cap of passages an article leaves too few.
    hits: list[Hit] = []
    taken: Counter[str] = Counter()
    for part in _chunks(fused, max(query.limit * 2, 20)):
        live = archive.passages([f.key for f in part])
        hits.extend(_capped(part, live, taken, settings.per_article))
        if len(hits) >= query.limit:
            break
    return hits[: query.limit]


def _chunks(fused: Sequence[Fused], size: int) -> Iterable[Sequence[Fused]]:
    for i in range(0, len(fused), size):
        yield fused[i : i + size]


def _capped(part: Sequence[Fused], live: dict[int, Passage], taken: Counter[str], cap: int) -> Iterable[Hit]:
    for f in part:
        passage = live.get(f.key)
        if passage is None or taken[passage.article_id] >= cap:
            continue
        taken[passage.article_id] += 1
        yield Hit(passage, f.score, f.dense_rank, f.dense_score, f.keyword_rank, f.keyword_score)
