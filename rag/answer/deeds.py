"""What somebody did, or did the opposite of, by tables of the region's languages; denied and refused deeds count so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rag.text.language import family
from rag.text.names import find_names
from rag.text.phrases import Expression, compiled, table, tokens
from rag.text.polarity import denials

_TURNED = "turned"
_KEY = 1  # letters: "u", "e" and "a" begin expressions
_REACH = 12  # words between "condemned" and the deed: "condemned on Monday Moscow's decision to recognise"
_WORD = re.compile(r"[^\W_]+")
_DENIED = 3  # words before a deed among which one may deny it


@dataclass(frozen=True, slots=True)
class Deed:
    """A deed of the table in words `start` to `end` of a text: side 1 or its opposite -1, as told."""

    name: str
    side: int
    start: int
    end: int


def deeds(text: str, language: str) -> list[Deed]:
    """The deeds that a text tells of, a denied or refused one on its other side; in reading order."""
    return _deeds(tokens(without_names(text, first=False)), tokens(without_names(text)), family(language))


def without_names(text: str, *, first: bool = True) -> str:
    """A text with a word that says nothing for each word of its names: "Nišu" is no "nisu", an Open opens nothing.

    Without `first` the capitals that open a sentence, which may be no names, stay.
    """
    for name in reversed(find_names(text)):
        if name.first and not first:
            continue
        text = text[: name.start] + _WORD.sub("x", text[name.start : name.end]) + text[name.end :]
    return text


def _deeds(words: Sequence[str], plain: Sequence[str], kin: str) -> list[Deed]:
    turning = [at for at in range(len(words)) if any(e.at(words, at) > at for e in _turning(kin))]
    found: dict[tuple[str, int, int], Deed] = {}
    for at, word in enumerate(words):
        for name, side, made in _index(kin).get(word[:_KEY], ()):
            end = made.at(words, at)
            if end > at:
                around = plain[max(0, at - _DENIED) : end if kin == "tr" else at]
                flips = denials(around, kin) + any(0 < at - t <= _REACH for t in turning)
                found[name, side, at] = Deed(name, side if flips % 2 == 0 else -side, at, end)
    return list(found.values())


def turned(text: str, language: str) -> frozenset[str]:
    """The words, folded, that stand behind one that condemns or refuses."""
    words, kin = tokens(text), family(language)
    found = [at for at in range(len(words)) if any(e.at(words, at) > at for e in _turning(kin))]
    return frozenset(word for at in found for word in words[at + 1 : at + 1 + _REACH])


def kinds() -> frozenset[str]:
    """The names of the deeds."""
    return frozenset(table("deeds")) - {_TURNED}


@cache
def _turning(kin: str) -> tuple[Expression, ...]:
    return compiled(table("deeds")[_TURNED].get(kin, ""))


@cache
def _index(kin: str) -> dict[str, tuple[tuple[str, int, Expression], ...]]:
    """The expressions of a family, each with its deed and side, by the first letters of their first word."""
    found: dict[str, tuple[tuple[str, int, Expression], ...]] = {}
    for name in sorted(kinds()):
        for side, written in zip((1, -1), table("deeds")[name].get(kin, ("", "")), strict=True):
            for e in reversed(compiled(written)):  # the longest last: it is kept
                key = e.words[0].removesuffix("*")[:_KEY]
                found[key] = (*found.get(key, ()), (name, side, e))
    return found
