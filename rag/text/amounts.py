"""Numbers as statements: exact, rounded, "more than" or "about"; and whether two of them can both be true."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache

from rag.text.dates import find_dates
from rag.text.numbers import find_figures
from rag.text.phrases import Phrases
from rag.text.script import fold
from rag.text.tables import table


class Bound(StrEnum):
    """How a number is meant."""

    EXACT = "exact"
    ABOUT = "about"
    LEAST = "least"
    MOST = "most"


_TURKISH_LEAST = re.compile(r"^['’]?(?:den|dan|ten|tan) (?:fazla|cok)")
_WORD = re.compile(r"[^\W\d_]+")
_REACH = 40  # characters before a number that may say how it is meant
_LONGEST = 3  # words of the longest such expression
_ROUND = 3  # significant digits below which a number of four digits or more may be rounded
_NEAR = Decimal("0.15")  # what "about" may be off by


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in a sentence: `sentence[start:end]`, its value, how it is meant, the words behind it (folded, cut)."""

    start: int
    end: int
    value: Decimal
    bound: Bound
    unit: tuple[str, ...]


def amounts(sentence: str, *, language: str = "und") -> list[Amount]:
    """The numbers of a sentence, in digits and words, that are no part of a date."""
    dated = [range(d.start, d.end) for d in find_dates(sentence, as_of=date(2000, 1, 1), language=language)]
    found = []
    for n in sorted(find_figures(sentence), key=lambda n: n.start):
        if any(n.start in span for span in dated):
            continue
        unit = tuple(fold(word)[:5] for word in _WORD.findall(sentence[n.end : n.end + 50])[:3])
        sign = sentence[n.end : n.end + 2].strip()[:1]
        unit = (sign, *unit) if sign in ("%", "€", "$") and sign else unit
        found.append(Amount(n.start, n.end, n.value, parse_qualifier(sentence, n.start, n.end).bound, unit))
    return found


@dataclass(frozen=True, slots=True)
class QuantityQualifier:
    """How a number is meant, and where the words that say so begin."""

    bound: Bound
    start: int


def parse_qualifier(sentence: str, start: int, end: int) -> QuantityQualifier:
    """How the number `sentence[start:end]` is meant, by the words before it (in Turkish behind it too)."""
    before = list(_WORD.finditer(sentence, max(0, start - _REACH), start))[-_LONGEST:]
    if before and not sentence[before[-1].end() : start].strip(" \u00a0€$£"):
        words = [fold(word.group()) for word in before]
        for bound, phrases in _phrases().items():
            if found := phrases.ending(words):
                return QuantityQualifier(bound, before[found.start].start())
    behind = _TURKISH_LEAST.match(fold(sentence[end : end + 16]))
    return QuantityQualifier(Bound.LEAST if behind else Bound.EXACT, start)


@cache
def _phrases() -> dict[Bound, Phrases[Bound]]:
    return {b: Phrases([(table("bounds")[b.value]["words"], b)]) for b in (Bound.LEAST, Bound.MOST, Bound.ABOUT)}


def compatible(one: Amount, other: Amount) -> bool:
    """Whether both can be true of one thing."""
    a, b = one.value, other.value
    if a == b or _rounded(a, b) or _rounded(b, a):
        return True
    if Bound.ABOUT in (one.bound, other.bound) and abs(a - b) <= _NEAR * max(abs(a), abs(b)):
        return True
    for x, y in ((one, other), (other, one)):
        if x.bound is Bound.LEAST and (y.value >= x.value or y.bound is Bound.LEAST):
            return True
        if x.bound is Bound.MOST and y.value <= x.value and (y.bound is not Bound.EXACT or y.value > x.value * 4 / 5):
            return True
    return False


def _rounded(value: Decimal, exact: Decimal) -> bool:
    """Whether `value` is what `exact` is rounded to: 2.3 million and 2,312,000; 1,000 and 1,012."""
    if abs(value) < 1000 or value != value.to_integral_value():
        return False
    digits = str(abs(int(value))).rstrip("0")
    if len(digits) > _ROUND:
        return False
    unit = Decimal(10) ** (len(str(abs(int(value)))) - len(digits))
    return abs(value - exact) <= unit / 2 and len(digits) >= 2
