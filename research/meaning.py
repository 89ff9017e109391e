"""`python -m research.meaning --claims FILE --pairs FILE`: what the reader finds of true and of false sentences in what
they rest on, without a model that judges.

`--claims` is JSON lines, gzipped: claim, text, label (true, false), language and dataset; `--pairs` what
research.written reads. Neither is part of the project.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from rag.answer.prompt import Claim, NumberedSentence
from rag.answer.write import unsupported
from rag.config import load_settings
from rag.engine import reader_of
from rag.models.embed import load_embedder
from rag.text.sentences import split_sentences
from rag.types import Passage
from research.written import WrittenCase, cases, translations

MEANING = Path(__file__).with_name("meaning.jsonl")  # true and false with the same numbers and names, on our briefs
_SAMPLE = 150  # of a collection, of each label
_LONGEST = 600  # characters of what a claim rests on
_APART = 50  # sentences between one and what it is laid beside though it is about something else
_out = Console(width=120)


def main(
    claims: Annotated[Path, typer.Option(help="Claims of others.")],
    pairs: Annotated[Path, typer.Option(help="Translations of others.")],
) -> None:
    """Print how many of each collection would be left out."""
    settings = load_settings()
    reader = reader_of(settings, load_embedder(settings.embedding))
    for name, some in _collections(claims, pairs):
        lost = sum(unsupported(reader, Claim(one.text, ("1.1",)), _sources(one)) for one in some)
        _out.print(f"{name}: {lost} of {len(some)} ({lost / max(1, len(some)):.3f}) left out", highlight=False)


def _collections(claims: Path, pairs: Path) -> Iterator[tuple[str, list[WrittenCase]]]:
    told = translations(pairs, 20)
    shifted = told[_APART:] + told[:_APART]
    yield "true, two languages (FLORES)", told
    yield (
        "about something else, two languages (FLORES)",
        [
            WrittenCase(one.id, one.language, other.source, one.published, other.original, one.text, False, "")
            for one, other in zip(told, shifted, strict=True)
        ],
    )
    for pair in ("one language", "two languages"):
        yield f"true, {pair} (written.jsonl)", [case for case in cases() if case.true and case.pair == pair]
        for true, kind in ((True, "true"), (False, "lies of meaning")):
            found = [case for case in cases(MEANING) if case.true is true and case.pair == pair]
            yield f"{kind}, {pair} (meaning.jsonl)", found
    with gzip.open(claims, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if len(row["text"]) < _LONGEST]
    random.Random(5).shuffle(rows)
    for dataset, label in sorted({(row["dataset"], row["label"]) for row in rows}):
        if label in ("true", "false") and dataset != "boolq":  # whose claims are questions
            chosen = [row for row in rows if (row["dataset"], row["label"]) == (dataset, label)][:_SAMPLE]
            made = [
                WrittenCase(
                    r["id"], r["language"], r["language"], "2020-01-01", r["text"], r["claim"], label == "true", ""
                )
                for r in chosen
            ]
            yield f"{label}, one language ({dataset})", made


def _sources(case: WrittenCase) -> list[NumberedSentence]:
    passage = Passage("p", "a", 1, 0, case.original, 0, len(case.original), "", language=case.source, outlet="N1")
    return [
        NumberedSentence(f"1.{n}", passage, s.start, s.end, case.original[s.start : s.end])
        for n, s in enumerate(split_sentences(case.original, case.source), 1)
    ]


if __name__ == "__main__":
    typer.run(main)
