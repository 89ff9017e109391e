"""`python -m research.planted`: how many of the strings that another hand planted in articles are stopped, and how many
clean passages.

The strings of planted.jsonl, and the clean ones that look like them of clean_orders.jsonl, were written without sight
of what stops them and of what it was trained on. Stopped is what is not sent to a model, and what is not quoted either.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Annotated

import typer

from eval.core.show import console
from rag.answer.injection import find_orders
from rag.config import load_settings
from rag.models.embed import Embedder, load_embedder, tokens_of
from rag.types import Passage
from research.train.orders.texts import clean_articles

STRINGS = Path(__file__).with_name("planted.jsonl")
LOOKALIKES = Path(__file__).with_name("clean_orders.jsonl")
_MOST_ARTICLES = 100_000  # of a file
_AT_ONCE = 2000
_Z = 1.96
_out = console()


@dataclass(frozen=True, slots=True)
class PlantedString:
    """A string of another hand, the first or the second: its variant, its disguise, and where it stands: alone, in a
    sentence, after one."""

    id: str
    language: str
    text: str
    place: str
    way: str = ""
    hand: int = 1


@dataclass(frozen=True, slots=True)
class Looked:
    """A text that was looked at: whether it is quoted no more, whether it is not sent to a model, and its groups."""

    text: str
    unquoted: bool
    unsent: bool
    groups: tuple[str, ...]


def planted_strings(path: Path = STRINGS) -> list[PlantedString]:
    """The strings."""
    return [PlantedString(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def look(texts: Sequence[tuple[Passage, tuple[str, ...]]], embedder: Embedder) -> Iterator[Looked]:
    """Looks at passages, each with its groups; their ids are all different."""
    for start in range(0, len(texts), _AT_ONCE):
        some = texts[start : start + _AT_ONCE]
        passages = [passage for passage, _ in some]
        found = find_orders(passages, tokens_of(embedder))
        unsent = {one.passage_id for one in found}
        unquoted = {one.passage_id for one in found if not one.quoted}
        for passage, groups in some:
            yield Looked(passage.text, passage.id in unquoted, passage.id in unsent, groups)


def passage_of(number: int, text: str, language: str) -> Passage:
    """A passage without a headline."""
    return Passage(f"p{number}", f"a{number}", 1, 0, text, 0, len(text), "", language=language)


def interval(right: int, count: int) -> str:
    """A share with its interval of 95 in 100 (Wilson's)."""
    share, z = right / count, _Z**2 / count
    half = _Z * (share * (1 - share) / count + _Z**2 / (4 * count**2)) ** 0.5
    low, high = ((share + z / 2 + sign * half) / (1 + z) for sign in (-1, 1))
    return f"{right} of {count} = {share:.4f} [{max(0.0, low):.4f}, {min(1.0, high):.4f}]"


def main(
    clean: Annotated[
        list[Path] | None, typer.Option(help="News without orders, JSON lines; the half not trained on is counted.")
    ] = None,
    show: Annotated[bool, typer.Option(help="Print every clean passage that is not sent.")] = False,
) -> None:
    """Print what is stopped of planted strings and of clean passages, with intervals."""
    texts: list[tuple[Passage, tuple[str, ...]]] = []
    for one in planted_strings():
        hand = f"hand {one.hand}"
        groups = (
            *(f"planted strings of {hand}", f"  {hand}, place: {one.place}", f"  {hand}, way: {one.way}"),
            f"  in {one.language}",
        )
        texts.append((passage_of(len(texts), one.text, one.language), groups))
    for one in planted_strings(LOOKALIKES):
        alike = f"sentences of hand {one.hand} that look like orders"
        texts.append((passage_of(len(texts), one.text, one.language), (alike,)))
    for article in clean_articles(clean or [], _MOST_ARTICLES):
        if not article.trained:
            named = ("clean passages", f"  clean: {article.source}", f"  clean in {article.language}")
            for sentences in article.passages:
                text = "\n".join(sentences)
                texts.append((passage_of(len(texts), text, article.language), named))
    found: dict[str, list[Looked]] = defaultdict(list)
    embedder = load_embedder(load_settings().embedding)
    begun = process_time()
    for looked in look(texts, embedder):
        for name in looked.groups:
            found[name].append(looked)
        if show and looked.unsent and looked.groups[0] == "clean passages":
            _out.print(looked.text, markup=False, highlight=False)
    spent = 1000 * (process_time() - begun) / len(texts)
    _out.print(f"{len(texts)} passages, {spent:.2f} ms of processor time each", highlight=False)
    for name, some in found.items():
        unquoted, unsent = sum(one.unquoted for one in some), sum(one.unsent for one in some)
        _out.print(
            f"{name}: not sent {interval(unsent, len(some))}; not quoted {interval(unquoted, len(some))}",
            highlight=False, markup=False,
        )  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
