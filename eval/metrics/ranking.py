"""Ranking metrics of one question, by the definitions of trec_eval; the only import of ir_measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from rag.errors import NotInstalled

CUTOFFS = (1, 3, 5, 10)
NAMES = (*(f"{kind}@{k}" for kind in ("recall", "success") for k in CUTOFFS), "mrr@10", "ndcg@10", "map")


@cache
def measures() -> dict[str, Any]:
    """Our names and the measures of ir_measures that they are. Raises NotInstalled."""
    try:
        import ir_measures
    except ImportError as error:
        raise NotInstalled("Ranking is measured by ir-measures.", hint="pip install 'telal[eval]'") from error
    named = {f"recall@{k}": ir_measures.R @ k for k in CUTOFFS}
    named |= {f"success@{k}": ir_measures.Success @ k for k in CUTOFFS}
    return named | {"mrr@10": ir_measures.RR @ 10, "ndcg@10": ir_measures.nDCG @ 10, "map": ir_measures.AP}


def ranking_scores(relevance: Mapping[str, int], ranked: Sequence[str]) -> dict[str, float]:
    """Every ranking metric of one question.

    `relevance`: grade of each relevant id (not empty); `ranked`: ids, best first, each once.
    recall@k is the share of the relevant among the first k, success@k whether any is, mrr@10 the inverse rank of
    the first (Voorhees 1999), ndcg@10 with gain = grade and log2 discount (Järvelin and Kekäläinen 2002).
    """
    if not ranked:
        return dict.fromkeys(NAMES, 0.0)
    known = measures()
    from ir_measures import iter_calc

    qrels = {"q": dict(relevance)}
    run = {"q": {doc_id: float(len(ranked) - i) for i, doc_id in enumerate(ranked)}}
    values = {str(m.measure): m.value for m in iter_calc(list(known.values()), qrels, run)}
    return {name: float(values[str(measure)]) for name, measure in known.items()}


def first_relevant(flags: Sequence[bool], cutoff: int = 10) -> float:
    """Inverse rank of the first relevant one within the cutoff, 0 when there is none."""
    return next((1.0 / rank for rank, relevant in enumerate(flags[:cutoff], start=1) if relevant), 0.0)
