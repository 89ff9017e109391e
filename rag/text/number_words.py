"""Numbers written out, in the languages of the region: "dvadeset šest", "petindvajset", "două sute", "εξήντα έξι".

Words of one number are read together, so that "sixty-two" is never taken for a two. See data/number_words.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from rag.text.language import family
from rag.text.script import fold
from rag.text.tables import table

_WORD = re.compile(r"[^\W\d_]+")
_BETWEEN = re.compile(r"[ \u00a0\u202f]|-|‑")  # the words of one number
_FUSED_TENS = range(20, 100, 10)  # Slovene: five-and-twenty in one word


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """`text[start:end]` and its value."""

    start: int
    end: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class _Family:
    values: dict[str, int]
    joining: frozenset[str]
    hundreds: frozenset[str]
    minus: frozenset[str]

    def value(self, word: str) -> int | None:
        """What a word means; None for what is spelt like a number without its accents ("što", "нова")."""
        value = self.values.get(fold(word))
        return None if value is not None and word.casefold() in _OTHERS else value


# Spelt like "sto", "nouă" and "on" where accents are left out.
_OTHERS = frozenset("što што noua ön".split())


def find_written_numbers(text: str, language: str) -> list[WrittenNumber]:
    """The numbers below a thousand that a text writes out, in reading order."""
    known = _family(family(language))
    return list(_read(text, known)) if known is not None else []


def minus_before(text: str, start: int, language: str) -> bool:
    """Does a word such as "minus" stand right before?"""
    known = _family(family(language))
    before = _WORD.findall(text[max(0, start - 12) : start])
    touches = text[start - 1 : start].isspace()
    return bool(known and before and touches and fold(before[-1]) in known.minus)


def _read(text: str, known: _Family) -> Iterator[WrittenNumber]:
    words = list(_WORD.finditer(text))
    at = 0
    while at < len(words):
        start, value = words[at].start(), known.value(words[at].group())
        at += 1
        if value is None or text[max(0, start - 1) : start] in ("'", "’"):
            continue
        total, end = value, words[at - 1].end()
        while (step := _next(text, words, at, end, known)) is not None and _fits(total, step.value):
            total = total * 100 if step.value == _HUNDRED else total + step.value
            end, at = words[step.at].end(), step.at + 1
        yield WrittenNumber(start, end, Decimal(total))


_HUNDRED = -100  # a word that multiplies what stands before it


@dataclass(frozen=True, slots=True)
class _Step:
    """The value of the word that goes on a number, and which word it is."""

    value: int
    at: int


def _next(text: str, words: list[re.Match[str]], at: int, end: int, known: _Family) -> _Step | None:
    for n in (at, at + 1):  # straight on, or behind an "and"
        if n >= len(words) or not _BETWEEN.fullmatch(text[end : words[n].start()]):
            return None
        word = fold(words[n].group())
        if n == at and word in known.hundreds:
            return _Step(_HUNDRED, n)
        if (value := known.value(words[n].group())) is not None:
            return _Step(value, n)
        if word not in known.joining:
            return None
        end = words[n].end()
    return None


def _fits(total: int, value: int) -> bool:
    """Whether a word can go on a number: "sixty" and "two", "two hundred" and "six", but not "five" and "six"."""
    if value == _HUNDRED:
        return 1 <= total <= 9
    if value <= 0 or value >= 100 or total <= 0:
        return False
    return total % 100 == 0 or (value < 10 and total % 10 == 0 and total % 100 >= 10)


@cache
def _family(name: str) -> _Family | None:
    rows = table("number_words").get(name)
    if rows is None or "and" not in rows:
        return None
    values = {fold(word): int(value) for value, some in rows.items() if value.isdigit() for word in some.split()}
    if name == "sl":
        units = {word: n for word, n in values.items() if n < 10}
        tens = {word: n for word, n in values.items() if n in _FUSED_TENS}
        values |= {f"{unit}in{ten}": n + m for unit, n in units.items() for ten, m in tens.items()}
    forms = {f"{word}{ending}": n for word, n in values.items() if 2 < n < 100 for ending in rows["endings"].split()}
    read = [frozenset(map(fold, rows[key].split())) for key in ("and", "hundred", "minus")]
    return _Family({**{fold(word): n for word, n in forms.items()}, **values}, *read)
