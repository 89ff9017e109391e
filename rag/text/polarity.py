"""Whether a statement is negated, and which side of a pair of opposites it takes, in the languages of the region."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rag.text.language import family
from rag.text.phrases import Expression, compile_expressions, count, find, table, tokens

_NEGATION = "negation"
# Turkish denies inside the verb: imzalamadı, katılmıyor, etmeyecek, yapmaz. Folded.
_TURKISH = re.compile(
    r"\w{2,}(?:m[ae](?:di|du|mis|mus|z\b|z(?:lar|ler)|y[ae]cak|y[ae]cek)|m[iu]yor|(?:ama|eme)(?:di|du))\w*"
)


@dataclass(frozen=True, slots=True)
class Stand:
    """A text's polarity: `denies` counts its negations, `sides` gives the side (1, -1) of each pair of opposites it
    names."""

    denies: int
    sides: dict[str, frozenset[int]]


def stand(text: str, language: str) -> Stand:
    """The stand of a text."""
    words = tokens(text)
    return Stand(
        denials(words, language), {name: sides for name in pairs() if (sides := _sides(words, name, language))}
    )


def denials(words: Sequence[str], language: str) -> int:
    """How many words of a text deny."""
    found = count(words, _denying(family(language)))
    if family(language) == "tr":
        found += sum(1 for word in words if _TURKISH.fullmatch(word))
    return found


def find_opposites(one: Stand, other: Stand) -> set[str]:
    """The pairs of opposites of which the two texts name different sides, each only one."""
    return {
        name
        for name in one.sides.keys() & other.sides.keys()
        if len(one.sides[name]) == len(other.sides[name]) == 1 and one.sides[name] != other.sides[name]
    }


@cache
def pairs() -> tuple[str, ...]:
    """The names of the pairs of opposites."""
    return tuple(name for name in table("polarity") if name != _NEGATION)


@cache
def _denying(kin: str) -> tuple[Expression, ...]:
    return compile_expressions(table("polarity")[_NEGATION].get(kin, ""))


def _sides(words: Sequence[str], name: str, language: str) -> frozenset[int]:
    found = {side for side, made in _pair(name, family(language)) if find(words, made)}
    return frozenset(found)


@cache
def _pair(name: str, kin: str) -> tuple[tuple[int, tuple[Expression, ...]], ...]:
    written = table("polarity")[name].get(kin)
    return () if written is None else ((1, compile_expressions(written[0])), (-1, compile_expressions(written[1])))
