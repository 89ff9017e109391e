"""Fusion: one order out of the cosines and the BM25 scores of the same candidates. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NOTHING: Mapping[int, float] = {}


@dataclass(frozen=True, slots=True)
class Fused:
    """One candidate with its fused score and what each way of searching said of it (ranks start at 1)."""

    key: int
    score: float
    dense_rank: int | None
    dense_score: float | None
    keyword_rank: int | None
    keyword_score: float | None


# What a passage that holds every word of the question is worth in cosine. docs/decisions/005: flat from 0.15 to 0.3.
KEYWORD = 0.2
# What a passage in a foreign language that names all that the question names is worth: only names are shared.
NAMED = 0.02


def convex(
    cosines: Mapping[int, float],
    bm25: Mapping[int, float],
    named: Mapping[int, float] = NOTHING,
    *,
    reachable: float,
    keyword: float = KEYWORD,
    names: float = NAMED,
) -> list[Fused]:
    """Cosine plus `keyword` times BM25 over the score that the question could reach at most, best first.

    `named` is the share of the question's names that a passage holds; it adds `names` times that.

    A question few of whose words are in the archive (another language, another script) reaches little of it, and is
    left to the cosines. A candidate without a cosine is placed below those that have one. Equal scores go by key.
    Source: Bruch, Gai and Ingber, An Analysis of Fusion Functions for Hybrid Retrieval, ACM TOIS 42(1), 2023.
    """
    dense_rank = _ranks(cosines)
    keyword_rank = _ranks(bm25)
    least = min(cosines.values(), default=0.0)
    fused = []
    for key in cosines.keys() | bm25.keys() | named.keys():
        share = bm25.get(key, 0.0) / reachable if reachable > 0 else 0.0
        score = cosines.get(key, least) + keyword * share + names * named.get(key, 0.0)
        fused.append(Fused(key, score, dense_rank.get(key), cosines.get(key), keyword_rank.get(key), bm25.get(key)))
    return sorted(fused, key=lambda f: (-f.score, f.key))


def _ranks(scores: Mapping[int, float]) -> dict[int, int]:
    return {key: rank for rank, key in enumerate(sorted(scores, key=lambda k: (-scores[k], k)), 1)}
