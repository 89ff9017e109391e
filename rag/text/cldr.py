"""Names of places, days, numbers, money and units as each of our languages writes them, from CLDR by way of babel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_interval, format_skeleton
from babel.numbers import (
    format_compact_decimal,
    format_decimal,
    get_currency_name,
    get_currency_unit_pattern,
    get_decimal_symbol,
)
from babel.units import format_unit

from rag.text.languages import LANGUAGES, Language, find_language

# Languages that one state is known by, and that have no homograph among ordinary words as small ones do (Ewe, Thai).
_OF_ONE_STATE = "sq bg hr sr mk el tr ro ru uk de fr it hu pl cs sk sl zh ja ko nl sv da fi he fa hy ka az bs".split()
_NO_CITY = frozenset({"Etc"})
_ISO = 2  # letters of a state's code; the rest are groups of states
_YEAR_MARK = re.compile(r"\s(?:г|р)\.$")
_LENGTHS = ("long", "short")  # of units: Albanian and Turkish have some only in short


@cache
def locale(language: str) -> Locale:
    """The locale of a language, British English where CLDR does not know it."""
    known, other = find_language(language), LANGUAGES["en"].locale
    try:
        return Locale.parse(known.locale if known else other if language == "und" else language.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse(other)


@cache
def _places_of(language: str) -> Locale:
    """The locale of its script, whatever the state: names of places do not differ by state."""
    of = locale(language)
    return Locale(of.language, script=of.script)


def english_name(language: str) -> str:
    """A language in English; "" for one that CLDR does not know."""
    try:
        return str(Locale.parse(language).english_name)
    except (ValueError, UnknownLocaleError):
        return ""


def own_name(language: Language) -> str:
    """A language's name in itself as it stands in a sentence: hrvatski, English."""
    small = locale(language.tag).languages["en"][:1].islower()
    return language.name[:1].lower() + language.name[1:] if small else language.name


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A place by an id of its own (`xk`, `europe/skopje`) and its name in one language."""

    id: str
    name: str


def places() -> Iterator[PlaceName]:
    """Each name of each place, states first. A city is one that CLDR names a time zone after."""
    locales = list({str(one): one for one in map(_places_of, LANGUAGES)}.values())
    for one in locales:
        for code, name in one.territories.items():
            if len(code) == _ISO and code.isalpha():
                yield PlaceName(code.casefold(), name)
    zones = {zone for one in locales for zone in one.time_zones if zone.count("/") == 1}
    for zone in sorted(zones):
        if zone.split("/")[0] not in _NO_CITY:
            # where a locale has no name for its city: New York of America/New_York
            yield PlaceName(zone.casefold(), zone.rsplit("/", 1)[1].replace("_", " "))
            for one in locales:
                city = one.time_zones.get(zone, {}).get("city")
                if city:
                    yield PlaceName(zone.casefold(), city)


def peoples() -> Iterator[PlaceName]:
    """The adjectives of states (`hr`: hrvatski, Croatian), by the state in which most speak the language."""
    likely: dict[str, str] = get_global("likely_subtags")
    for one in LANGUAGES.values():
        for language in _OF_ONE_STATE if one.adjective else ():
            yield PlaceName(likely[language].rpartition("_")[2].casefold(), _places_of(one.tag).languages[language])


def place_name(entity: str, language: str) -> str:
    """A state (`@xk`) as a language names it; "" for another entity."""
    return str(_places_of(language).territories.get(entity[1:].upper(), "")).replace(" & ", " and ")


def city_name(zone: str, language: str) -> str:
    """The city of a time zone (`europe/skopje`) as a language names it; "" where CLDR does not say."""
    zones = _places_of(language).time_zones
    known = next((name for name in zones if name.casefold() == zone), "")
    return str(zones[known].get("city", "")) if known else ""


def day_name(day: date, language: str) -> str:
    """A day as the language writes it: 2 May 2022, 2. maj 2022., 2 Μαΐου 2022."""
    return _YEAR_MARK.sub("", format_date(day, format="long", locale=locale(language)))


def month_name(day: date, language: str) -> str:
    """The month of a day with its year: May 2022."""
    return _YEAR_MARK.sub("", format_skeleton("yMMMM", day, locale=locale(language)))


def day_of_year(day: date, language: str) -> str:
    """A day without its year: 2 May."""
    return str(format_skeleton("MMMMd", day, locale=locale(language)))


def month_of_year(day: date, language: str) -> str:
    """The month of a day, by itself: May."""
    return str(locale(language).months["stand-alone"]["wide"][day.month])


def weekday_name(day: date, language: str) -> str:
    """The name of the weekday that a day falls on."""
    return str(locale(language).days["stand-alone"]["wide"][day.weekday()])


def days_name(first: date, last: date, language: str) -> str:
    """The days from one to another: 2–5 May 2022."""
    return _YEAR_MARK.sub("", format_interval(first, last, "yMMMd", locale=locale(language)))


def decimal_mark(language: str) -> str:
    """What a language writes before decimals."""
    return str(get_decimal_symbol(locale(language)))


def number_name(number: Decimal, language: str, *, scale: int = 1) -> str:
    """`number * scale` in the language's form, decimals as given: 652,678; 2.30 million with `scale`.

    Thousands, and a number that is not of one to three digits, are written out.
    """
    decimals = max(0, -int(number.as_tuple().exponent))
    if scale > 1000 and 1 <= abs(number) < 1000:
        return str(
            format_compact_decimal(
                number * scale, format_type="long", locale=locale(language), fraction_digits=decimals
            )
        )
    written = "#,##0" + ("." + "0" * decimals if decimals and scale == 1 else ".############")
    return str(format_decimal(number * scale, format=written, locale=locale(language)))


def money_name(number: Decimal, currency: str, language: str, *, scale: int = 1, told: str = "") -> str:
    """An amount of a currency (ISO 4217): 20,000 euros. `told`: said in place of the number, a range."""
    own, value = locale(language), number * scale
    pattern = get_currency_unit_pattern(currency, count=value, locale=own)
    name = get_currency_name(currency, count=value, locale=own)
    return str(pattern.format(told or number_name(number, language, scale=scale), name))


def unit_name(number: Decimal, unit: str, language: str, *, scale: int = 1, told: str = "") -> str:
    """A number of a unit (a CLDR id, `length-kilometer`): 30 kilometres. `told`: as for money."""
    value = number * scale
    for length in _LENGTHS if unit != "concentr-percent" else ("short",):
        made = str(format_unit(value, unit, length=length, format="0", locale=locale(language)))
        if unit not in made:
            break
    written = str(format_decimal(value, format="0", locale=locale(language)))
    return made.replace(written, told or number_name(number, language, scale=scale), 1)
