"""States, larger cities and peoples by their names in the region's languages, as CLDR has them (Unicode licence)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from babel import Locale
from babel.core import get_global

_LOCALES = ("en", "sr", "sr_Latn", "hr", "bs", "sl", "mk", "bg", "sq", "ro", "el", "tr")
# Where a language's name is also the adjective: bugarski, Bulgarian; not bullgarisht, bolgarščina.
_WITH_ADJECTIVES = ("en", "sr", "sr_Latn", "hr", "mk", "bg", "ro", "el", "tr")
# Languages that one state is known by, and that have no homograph among ordinary words as small ones do (Ewe, Thai).
_OF_ONE_STATE = "sq bg hr sr mk el tr ro ru uk de fr it hu pl cs sk sl zh ja ko nl sv da fi he fa hy ka az bs".split()
_NO_CITY = frozenset({"Etc"})
_ISO = 2  # letters of a state's code; the rest are groups of states


@dataclass(frozen=True, slots=True)
class Place:
    """A place by an id of its own (`xk`, `europe/skopje`) and its name in one language."""

    id: str
    name: str


def places() -> Iterator[Place]:
    """Each name of each place, states first. A city is one that CLDR names a time zone after."""
    locales = [Locale.parse(locale) for locale in _LOCALES]
    for locale in locales:
        for code, name in locale.territories.items():
            if len(code) == _ISO and code.isalpha():
                yield Place(code.casefold(), name)
    zones = {zone for locale in locales for zone in locale.time_zones if zone.count("/") == 1}
    for zone in sorted(zones):
        if zone.split("/")[0] not in _NO_CITY:
            yield from _city(zone, locales)


def _city(zone: str, locales: list[Locale]) -> Iterator[Place]:
    """A zone's city; where a locale has no name for it, it is the zone's own (America/New_York)."""
    own = zone.rsplit("/", 1)[1].replace("_", " ")
    yield Place(zone.casefold(), own)
    for locale in locales:
        city = locale.time_zones.get(zone, {}).get("city")
        if city:
            yield Place(zone.casefold(), city)


def peoples() -> Iterator[Place]:
    """The adjectives of states (`hr`: hrvatski, Croatian), by the state in which most speak the language."""
    likely: dict[str, str] = get_global("likely_subtags")
    for locale in map(Locale.parse, _WITH_ADJECTIVES):
        for language in _OF_ONE_STATE:
            yield Place(likely[language].rpartition("_")[2].casefold(), locale.languages[language])
