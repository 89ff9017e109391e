"""Ranking metrics of one question, by the definitions of trec_eval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2

CUTOFFS = (1, 3, 5, 10)
NAMES = (*(f"{kind}@{k}" for kind in ("recall", "success") for k in CUTOFFS), "mrr@10", "ndcg@10", "map")


def ranking_scores(relevance: Mapping[str, int], ranked: Sequence[str]) -> dict[str, float]:
    """Every ranking metric of one question.

    `relevance`: grade of each relevant id, 1 or more (not empty); `ranked`: ids, best first, each once.
    recall@k is the share of the relevant among the first k, success@k whether any is, mrr@10 the inverse rank of
    the first (Voorhees 1999), ndcg@10 with gain = grade and log2 discount (Järvelin and Kekäläinen 2002), map the mean
    precision at the ranks of the relevant.
    """
    gains = [relevance.get(doc_id, 0) for doc_id in ranked]
    flags = [gain > 0 for gain in gains]
    found = {f"recall@{k}": sum(flags[:k]) / len(relevance) for k in CUTOFFS}
    found |= {f"success@{k}": float(any(flags[:k])) for k in CUTOFFS}
    precisions = [sum(flags[:rank]) / rank for rank, relevant in enumerate(flags, start=1) if relevant]
    return found | {
        "mrr@10": first_relevant(flags),
        "ndcg@10": _gain(gains[:10]) / _gain(sorted(relevance.values(), reverse=True)[:10]),
        "map": sum(precisions) / len(relevance),
    }


def first_relevant(flags: Sequence[bool], cutoff: int = 10) -> float:
    """Inverse rank of the first relevant one within the cutoff, 0 when there is none."""
    return next((1.0 / rank for rank, relevant in enumerate(flags[:cutoff], start=1) if relevant), 0.0)


def _gain(gains: Sequence[int]) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1))
