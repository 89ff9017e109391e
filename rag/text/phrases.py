"""Finds expressions of the region's languages, read from the tables in `data/`, in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter
from typing import Generic, TypeVar

from rag.text.language import family
from rag.text.script import fold
from rag.text.tables import table

_GAP = 6  # words that * may stand for
_KEY = 2  # letters by which expressions are looked up
_TOKEN = re.compile(r"[^\W_]+")
Tag = TypeVar("Tag")


def tokens(text: str) -> tuple[str, ...]:
    """Returns the words of a text, folded."""
    return tuple(_TOKEN.findall(fold(text)))


@dataclass(frozen=True, slots=True)
class Match(Generic[Tag]):
    """An expression on the tokens from `start` to `end`, end-exclusive, and what it says."""

    start: int
    end: int
    tag: Tag


class Phrases(Generic[Tag]):
    """Expressions with what each says, the longest first.

    A table separates expressions by spaces and their words by "|". A word that ends in * stands for any ending, one
    that begins with it for any beginning, * alone for one to six words.
    """

    def __init__(self, written: Iterable[tuple[str, Tag]]) -> None:
        made = [(tuple(map(_fold, one.split("|"))), tag) for some, tag in written for one in some.split()]
        self._begun: dict[str, list[tuple[int, tuple[str, ...], Tag]]] = {}  # by how they begin, with their places
        for place, (expression, tag) in enumerate(sorted(made, key=lambda one: -len(one[0]))):
            self._begun.setdefault(_beginning(expression[0]), []).append((place, expression, tag))
        self._by_key: dict[str, list[tuple[tuple[str, ...], Tag]]] = {}

    def at(self, words: Sequence[str], start: int) -> Iterator[Match[Tag]]:
        """Yields the expressions that stand at a token, the longest first."""
        key = words[start][:_KEY]
        if key not in self._by_key:
            possible = [one for begun in {key, f"{key[:1]}*", "*"} for one in self._begun.get(begun, ())]
            self._by_key[key] = [(expression, tag) for _, expression, tag in sorted(possible, key=itemgetter(0))]
        for expression, tag in self._by_key[key]:
            end = _end(expression, words, start)
            if end > start:
                yield Match(start, end, tag)

    def every(self, words: Sequence[str]) -> Iterator[Match[Tag]]:
        """Yields all expressions, by the token at which they begin."""
        for start in range(len(words)):
            yield from self.at(words, start)

    def find(self, words: Sequence[str], *, opening: bool = False) -> Match[Tag] | None:
        """Returns the first expression; with `opening` only one at the beginning."""
        return next(self.at(words, 0) if opening and words else self.every(words), None)

    def stand_in(self, text: str) -> bool:
        """Tells whether an expression stands in a text."""
        return self.find(tokens(text)) is not None

    def ending(self, words: Sequence[str]) -> Match[Tag] | None:
        """Returns the longest expression at the end."""
        return next((m for m in self.every(words) if m.end == len(words)), None)

    def matches(self, words: Sequence[str]) -> bool:
        """Tells whether an expression is all that there is."""
        return bool(words) and any(m.end == len(words) for m in self.at(words, 0))

    def longest(self, words: Sequence[str], start: int) -> int:
        """Returns the token behind the longest expression at `start`; `start` itself where there is none."""
        return max((m.end for m in self.at(words, start)), default=start) if start < len(words) else start

    def count(self, words: Sequence[str]) -> int:
        """Counts the tokens at which an expression begins."""
        return len({m.start for m in self.every(words)})


@lru_cache(maxsize=1024)
def phrases(name: str, section: str, language: str) -> Phrases[str]:
    """Returns the expressions of a section of a table in a language's family; none where it has none."""
    return Phrases([(table(name)[section].get(family(language), ""), section)])


def noun_classes(text: str, language: str) -> frozenset[str]:
    """Returns the classes of things that a text names: people, dead, hurt, ..."""
    return frozenset(m.tag for m in _noun_classes(family(language)).every(tokens(text)))


@cache
def _noun_classes(kin: str) -> Phrases[str]:
    return Phrases((written.get(kin, ""), name) for name, written in table("noun_classes").items())


def _fold(part: str) -> str:
    if part == "*":
        return part
    return "*" * part.startswith("*") + fold(part.strip("*")) + "*" * part.endswith("*")


def _beginning(word: str) -> str:
    """Returns the letters by which a word of an expression is looked up: two, a short stem's one and *, or * alone."""
    if word.startswith("*"):
        return "*"
    return word if word.endswith("*") and len(word) <= _KEY else word[:_KEY]


def _end(expression: Sequence[str], words: Sequence[str], start: int) -> int:
    """Returns the token behind an expression that stands at `start`, or -1."""
    at = start
    for i, word in enumerate(expression):
        if word == "*":
            ends = (_end(expression[i + 1 :], words, at + gap) for gap in range(1, _GAP + 1))
            return max(ends) if i + 1 < len(expression) else (at + 1 if at < len(words) else -1)
        if at >= len(words) or not _fits(words[at], word):
            return -1
        at += 1
    return at


def _fits(token: str, word: str) -> bool:
    if word.startswith("*"):
        return token.endswith(word[1:])
    return token.startswith(word[:-1]) if word.endswith("*") else token == word
