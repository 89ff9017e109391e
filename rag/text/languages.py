"""The languages that Telal is at home in, one record each: `data/languages.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rag.text.tables import table


@dataclass(frozen=True, slots=True)
class Language:
    """A language in one script.

    tag: BCP 47.
    name, english: its name in itself and in English.
    script: ISO 15924.
    family: the languages that are searched as one share it.
    locale: its CLDR locale, for days and for the names of places; that of a related language where CLDR lacks it.
    also: other tags for it, older, national or without the script.
    state: ISO code of the state that its outlets are of; "" where they are of several.
    zone: the time zone of most of its readers; "" where they live in many.
    letters: its small letters beyond ASCII.
    charsets: the eight-bit character sets that were made for it, as Python names them.
    adjective: whether its names of languages are adjectives of states too: `bugarski`, Bulgarian; not `bullgarisht`.
    """

    tag: str
    name: str
    english: str
    script: str
    family: str
    locale: str
    also: tuple[str, ...] = ()
    state: str = ""
    zone: str = ""
    letters: str = ""
    charsets: tuple[str, ...] = ()
    adjective: bool = False

    @property
    def primary(self) -> str:
        """The primary subtag, the same for each script of a language."""
        return self.tag.split("-")[0]


def _record(tag: str, fields: Mapping[str, Any]) -> Language:
    several = {name: tuple(fields.get(name, "").split()) for name in ("also", "charsets")}
    given = {"family": tag.split("-")[0], "locale": tag.replace("-", "_"), **fields, **several}
    return Language(tag, **given)


LANGUAGES: dict[str, Language] = {tag: _record(tag, fields) for tag, fields in table("languages").items()}
_BY_TAG = {tag.lower(): one for one in LANGUAGES.values() for tag in (*one.also, one.tag)}


@lru_cache(maxsize=256)
def find_language(tag: str) -> Language | None:
    """The record of a BCP 47 tag, of its longest beginning that has one (`sr-Cyrl-ME`: sr-Cyrl); None for another
    language."""
    parts = tag.lower().split("-")
    begun = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((_BY_TAG[part] for part in begun if part in _BY_TAG), None)


def scripts_of(subtag: str) -> frozenset[str]:
    """The scripts in which a language, named by its primary subtag, or the languages of a family are written."""
    return frozenset(one.script for one in LANGUAGES.values() if subtag in (one.primary, one.family))
