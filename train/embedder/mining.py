"""Hard negatives: passages that the present model ranks high for a query and that do not belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from datasets import Dataset
from sentence_transformers import SentenceTransformer
from sentence_transformers.util import mine_hard_negatives

from train.embedder.pairs import Pair

NEAREST = 12  # ranks looked at
MARGIN = 0.01  # of cosine that a negative stays below the pair's own: what is nearer may well answer too


def with_negatives(pairs: Sequence[Pair], model: Path) -> list[Pair]:
    """The same pairs, each with the best-ranked passage of the same collection that stays below its own.

    Pairs whose own passage the model ranks so low that nothing stays below it are kept without one.
    """
    by_source: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_source.setdefault(pair.source, []).append(pair)
    loaded = SentenceTransformer(str(model), device="cpu")
    loaded.max_seq_length = 160
    found = []
    for some in by_source.values():
        found += _mined(some, loaded)
    return found


def _mined(pairs: Sequence[Pair], model: SentenceTransformer) -> list[Pair]:
    table = Dataset.from_dict({"query": [p.query for p in pairs], "passage": [p.passage for p in pairs]})
    triples = mine_hard_negatives(
        table, model, anchor_column_name="query", positive_column_name="passage", range_max=NEAREST,
        absolute_margin=MARGIN, num_negatives=1, sampling_strategy="top", query_prompt_name="query",
        corpus_prompt_name="passage", batch_size=32, output_format="triplet", verbose=False,
    )  # fmt: skip
    negatives = {(t["query"], t["passage"]): t["negative"] for t in triples}
    return [replace(p, negative=negatives.get((p.query, p.passage), "")) for p in pairs]
