"""Rank fusion: one order out of two. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.store.scored import Scored


@dataclass(frozen=True, slots=True)
class Fused:
    """One candidate with its fused score and where each list had it (ranks start at 1)."""

    key: int
    score: float
    dense_rank: int | None
    dense_score: float | None
    keyword_rank: int | None
    keyword_score: float | None


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each list counts, and the rank constant k of reciprocal rank fusion."""

    dense: float = 1.0
    keyword: float = 1.0
    k: float = 60.0  # Cormack, Clarke and Büttcher, SIGIR 2009


def reciprocal_rank(dense: Sequence[Scored], keyword: Sequence[Scored], *, weights: Weights = Weights()) -> list[Fused]:
    """Weighted reciprocal rank fusion, best first; equal scores are ordered by key.

    Score of a candidate: sum over lists of weight / (k + rank). Source: Cormack et al., SIGIR 2009.
    """
    by_dense = {s.key: (rank, s.score) for rank, s in enumerate(dense, 1)}
    by_keyword = {s.key: (rank, s.score) for rank, s in enumerate(keyword, 1)}
    fused = []
    for key in by_dense.keys() | by_keyword.keys():
        dense_rank, dense_score = by_dense.get(key, (None, None))
        keyword_rank, keyword_score = by_keyword.get(key, (None, None))
        score = 0.0
        if dense_rank is not None:
            score += weights.dense / (weights.k + dense_rank)
        if keyword_rank is not None:
            score += weights.keyword / (weights.k + keyword_rank)
        fused.append(Fused(key, score, dense_rank, dense_score, keyword_rank, keyword_score))
    return sorted(fused, key=lambda f: (-f.score, f.key))
