"""Expressions of the region's languages, read from the tables in `words/`, and where they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from rag.text import tables
from rag.text.language import family
from rag.text.script import fold

_GAP = 6  # words that * may stand for
_TOKEN = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where an expression stands: tokens from `start` to `end`, end-exclusive."""

    start: int
    end: int


Tag = TypeVar("Tag")


@dataclass(frozen=True, slots=True)
class Expression:
    """The words of an expression, folded; one that ends in * stands for any ending, one that begins
    with it for any beginning, * alone for one to six words."""

    words: tuple[str, ...]

    def at(self, asked: Sequence[str], start: int) -> int:
        """The token behind the expression if it stands at `start`, else -1."""
        at = start
        for i, word in enumerate(self.words):
            if word == "*":
                ends = (Expression(self.words[i + 1 :]).at(asked, at + gap) for gap in range(1, _GAP + 1))
                return max(ends) if i + 1 < len(self.words) else (at + 1 if at < len(asked) else -1)
            if at >= len(asked) or not _fits(asked[at], word):
                return -1
            at += 1
        return at


def _fits(token: str, word: str) -> bool:
    if word.startswith("*"):
        return token.endswith(word[1:])
    return token.startswith(word[:-1]) if word.endswith("*") else token == word


def tokens(text: str) -> tuple[str, ...]:
    """The words of a text, folded."""
    return tuple(_TOKEN.findall(fold(text)))


def table(name: str) -> dict[str, dict[str, Any]]:
    """A table of `words/` as written."""
    return tables.table(f"words/{name}")


@cache
def expressions(name: str, section: str, language: str) -> tuple[Expression, ...]:
    """The expressions of a section in a language's family, the longest first; none where it has none."""
    written = table(name)[section].get(family(language), "")
    return compile_expressions(written)


@cache
def compile_expressions(written: str) -> tuple[Expression, ...]:
    """Expressions as a table writes them, the longest first."""
    made = [Expression(tuple(_fold(part) for part in one.split("|"))) for one in written.split()]
    return tuple(sorted(made, key=lambda e: -len(e.words)))


def _fold(part: str) -> str:
    if part == "*":
        return part
    return "*" * part.startswith("*") + fold(part.strip("*")) + "*" * part.endswith("*")


def find(asked: Sequence[str], found: Sequence[Expression], *, start_only: bool = False) -> Occurrence | None:
    """The first place where one of the expressions stands; at the beginning alone with `start_only`."""
    for start in range(1 if start_only else len(asked)):
        for expression in found:
            end = expression.at(asked, start)
            if end > start:
                return Occurrence(start, end)
    return None


def longest(asked: Sequence[str], start: int, found: Sequence[Expression]) -> int:
    """The token behind the longest of the expressions that stand at `start`; `start` itself where none does."""
    return max((start, *(e.at(asked, start) for e in found)))


def first_tag(asked: Sequence[str], tagged: Sequence[tuple[Expression, Tag]], default: Tag) -> Tag:
    """The tag of the first expression that stands in the tokens; of several at one place the first of the list."""
    places = (tag for start in range(len(asked)) for e, tag in tagged if e.at(asked, start) > start)
    return next(places, default)


def count(asked: Sequence[str], found: Sequence[Expression]) -> int:
    """At how many places one of the expressions stands."""
    return sum(any(e.at(asked, start) > start for e in found) for start in range(len(asked)))


_KEY = 2  # letters: no first word is shorter


def things(text: str, language: str) -> frozenset[str]:
    """The table's things that a text names."""
    words = tokens(text)
    index = _index(family(language))
    return frozenset(
        name for at, word in enumerate(words) for name, e in index.get(word[:_KEY], ()) if e.at(words, at) > at
    )


@cache
def _index(kin: str) -> dict[str, tuple[tuple[str, Expression], ...]]:
    """The expressions of a family by the first letters of their first word."""
    made: dict[str, tuple[tuple[str, Expression], ...]] = {}
    for name, written in table("things").items():
        for e in compile_expressions(written.get(kin, "")):
            key = e.words[0].removesuffix("*")[:_KEY]
            made[key] = (*made.get(key, ()), (name, e))
    return made
