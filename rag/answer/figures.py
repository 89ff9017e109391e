"""The numbers, scores, times of day and units of a sentence, and which of them its originals do not hold.

A number is its value, its sign, its order in a score and its unit, in digits or written out, in any of the languages.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from rag.text.language import family
from rag.text.number_words import find_written_numbers, minus_before
from rag.text.numbers import find_figures, scale_behind
from rag.text.quantities import unit_beside
from rag.text.script import fold
from rag.text.tables import table

_SMALL = 2  # a number word up to here is often no count: "the two ministers"
_SCORE = re.compile(r"(?<![\w.,:/–-])(\d{1,3}) ?[:–-] ?(\d{1,3})(?![\w:/]|[.,]\d|[–-]\d)")
_HOURS, _MINUTES = 24, 60
_WORD = re.compile(r"[^\W\d_]+")
_PERCENT_UNIT = "concentr-percent"
_PERCENT = re.compile(
    rf"(?:{'|'.join(table('measures')['percent']['before'])})\||\|\W*(?:{'|'.join(table('measures')['percent']['behind'])})"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a sentence: `text[start:end]`, with its sign. `word`: it is written out."""

    start: int
    end: int
    value: Decimal
    unit: str
    word: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """All of a sentence: numbers, scores in their order, minutes of the day."""

    numbers: tuple[Figure, ...]
    scores: frozenset[tuple[int, int]]
    times: frozenset[ClockTime]


@dataclass(frozen=True, slots=True)
class ClockTime:
    """Minutes of the day; `sure`: it says which half of it."""

    minutes: int
    sure: bool

    def same(self, other: ClockTime) -> bool:
        """Whether both can be one time."""
        round_the_clock = _HOURS * _MINUTES if self.sure and other.sure else _HOURS * _MINUTES // 2
        return (self.minutes - other.minutes) % round_the_clock == 0

    def hour_in(self, numbers: Container[Decimal]) -> bool:
        """Whether it is a full hour that stands among numbers, as in "12.00"."""
        return self.minutes % _MINUTES == 0 and Decimal(self.minutes // _MINUTES) in numbers


def read_figures(text: str, language: str, dated: Sequence[range] = ()) -> Figures:
    """The figures of a text, without those inside its dates."""
    times, taken = dict(_times(text, language)), list(dated)
    taken += times
    scores = {(int(m[1]), int(m[2])) for m in _SCORE.finditer(text) if not _inside(m.start(), taken)}
    numbers = [f for f in _numbers(text, language) if not _inside(f.start, taken)]
    return Figures(tuple(sorted(numbers, key=lambda f: f.start)), frozenset(scores), frozenset(times.values()))


def invented(written: Figures, originals: Sequence[Figures], text: str, language: str) -> bool:
    """Whether something in a written sentence stands in none of its originals."""
    scores = {score for one in originals for score in one.scores}
    if any(s not in scores and s[::-1] in scores and s != s[::-1] for s in written.scores):
        return True
    held: dict[Decimal, set[str]] = {}
    for number in (n for one in originals for n in one.numbers):
        held.setdefault(number.value, set()).add(number.unit)
    times = {time for one in originals for time in one.times}
    if any(not any(time.same(one) for one in times) and not time.hour_in(held) for time in written.times):
        return True
    for time in times:
        held.setdefault(Decimal(time.minutes // _MINUTES), set()).add("")
    mine = {n.value for n in written.numbers}
    return any(_is_invented(n, held, mine, text, language) for n in written.numbers)


def _is_invented(number: Figure, held: dict[Decimal, set[str]], mine: set[Decimal], text: str, language: str) -> bool:
    if number.word and abs(number.value) <= _SMALL and not _counts(number, held, mine, text, language):
        return False
    units = held.get(number.value)
    if units is None:
        return True
    if number.unit == _PERCENT_UNIT or units == {_PERCENT_UNIT}:
        return number.unit not in units
    return bool(number.unit and "" not in units and number.unit not in units)


def _counts(number: Figure, held: dict[Decimal, set[str]], mine: set[Decimal], text: str, language: str) -> bool:
    """Whether a small number word counts something: "two" where other numbers are told of, "one" before a person."""
    if number.unit:
        return number.value != 1
    if number.value == 1:
        behind = _WORD.search(text, number.end)
        return bool(behind and held and fold(behind.group()) in _persons(family(language)))
    return bool(held.keys() - mine)


def _numbers(text: str, language: str) -> Iterator[Figure]:
    found = [
        (n.start, n.end, n.value, False)
        for n in find_figures(text)
        if text[n.start].isdigit() or _signed(text, n.start)
    ]
    for n in find_written_numbers(text, language):
        factor, end = scale_behind(text, n.end)
        if not any(start <= n.start < upto for start, upto, _, _ in found):
            found.append((n.start, end, n.value * factor, True))
    for start, end, value, word in found:
        signed = -value if value > 0 and minus_before(text, start, language) else value
        yield Figure(start, end, signed.normalize(), _unit(text, start, end, language), word)


def _unit(text: str, start: int, end: int, language: str) -> str:
    before, behind = text[max(0, start - 8) : start], text[end : end + 16]
    if _PERCENT.search(fold(f"{before}|{behind}")):
        return _PERCENT_UNIT
    return unit_beside(text, start, end, language)


def _signed(text: str, start: int) -> bool:
    return text[start] in "-−" and text[start + 1 : start + 2].isdigit()


def _inside(at: int, spans: Iterable[range]) -> bool:
    return any(at in span for span in spans)


@cache
def _persons(name: str) -> frozenset[str]:
    return frozenset(fold(word) for word in table("number_words")["persons"].get(name, "").split())


def _times(text: str, language: str) -> Iterator[tuple[range, ClockTime]]:
    """The times of day, by where they stand, in minutes."""
    for match in _clock().finditer(text):
        before, behind = fold(match["before"] or ""), match["behind"] or ""
        minute = match["minute"] or "0"
        half = _half(behind)
        if not (half or before or (match["minute"] and match["sign"] == ":")):
            continue
        if not match["minute"] and not (half or (before and (behind or before in _NAMED_HOURS))):
            continue
        hour = int(match["hour"])
        if half == "afternoon" and hour < _HOURS // 2:
            hour += _HOURS // 2
        if hour <= _HOURS and int(minute) < _MINUTES:
            sure = bool(half) or hour > _HOURS // 2 or match["hour"].startswith("0")
            yield range(match.start("hour"), match.end()), ClockTime(hour * _MINUTES + int(minute), sure)


def _half(behind: str) -> str:
    for name in ("afternoon", "morning"):  # not folded: Greek "π.μ." would become "p.m."
        if behind.casefold() in table("number_words")["clock"][name].split():
            return name
    return ""


# What stands before nothing but an hour.
_NAMED_HOURS = frozenset(map(fold, ("në orën", "orën", "la ora", "ora", "saat")))


@cache
def _clock() -> re.Pattern[str]:
    clock = table("number_words")["clock"]
    before, behind, *halves = (
        "|".join(re.escape(word.replace("_", " ")) for word in sorted(clock[name].split(), key=len, reverse=True))
        for name in ("before", "behind", "afternoon", "morning")
    )
    return re.compile(
        rf"(?:(?<!\w)(?P<before>{before}) )?(?<![\w.,:/-])(?P<hour>[01]?\d|2[0-4])"
        r"(?:(?P<sign>[:.])(?P<minute>[0-5]\d))?"
        rf"(?![\w:]|[.,]\d)(?:['’]\w+)?\.?(?: ?(?P<behind>{'|'.join(halves)}|{behind})(?!\w))?",
        re.IGNORECASE,
    )
