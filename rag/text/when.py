"""The words for time of the region's languages, read from `data/dates.toml` and folded, as patterns and tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from rag.text import tables
from rag.text.numbers import NUMBER_WORDS
from rag.text.script import fold


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Folded words with what they mean."""

    months: dict[str, int]
    weekdays: dict[str, int]
    days: dict[str, int]
    units: dict[str, str]
    which: dict[str, int]
    year_words: dict[str, int]
    ago_before: frozenset[str]
    ago_behind: frozenset[str]
    recent: frozenset[str]
    since: frozenset[str]
    from_: frozenset[str]
    to: frozenset[str]
    until: frozenset[str]
    month_openers: frozenset[str]
    latest: frozenset[str]


@cache
def lexicon() -> Lexicon:
    """The tables, read once."""
    table: dict[str, dict[str, str]] = tables.table("data/dates")
    lists = {name: frozenset(_forms(table[name]["words"])) for name in table if "words" in table[name]}
    return Lexicon(
        months=_number(table["months"]),
        weekdays=_number(table["weekdays"]),
        days=_number(table["days"]),
        units={form: unit for unit, forms in table["units"].items() for form in _forms(forms)},
        which=_number(table["which"]),
        year_words=_number(table["year_words"]),
        ago_before=lists["ago_before"],
        ago_behind=lists["ago_behind"],
        recent=lists["recent"],
        since=lists["since"],
        from_=lists["from"],
        to=lists["to"],
        until=lists["until"],
        month_openers=lists["months_need"],
        latest=lists["latest"],
    )


def _forms(words: str) -> list[str]:
    return [fold(word).replace("_", " ") for word in words.split()]


def _number(table: dict[str, str]) -> dict[str, int]:
    return {form: int(value) for value, forms in table.items() for form in _forms(forms)}


def any_of(forms: Iterable[str]) -> str:
    """A pattern of the forms as whole words, the longest first."""
    return "(?:" + "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)) + ")"


# 2000 evra is an amount, not a year.
_COUNTED = (
    r"(?:evr|eur|din|dolar|dollar|ljud|people|leka?\b|lir|mar[ka]|km\b|lev|lej|lei\b|vojnik|soldier|kunq?|njerez|oamen|\
kisi|atom|hora|dusi|metar|metr|kilomet|tona|ton)"
)


_TURKISH_MONTHS = "(?:ocak|subat|mart|nisan|mayis|haziran|temmuz|agustos|eylul|ekim|kasim|aralik)"


@cache
def patterns() -> dict[str, re.Pattern[str]]:
    """One pattern a kind of expression, over folded text; tried in this order, the first that fits a place wins."""
    words = lexicon()
    month, unit, which = any_of(words.months), any_of(words.units), any_of(words.which)
    number = rf"(?P<n>\d{{1,3}}|{any_of(NUMBER_WORDS)})"
    year = r"(?P<year>(?:19|20)\d\d)"
    tail = r"(?:'?[a-z]{1,3})?\b"  # Turkish: 5 Ekim'de, 2024'te, Mart'tan
    to = rf"(?: ?(?:{any_of(words.to)}) ?)"
    sources = {
        "day_range": rf"(?<![\d.])(?P<day>\d\d?)\.?{to}(?P<until>\d\d?)\.? (?:of )?(?P<name>{month})\b(?:,? {year}\b)?",
        "year_range": rf"(?<![\w.,/-]){year} ?[-/–] ?(?P<until>(?:20|19)?\d\d)(?![\w-]|[.,]\d)",
        "iso": r"(?<!\d)(?P<year>(?:19|20)\d\d)-(?P<month>\d\d?)-(?P<day>\d\d?)(?!\d)",
        "numeric": r"(?<![\d.])(?P<day>\d\d?)(?:\. ?|/|-)(?P<month>\d\d?)(?:\. ?|/|-)" + year + r"(?!\d)",
        "day_month": rf"\b(?P<day>\d\d?)(?:st|nd|rd|th|is|i|η)?\.? (?:of )?(?P<name>{month})(?:'?[a-z]{{1,2}})?\b"
        rf"(?:,? (?:de )?{year}\b)?",
        "month_day": rf"\b(?P<name>{month})\.? (?P<day>\d\d?)(?:st|nd|rd|th)?\b(?!\d|[.:]\d)(?:,? {year}\b)?",
        "month_year": rf"\b(?P<name>{month})\.?,? (?:of |de |tou )?{year}{tail}",
        "ago": rf"\b(?:{any_of(words.ago_before)} (?:apo )?{number} (?P<unit>{unit})"
        rf"|{number} (?P<unit2>{unit}) {any_of(words.ago_behind)})\b",
        "past_n": rf"\b(?:{any_of(words.recent)} {number} (?P<unit>{unit})|{number} (?P<unit2>{unit}) "
        rf"{any_of(words.recent)})\b".replace("(?P<n>", "(?P<n>", 1),
        "which_unit": rf"\b(?:(?P<which>{which}) (?P<unit>{unit})|(?P<unit2>{unit}) (?P<which2>{which}))\b",
        "which_weekday": rf"\b(?:(?P<which>{which}) (?P<weekday>{any_of(words.weekdays)})"
        rf"|(?P<weekday2>{any_of(words.weekdays)}) (?P<which2>{which}))\b",
        "which_month": rf"\b(?P<which>{which}) (?P<name>{month})\b",
        "year_word": rf"\b(?P<word>{any_of(words.year_words)})\b",
        "day_word": rf"\b(?P<word>{any_of(words.days)})\b",
        "weekday": rf"\b(?P<weekday>{any_of(words.weekdays)})\b",
        "month": rf"\b(?:(?:{any_of(words.month_openers)}) (?P<name>{month})\b"
        rf"|(?P<name2>{_TURKISH_MONTHS})'?(?:ta|da|te|de)\b)",
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
