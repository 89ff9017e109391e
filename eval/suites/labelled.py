"""Measures answers by labels made by hand for each sentence: whether what is shown answers the question."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from eval.core.record import CaseRecord, read_run
from eval.core.show import console, ratio

LABELS = Path(__file__).parents[1] / "benchmarks/answers/labels.jsonl"
ANSWERS, NEAR, ELSEWHERE = "answers", "on the matter", "of something else"
KINDS = (ANSWERS, NEAR, ELSEWHERE)


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """A quote as it was shown, its article, and one of KINDS."""

    article: str
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """The sentences of one answer in order; `digest` is that of question and sentences as they were labelled."""

    id: str
    language: str
    category: str
    question: str
    answerable: bool
    digest: str
    sentences: tuple[LabelledSentence, ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """Of `answers` answers: how many first sentences answer, how many sentences do at all, and what the sentences
    are."""

    answers: int
    first: int
    any: int
    sentences: Counter[str]


def read_labels(path: Path = LABELS) -> list[LabelledAnswer]:
    """Every labelled answer."""
    made = []
    for line in path.read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        sentences = tuple(LabelledSentence(**s) for s in raw.pop("sentences"))
        made.append(LabelledAnswer(**raw, sentences=sentences))
    return made


def digest(question: str, sentences: Iterable[str]) -> str:
    """Identifies a labelled answer: 16 hexadecimal digits."""
    return hashlib.sha256("\n".join([question, *sentences]).encode()).hexdigest()[:16]


def shares(answers: Sequence[LabelledAnswer]) -> Shares:
    """The figures of labelled answers."""
    told = [[s.label for s in a.sentences] for a in answers]
    return Shares(
        len(answers),
        sum(labels[0] == ANSWERS for labels in told),
        sum(ANSWERS in labels for labels in told),
        Counter(label for labels in told for label in labels),
    )


def shown_again(labels: Sequence[LabelledAnswer], run: Sequence[CaseRecord]) -> tuple[list[LabelledAnswer], int]:
    """The answers of a run to the labelled questions, as their labelled sentences, and how many sentences have no
    label.

    An answer without any labelled sentence is left out.
    """
    known = {a.id: {s.text: s for s in a.sentences} for a in labels}
    by_id = {a.id: a for a in labels}
    found, strange = [], 0
    for case in run:
        if case.id not in known or not case.sentences:
            continue
        texts = [str(s["text"]) for s in case.sentences]
        kept = tuple(known[case.id][t] for t in texts if t in known[case.id])
        strange += len(texts) - len(kept)
        if kept:
            label = by_id[case.id]
            found.append(
                LabelledAnswer(
                    case.id, case.language, case.category, case.question, label.answerable,
                    digest(case.question, texts), kept,
                )
            )  # fmt: skip
    return found, strange


def register(app: typer.Typer) -> None:
    """Adds the command to `telal eval`."""
    app.command("labelled")(show_labelled)


def show_labelled(
    run: Annotated[Path | None, typer.Argument(help="A run: what it shows of the labelled sentences.")] = None,
) -> None:
    """Show what answers labelled by hand are worth: first sentence answers, any does, what the sentences are."""
    labels, strange = read_labels(), 0
    if run is not None:
        labels, strange = shown_again(labels, read_run(run).per_case)
    table = Table("questions", "answers", "first answers", "any answers", *KINDS, box=None)
    groups = {"with an answer": True, "without one": False}
    for name, answerable in groups.items():
        told = shares([a for a in labels if a.answerable is answerable])
        counts = [str(told.sentences[kind]) for kind in KINDS]
        table.add_row(name, str(told.answers), ratio(told.first, told.answers), ratio(told.any, told.answers), *counts)
    console().print(table)
    if strange:
        console().print(f"{strange} sentences of the run have no label.")
