"""Checks the parallel questions: `python -m research.parallel_questions` lists what does not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Annotated

import typer
from rich.table import Table

from eval.core.show import console
from rag.errors import BadInput
from rag.text.language import family, identify
from rag.text.numbers import find_figures
from rag.text.script import fold, script_of
from research.train.reader.data.parallel import Document
from research.train.reader.data.parallel_questions import (
    FOLDER,
    VARIANTS,
    ParallelQuestion,
    held,
    place,
    read_questions,
    replace_words,
    texts,
)

KINDS = frozenset("who when where how-many why what yes-no said-by".split())
MISSES = frozenset("attribute role unit time entity".split())
CYRILLIC, GREEK = ("bg", "mk", "sr-Cyrl"), ("el",)
LONGEST_ANSWER = 22  # words: a reason, or what was said
SURE = 0.95  # of a detector that contradicts the variant of a question


def complaints(question: ParallelQuestion, document: Document | None) -> Iterator[str]:
    """Everything that is wrong with a question and its near misses, each in a sentence."""
    if document is None or not 0 <= question.at < len(document.segments):
        yield "there is no such segment"
        return
    if question.kind not in KINDS:
        yield f"{question.kind} is no kind of question"
    segment = document.segments[question.at]
    told = [v for v in VARIANTS if v in segment]
    yield from (f"{v}: no words that answer" for v in told if not question.words.get(v))
    yield from (f"{v}: the collection has no text in it, so no words" for v in question.words if v not in segment)
    for variant, words in question.words.items():
        if variant in segment and not place(words, segment[variant]):
            yield f"{variant}: {words!r} does not stand in the segment: {segment[variant]!r}"
        if (count := len(told_words(question, variant, segment).split())) > LONGEST_ANSWER:
            yield f"{variant}: an answer of {count} words"
    if question.kind in ("how-many", "when"):
        yield from _numbers(question, segment)
    yield from _asked(question)
    for miss in question.misses:
        if miss.kind not in MISSES:
            yield f"{miss.kind} is no kind of near miss"
        yield from (f"near miss {text}" for text in _asked(miss))
        if miss.words:
            yield "near miss: it has words that answer"
        same = [v for v, text in miss.asked.items() if fold(text) == fold(question.asked.get(v, ""))]
        yield from (f"{v}: the near miss is its twin" for v in same)


def _numbers(question: ParallelQuestion, segment: Mapping[str, str]) -> Iterator[str]:
    """A number of the English words that a translation has and its words lack; other units and clocks are let be."""
    english = told_words(question, "en", segment)
    wanted = {v for v in _values(english) if v > 2}  # one and two are words of many other things
    for variant in question.words:
        words = told_words(question, variant, segment)
        if wanted & _values(segment.get(variant, "")) and not wanted & _values(words):
            yield f"{variant}: {words!r} has not the number of {english!r}"


def told_words(question: ParallelQuestion, variant: str, segment: Mapping[str, str]) -> str:
    """The words that answer as the segment has them; nothing where they stand nowhere."""
    found = place(question.words.get(variant, ""), segment.get(variant, "")) if question.words.get(variant) else None
    return segment[variant][found.start : found.end] if found else ""


def _values(text: str) -> set[Decimal]:
    return {number.value for number in find_figures(text)}


def _asked(question: ParallelQuestion) -> Iterator[str]:
    yield from (f"is not asked in {v}" for v in VARIANTS if not question.asked.get(v))
    for variant, text in question.asked.items():
        wanted = "Cyrl" if variant in CYRILLIC else "Grek" if variant in GREEK else "Latn"
        scripts = {script_of(word) for word in text.split()}
        if wanted not in scripts or (wanted == "Latn" and scripts & {"Cyrl", "Grek"}):
            yield f"{variant}: {text!r} is not in {wanted}"
        guess = identify(text)
        if script_of(text) == wanted and guess.confidence >= SURE and family(guess.language) != family(variant):
            yield f"{variant}: {text!r} reads as {guess.language}"


def main(
    prefix: Annotated[str, typer.Argument(help="Only the files whose names begin so.")] = "",
    data: Annotated[Path, typer.Option(help="The folder with the translated texts.")] = Path("../shared/data"),
    show: Annotated[int, typer.Option(min=0, help="Print so many of each kind, and check nothing.")] = 0,
    language: Annotated[str, typer.Option(help="The variant to print.")] = "en",
    places: Annotated[bool, typer.Option("--places", help="Put the places of the words in their stead.")] = False,
) -> None:
    """List what does not fit, and count the questions by kind. Exit code 1 where something does not."""
    found = read_questions(prefix=prefix)
    documents = texts(data)
    if show:
        for text in drawn(found, documents, language, show):
            typer.echo(text)
        return
    if places:
        changed = sum(replace_words(path, documents) for path in sorted(FOLDER.glob(f"{prefix}*.txt")))
        typer.echo(f"{changed} answers are kept by their place now.")
        return
    wrong = 0
    seen: dict[str, str] = {}
    for question in found:
        said = [*complaints(question, documents.get(question.document))]
        for one in (question, *question.misses):
            if (before := seen.setdefault(one.asked.get("en", ""), one.name)) != one.name:
                said.append(f"is asked before: {before}")
        wrong += len(said)
        for text in said:
            typer.echo(f"{question.name}: {text}")
    console().print(_counts(found))
    if wrong:
        raise typer.Exit(1)


def drawn(
    found: Sequence[ParallelQuestion], documents: Mapping[str, Document], variant: str, count: int
) -> Iterator[str]:
    """So many questions of each kind in a variant with their words, and so many near misses with their twins."""
    random = Random(0)
    for kind in sorted(KINDS):
        of_kind = [q for q in found if q.kind == kind]
        yield f"{kind}"
        for q in random.sample(of_kind, min(count, len(of_kind))):
            yield f"  {q.asked[variant]} | {told_words(q, variant, documents[q.document].segments[q.at])}"
    for kind in sorted(MISSES):
        pairs = [(miss, q) for q in found for miss in q.misses if miss.kind == kind]
        yield f"near miss: {kind}"
        for miss, q in random.sample(pairs, min(count, len(pairs))):
            yield f"  {miss.asked[variant]} < {q.asked[variant]}"


def _counts(found: list[ParallelQuestion]) -> Table:
    table = Table("kind", "to train on", "kept to choose by")
    rows: Counter[tuple[str, bool]] = Counter()
    for question in found:
        rows[question.kind, held(question)] += 1
        for miss in question.misses:
            rows[f"near miss: {miss.kind}", held(question)] += 1
    for kind in sorted({k for k, _ in rows}):
        table.add_row(kind, str(rows[kind, False]), str(rows[kind, True]))
    table.add_row("all", *(str(sum(n for (_, h), n in rows.items() if h is kept)) for kept in (False, True)))
    return table


if __name__ == "__main__":
    try:
        typer.run(main)
    except BadInput as error:
        raise SystemExit(f"{error} {error.hint}") from None
