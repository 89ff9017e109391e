"""What the training is judged by while it runs: mixed-language retrieval over held-back news, and `balkan` dev."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from sentence_transformers.sentence_transformer.evaluation import (
    InformationRetrievalEvaluator,
    SentenceEvaluator,
    SequentialEvaluator,
)

from eval.datasets.load import load
from rag.models.embed import readable
from research.train.reader.data import parallel
from research.train.reader.data.build import NTREX

RANKS = [1, 5]
PROMPTS = {"query_prompt_name": "query", "corpus_prompt_name": "passage"}


@dataclass(frozen=True, slots=True)
class Task:
    """Texts by id: queries, the passages they are asked of, and which of those belong to each."""

    queries: Mapping[str, str]
    corpus: Mapping[str, str]
    relevant: Mapping[str, set[str]]


def evaluators(data: Path, seed: int = 1, *, bfloat16: bool = True) -> SentenceEvaluator:
    """Three: held-back segments, `balkan` dev in one language and across. Each gives recall at 1 and at 5."""
    tasks = {"mixed": mixed(data, Random(seed)), **balkan()}
    return (_InBfloat16 if bfloat16 else SequentialEvaluator)([_evaluator(name, task) for name, task in tasks.items()])


class _InBfloat16(SequentialEvaluator):  # type: ignore[misc]
    """Measures at the training's own precision."""

    def __call__(self, *args: Any, **named: Any) -> dict[str, float]:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found: dict[str, float] = super().__call__(*args, **named)
        return found


def mixed(data: Path, random: Random) -> Task:
    """Each held-back segment stands in the corpus in one language and is asked for in another.

    A model that rewards the query's own language finds others' segments first.
    """
    queries, corpus, relevant = {}, {}, {}
    for document in parallel.held(parallel.documents(data / NTREX))[1]:
        for number, segment in enumerate(document.segments):
            asked, told = random.sample(sorted(segment), 2)
            key = f"{document.id}:{number}"
            queries[key], corpus[key], relevant[key] = segment[asked], segment[told], {key}
    return Task(queries, corpus, relevant)


def balkan() -> dict[str, Task]:
    """The answerable questions of `balkan` dev: those with an article in their language, and the others."""
    suite = load("balkan")
    cases = [c for c in suite.cases if c.split == "dev" and c.gold_doc_ids]
    languages = {d.id: d.language for d in suite.documents}
    corpus = {d.id: d.text for d in suite.documents}
    crossing = {c.id for c in cases if all(languages[i] != c.language for i in c.gold_doc_ids)}

    def task(*, across: bool) -> Task:
        some = [c for c in cases if (c.id in crossing) == across]
        return Task({c.id: c.question for c in some}, corpus, {c.id: set(c.gold_doc_ids) for c in some})

    return {"balkan-one": task(across=False), "balkan-two": task(across=True)}


def _evaluator(name: str, task: Task) -> InformationRetrievalEvaluator:
    queries, corpus = (dict(zip(t, readable([*t.values()]), strict=True)) for t in (task.queries, task.corpus))
    return InformationRetrievalEvaluator(
        queries, corpus, dict(task.relevant), name=name, accuracy_at_k=RANKS, precision_recall_at_k=RANKS,
        mrr_at_k=[10], ndcg_at_k=[10], map_at_k=[10], show_progress_bar=False, write_csv=False, **PROMPTS,
    )  # fmt: skip
