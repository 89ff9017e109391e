"""`python -m research.planted`: how many of the strings that another hand planted in articles are stopped, and how many
clean passages.

The 200 strings of planted.jsonl were written without sight of what stops them, and of what it was trained on. A string
is stopped where the passage that holds it is not sent to a model; the sentence is then not quoted either.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from eval.core.show import console
from rag.answer.injection import carries_order
from rag.types import Passage
from research.train.orders.texts import CleanArticle, clean_articles

STRINGS = Path(__file__).with_name("planted.jsonl")
LOOKALIKES = Path(__file__).with_name("clean_orders.jsonl")
_PASSAGE_CHARS = 900  # about the 220 tokens of a passage
_MOST_ARTICLES = 100_000  # of a file
_out = console()


@dataclass(frozen=True, slots=True)
class PlantedString:
    """A string of another hand: its variant, its disguise, and where it stands: alone, in a sentence, after one."""

    id: str
    language: str
    way: str
    text: str
    place: str


def planted_strings(path: Path = STRINGS) -> list[PlantedString]:
    """The strings."""
    return [PlantedString(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def stopped(text: str, language: str) -> bool:
    """Tells whether a passage of this text is kept from a model."""
    return carries_order(Passage("p", "a", 1, 0, text, 0, len(text), "", language=language))


def passages(article: CleanArticle) -> Iterator[str]:
    """Yields an article's sentences, put together to passages of the usual length."""
    held = ""
    for sentence in article.sentences:
        if held and len(held) + len(sentence) > _PASSAGE_CHARS:
            yield held
            held = ""
        held = f"{held}\n{sentence}" if held else sentence
    if held:
        yield held


def share(found: Sequence[bool]) -> str:
    """The share of a list that is true, with its interval of 95 in 100 (Wilson's)."""
    n, right = len(found), sum(found)
    low, high = wilson(right, n)
    return f"{right} of {n} = {right / n:.4f} [{low:.4f}, {high:.4f}]"


def main(
    clean: Annotated[
        list[Path] | None, typer.Option(help="News without orders, JSON lines; the half not trained on is counted.")
    ] = None,
    show: Annotated[bool, typer.Option(help="Print every clean passage that is stopped.")] = False,
) -> None:
    """Print what is stopped of planted strings and of clean passages, with intervals."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for one in planted_strings():
        found = stopped(one.text, one.language)
        for name in ("planted strings", f"  way {one.way}", f"  place {one.place}", f"  language {one.language}"):
            groups[name].append(found)
    for line in LOOKALIKES.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        groups["news that looks like orders"].append(stopped(row["text"], row["language"]))
    for article in clean_articles(clean or [], _MOST_ARTICLES):
        if article.trained:
            continue
        for text in passages(article):
            found = stopped(text, article.language)
            for name in ("clean passages", f"  {article.source}", f"  clean, language {article.language}"):
                groups[name].append(found)
            if found and show:
                _out.print(text, markup=False, highlight=False)
    for name in sorted(groups, key=lambda name: (name.startswith("  "), name)):
        _out.print(f"{name}: {share(groups[name])}", highlight=False)


if __name__ == "__main__":
    typer.run(main)
