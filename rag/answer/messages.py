"""Telal's own sentences in the reader's language, from messages.toml and notices.toml, and days as it writes them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from rag.text.languages import LANGUAGES, find_language


@cache
def catalogue(name: str = "messages") -> dict[str, dict[str, str]]:
    """Message id -> language -> sentence; in `notices` the English notice of a degraded mode is the id."""
    return tomllib.loads(files("rag.answer").joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def localise_notice(notice: str, language: str) -> str:
    """A notice about a degraded mode in `language`; the English notice where there is no translation."""
    return _chosen(catalogue("notices").get(notice, {}), language) or notice


def message(name: str, language: str) -> str:
    """The sentence `name` in `language`, or in English where there is no translation. Raises KeyError for an unknown
    name."""
    table = catalogue()[name]
    return _chosen(table, language) or table["en"]


def _chosen(table: Mapping[str, str], language: str) -> str | None:
    known = find_language(language)
    return table.get(known.tag) if known else None


def day_name(day: date, language: str) -> str:
    """A day as the language writes it: 2 May 2022, 2. maja 2022., 2 Μαΐου 2022."""
    return re.sub(r"\s(?:г|р)\.$", "", format_date(day, format="long", locale=_locale(language)))


@cache
def _locale(language: str) -> Locale:
    known, other = find_language(language), LANGUAGES["en"].locale
    try:
        return Locale.parse(known.locale if known else other if language == "und" else language.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse(other)
