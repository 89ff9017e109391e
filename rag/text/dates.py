"""Dates and relative expressions of time, in every language of the region, as windows of days.

Retrieval ranks by the `window` of a question. Nothing is assumed where the question names no time.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from rag.text.numbers import NUMBER_WORDS
from rag.text.script import fold, fold_with_map
from rag.text.tables import table
from rag.types import Window

_LONGEST_QUESTION = 5000  # characters that are read for dates
_AHEAD_DAYS = 45  # `5. oktobra` without a year: this year's, unless that is farther ahead than this
_DAYS_OF = {"day": 1, "week": 7}
_SMALL_WORDS = r"(?:u|v|vo|ne|to|ti|ta|tin|in|on|god|godine|goda|g|viti|vitin|od)"
_ONLY_IN: dict[str, str] = table("dates")["only_in"]
_TURKISH_BEHIND = frozenset("beri sonra itibaren sonrasi once oncesi".split())
_YEAR_WORDS = frozenset("vitit vitin godine godina leta letu anul year the to ti".split())
_NOT_IN: dict[str, list[str]] = table("dates")["not_in"]
# 2000 evra is an amount, not a year.
_COUNTED = (
    r"(?:evr|eur|din|dolar|dollar|ljud|people|leka?\b|lir|mar[ka]|km\b|lev|lej|lei\b|vojnik|soldier|kunq?|njerez|oamen|\
kisi|atom|hora|dusi|metar|metr|kilomet|tona|ton)"
)


_TURKISH_MONTHS = "(?:ocak|subat|mart|nisan|mayis|haziran|temmuz|agustos|eylul|ekim|kasim|aralik)"


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """An expression of time: `text[start:end]`, the window that it means, and its kind (`day_month`, `ago`, ...)."""

    start: int
    end: int
    window: Window
    kind: str


def window(text: str, found: Sequence[TimeExpression]) -> Window | None:
    """The one window that a text with these expressions of time speaks of, or None. Two dates joined by a range word
    become one window."""
    if not found:
        return None
    if len(found) == 2 and _joiner().fullmatch(fold(text[found[0].end : found[1].start])):
        first, last = found[0].window, found[1].window
        return Window(first.start or first.end, last.end or last.start)
    return min(found, key=lambda each: length_days(each.window)).window


def find_dates(text: str, *, as_of: date, language: str = "und") -> list[TimeExpression]:
    """The expressions of time in reading order, none inside another.

    `language` settles words that mean something else elsewhere (Albanian `dje`, Turkish `son`).
    """
    text = text[:_LONGEST_QUESTION]
    folded = fold_with_map(text)
    found = []
    for start, end, kind, span in _matches(folded.text, as_of, language):
        found.append(TimeExpression(*folded.original(start, end), span, kind))
    return found


def _matches(folded: str, as_of: date, language: str) -> Iterator[tuple[int, int, str, Window]]:
    taken: list[tuple[int, int]] = []
    results = []
    for kind, pattern in _patterns().items():
        for match in pattern.finditer(folded):
            start, end = match.span()
            if any(start < b and a < end for a, b in taken) or not _spoken(match, language):
                continue
            span = _READERS[kind](match, as_of)
            if span is not None:
                taken.append((start, end))
                whole = span if kind.endswith("range") else _opened(folded, start, end, span)
                results.append((start, end, kind, whole))
    yield from sorted(results, key=lambda each: each[0])


def _spoken(match: re.Match[str], language: str) -> bool:
    """Whether the words can mean time in that language."""
    primary = language.split("-")[0]
    words = set(match.group().split())
    for word in words & _ONLY_IN.keys():
        if primary not in (_ONLY_IN[word], "und"):
            return False
    return not any(primary in _NOT_IN[word] for word in words & _NOT_IN.keys())


@cache
def _joiner() -> re.Pattern[str]:
    """What stands between two dates that make a range."""
    return re.compile(rf"\W*(?:{_SMALL_WORDS}\W+)?{any_of(_words('to'))}(?:\W+{_SMALL_WORDS})?\W*|\s*[-–]\s*")


def _opened(folded: str, start: int, end: int, span: Window) -> Window:
    """`od 2020`, `posle 5. oktobra`, `2020'den beri`: the window opened on one side by the word beside it."""
    before = [word for word in folded[max(0, start - 20) : start].split() if word not in _YEAR_WORDS][-2:]
    behind = folded[end : end + 14].strip(" '.").split(" ", 1)[0]
    beside = {*before[-1:], " ".join(before), *({behind} & _TURKISH_BEHIND)}
    if beside & _words("since") or (beside & _words("from") and not _joiner().match(folded, end)):
        return Window(span.start, None)
    if beside & _words("until") and span.start:
        return Window(None, shift_days(span.start, -1))
    return span


def length_days(span: Window) -> int:
    return (span.end - span.start).days if span.start and span.end else 10**6


def shift_days(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return day


def day_window(year: int, month: int, day: int) -> Window | None:
    try:
        made = date(year, month, day)
    except ValueError:
        return None
    return Window(made, made)


def month_window(year: int, month: int) -> Window:
    return Window(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def year_window(year: int) -> Window:
    return Window(date(year, 1, 1), date(year, 12, 31))


def months_back(day: date, months: int) -> date:
    index = max(12, day.year * 12 + day.month - 1 - months)
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def unit_around(unit: str, day: date) -> Window:
    """The day, week from Monday, month or year that a day lies in."""
    if unit == "week":
        monday = shift_days(day, -day.weekday())
        return Window(monday, shift_days(monday, 6))
    return {"day": Window(day, day), "month": month_window(day.year, day.month), "year": year_window(day.year)}[unit]


def add_units(unit: str, day: date, steps: int) -> date:
    if unit in ("month", "year"):
        return months_back(day, -steps * (12 if unit == "year" else 1))
    return shift_days(day, steps * _DAYS_OF[unit])


def _number(match: re.Match[str]) -> int:
    word = match.groupdict().get("n") or match.groupdict().get("n2") or "0"
    return int(word) if word.isdigit() else NUMBER_WORDS[word]


def _either(match: re.Match[str], name: str) -> str:
    groups = match.groupdict()
    return str(groups.get(name) or groups.get(f"{name}2"))


def _read_full(match: re.Match[str], _: date) -> Window | None:
    return day_window(int(match["year"]), int(match["month"]), int(match["day"]))


def _read_day_month(match: re.Match[str], as_of: date, group: str = "day") -> Window | None:
    month, day = meanings("months")[match["name"]], int(match[group])
    if match["year"]:
        return day_window(int(match["year"]), month, day)
    this = day_window(as_of.year, month, day)
    if this and this.start and (this.start - as_of).days > _AHEAD_DAYS:
        return day_window(as_of.year - 1, month, day)
    return this


def _read_day_range(match: re.Match[str], as_of: date) -> Window | None:
    last = _read_day_month(match, as_of, "until")
    first = last and last.end and day_window(last.end.year, last.end.month, int(match["day"]))
    return Window(first.start, last.end) if first and last else None


def _read_year_range(match: re.Match[str], as_of: date) -> Window | None:
    first, last = int(match["year"]), match["until"]
    until = int(last) if len(last) == 4 else first // 100 * 100 + int(last)
    return Window(date(first, 1, 1), date(until, 12, 31)) if first <= until <= as_of.year + 10 else None


def _read_month_year(match: re.Match[str], _: date) -> Window:
    return month_window(int(match["year"]), meanings("months")[match["name"]])


def _read_month(match: re.Match[str], as_of: date) -> Window:
    month = meanings("months")[_either(match, "name")]
    ahead = (date(as_of.year, month, 1) - as_of).days > _AHEAD_DAYS
    return month_window(as_of.year - ahead, month)


def _read_which_month(match: re.Match[str], as_of: date) -> Window:
    month, which = meanings("months")[match["name"]], meanings("which")[match["which"]]
    past = which < 0 and month >= as_of.month
    return month_window(as_of.year - past + (which > 0 and month <= as_of.month), month)


def _read_ago(match: re.Match[str], as_of: date) -> Window:
    unit = _units()[_either(match, "unit")]
    day = add_units(unit, as_of, -_number(match))
    return Window(day, day) if unit in ("day", "week") else unit_around(unit, day)


def _read_past(match: re.Match[str], as_of: date) -> Window:
    unit = _units()[_either(match, "unit")]
    return Window(add_units(unit, as_of, -_number(match)), as_of)


def _read_which_unit(match: re.Match[str], as_of: date) -> Window:
    unit, steps = _units()[_either(match, "unit")], meanings("which")[_either(match, "which")]
    return unit_around(unit, add_units(unit, as_of, steps))


def _read_weekday(match: re.Match[str], as_of: date) -> Window:
    """The last such day, today included; `next` the one to come, `last` not today."""
    weekday = meanings("weekdays")[_either(match, "weekday")]
    which = meanings("which").get(_either(match, "which"), 0)
    back = (as_of.weekday() - weekday) % 7
    days = 7 - back if which > 0 else -(back or (7 if which < 0 else 0))
    day = shift_days(as_of, days)
    return Window(day, day)


def _read_day_word(match: re.Match[str], as_of: date) -> Window:
    day = shift_days(as_of, meanings("days")[match["word"]])
    return Window(day, day)


def _read_year_word(match: re.Match[str], as_of: date) -> Window:
    return year_window(as_of.year + meanings("year_words")[match["word"]])


def _read_year(match: re.Match[str], as_of: date) -> Window | None:
    year = int(match["year"])
    return year_window(year) if year <= as_of.year + 10 else None


_READERS: dict[str, Callable[[re.Match[str], date], Window | None]] = {
    "day_range": _read_day_range,
    "year_range": _read_year_range,
    "iso": _read_full,
    "numeric": _read_full,
    "day_month": _read_day_month,
    "month_day": _read_day_month,
    "month_year": _read_month_year,
    "ago": _read_ago,
    "past_n": _read_past,
    "which_unit": _read_which_unit,
    "which_weekday": _read_weekday,
    "which_month": _read_which_month,
    "year_word": _read_year_word,
    "day_word": _read_day_word,
    "weekday": _read_weekday,
    "month": _read_month,
    "year": _read_year,
}


@cache
def meanings(section: str) -> dict[str, int]:
    """What the folded words of a section of the table mean: months, weekdays, days, which, year_words."""
    return {form: int(value) for value, forms in table("dates")[section].items() for form in _forms(forms)}


@cache
def _units() -> dict[str, str]:
    return {form: unit for unit, forms in table("dates")["units"].items() for form in _forms(forms)}


@cache
def _words(section: str) -> frozenset[str]:
    return frozenset(_forms(table("dates")[section]["words"]))


def _forms(words: str) -> list[str]:
    return [fold(word).replace("_", " ") for word in words.split()]


def any_of(forms: Iterable[str]) -> str:
    """A pattern of the forms as whole words, the longest first."""
    return "(?:" + "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)) + ")"


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """One pattern a kind of expression, over folded text; tried in this order, the first that fits a place wins."""
    month, weekday, which = (any_of(meanings(name)) for name in ("months", "weekdays", "which"))
    before, behind, recent = (any_of(_words(name)) for name in ("ago_before", "ago_behind", "recent"))
    unit = any_of(_units())
    number = rf"(?P<n>\d{{1,3}}|{any_of(NUMBER_WORDS)})"
    year = r"(?P<year>(?:19|20)\d\d)"
    tail = r"(?:'?[a-z]{1,3})?\b"  # Turkish: 5 Ekim'de, 2024'te, Mart'tan
    to = rf"(?: ?(?:{any_of(_words('to'))}) ?)"
    sources = {
        "day_range": rf"(?<![\d.])(?P<day>\d\d?)\.?{to}(?P<until>\d\d?)\.? (?:of )?(?P<name>{month})\b(?:,? {year}\b)?",
        "year_range": rf"(?<![\w.,/-]){year} ?[-/–] ?(?P<until>(?:20|19)?\d\d)(?![\w-]|[.,]\d)",
        "iso": r"(?<!\d)(?P<year>(?:19|20)\d\d)-(?P<month>\d\d?)-(?P<day>\d\d?)(?!\d)",
        "numeric": r"(?<![\d.])(?P<day>\d\d?)(?:\. ?|/|-)(?P<month>\d\d?)(?:\. ?|/|-)" + year + r"(?!\d)",
        "day_month": rf"\b(?P<day>\d\d?)(?:st|nd|rd|th|is|i|η)?\.? (?:of )?(?P<name>{month})(?:'?[a-z]{{1,2}})?\b"
        rf"(?:,? (?:de )?{year}\b)?",
        "month_day": rf"\b(?P<name>{month})\.? (?P<day>\d\d?)(?:st|nd|rd|th)?\b(?!\d|[.:]\d)(?:,? {year}\b)?",
        "month_year": rf"\b(?P<name>{month})\.?,? (?:of |de |tou )?{year}{tail}",
        "ago": rf"\b(?:{before} (?:apo )?{number} (?P<unit>{unit})"
        rf"|{number} (?P<unit2>{unit}) {behind})\b",
        "past_n": rf"\b(?:{recent} {number} (?P<unit>{unit})|{number} (?P<unit2>{unit}) "
        rf"{recent})\b",
        "which_unit": rf"\b(?:(?P<which>{which}) (?P<unit>{unit})|(?P<unit2>{unit}) (?P<which2>{which}))\b",
        "which_weekday": rf"\b(?:(?P<which>{which}) (?P<weekday>{weekday})"
        rf"|(?P<weekday2>{weekday}) (?P<which2>{which}))\b",
        "which_month": rf"\b(?P<which>{which}) (?P<name>{month})\b",
        "year_word": rf"\b(?P<word>{any_of(meanings('year_words'))})\b",
        "day_word": rf"\b(?P<word>{any_of(meanings('days'))})\b",
        "weekday": rf"\b(?P<weekday>{weekday})\b",
        "month": rf"\b(?:(?:{any_of(_words('months_need'))}) (?P<name>{month})\b"
        rf"|(?P<name2>{_TURKISH_MONTHS})(?:'?(?:ta|da|te|de)| ay(?:i|inda|inin|ina|indan))\b)",
        "year": rf"(?<![\w.,/-]){year}(?![\w/-]|[.,]\d| ?[%€$]| {_COUNTED})(?:'?[a-z]{{1,3}}\b)?",
    }
    return {kind: re.compile(_numbered_groups(source)) for kind, source in sources.items()}


def _numbered_groups(source: str) -> str:
    """A second group of the same name gets a 2: Python allows each name once."""
    first = source.find("(?P<n>")
    if first < 0:
        return source
    head, rest = source[: first + 6], source[first + 6 :]
    return head + rest.replace("(?P<n>", "(?P<n2>")
