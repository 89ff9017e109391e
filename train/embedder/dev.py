"""What the training is judged by while it runs: mixed-language retrieval over held-back news, and `balkan` dev."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch
from sentence_transformers.sentence_transformer.evaluation import (
    InformationRetrievalEvaluator,
    SentenceEvaluator,
    SequentialEvaluator,
)

from eval.core.cases import Case
from eval.datasets.load import load
from rag.models.texts import readable
from train.reader.data import parallel
from train.reader.data.build import NTREX

RANKS = [1, 5]
PROMPTS = {"query_prompt_name": "query", "corpus_prompt_name": "passage"}


def evaluators(data: Path, seed: int = 1) -> SentenceEvaluator:
    """Three: held-back segments, `balkan` dev in one language and across. Each gives recall at 1 and at 5."""
    cases = [c for c in load("balkan").cases if c.split == "dev" and c.gold_doc_ids]
    languages = {d.id: d.language for d in load("balkan").documents}
    crossing = [c for c in cases if all(languages[i] != c.language for i in c.gold_doc_ids)]
    within = [c for c in cases if c not in crossing]
    return _InBfloat16([mixed(data, Random(seed)), _balkan(within, "balkan-one"), _balkan(crossing, "balkan-two")])


class _InBfloat16(SequentialEvaluator):
    """Measures at the training's own precision: four times as fast as float32 where the processor has it."""

    def __call__(self, *args: Any, **named: Any) -> dict[str, float]:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found: dict[str, float] = super().__call__(*args, **named)
        return found


def mixed(data: Path, random: Random) -> InformationRetrievalEvaluator:
    """Each held-back segment stands in the corpus in one language and is asked for in another.

    A model that rewards the query's own language finds others' segments first.
    """
    queries, corpus, relevant = {}, {}, {}
    for document in parallel.held(parallel.documents(data / NTREX))[1]:
        for number, segment in enumerate(document.segments):
            asked, told = random.sample(sorted(segment), 2)
            key = f"{document.id}:{number}"
            queries[key], corpus[key], relevant[key] = segment[asked], segment[told], {key}
    return _evaluator(queries, corpus, relevant, "mixed")


def _balkan(cases: Sequence[Case], name: str) -> InformationRetrievalEvaluator:
    corpus = {d.id: d.text for d in load("balkan").documents}
    return _evaluator({c.id: c.question for c in cases}, corpus, {c.id: set(c.gold_doc_ids) for c in cases}, name)


def _evaluator(
    queries: dict[str, str], corpus: dict[str, str], relevant: dict[str, set[str]], name: str
) -> InformationRetrievalEvaluator:
    read = [dict(zip(texts, readable([*texts.values()]), strict=True)) for texts in (queries, corpus)]
    return InformationRetrievalEvaluator(
        *read, relevant, name=name, accuracy_at_k=RANKS, precision_recall_at_k=RANKS, mrr_at_k=[10],
        ndcg_at_k=[10], map_at_k=[10], show_progress_bar=False, write_csv=False, **PROMPTS,
    )  # fmt: skip
