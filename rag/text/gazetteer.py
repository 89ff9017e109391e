"""Looks up which entity a name stands for: states and cities from CLDR, and a table of exonyms, historical, contested
and foreign names.

A stem finds the rows (`rag/text/phones.py`). A single word stands for a row's name only if it is that name with a case
ending or article, so `malo` is not Mali, nor `Perry` Peru. An entity is written `@xk`, `@europe/skopje`.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from rag.text.cldr import city_name, peoples, place_name, places
from rag.text.language import family
from rag.text.phones import letters_of_name, stem_of_name
from rag.text.script import fold, to_cyrillic
from rag.text.tables import table, words

_SHORT = 3  # letters
_ROMANIAN = re.compile("[ăâîșț]")
LONGEST = 7  # words in the longest phrase that is looked for in running text, linking words counted
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_]+")
# What an apostrophe or a hyphen hangs on a name: Erdoğan'ın, Kurti's, NATO-a; not O'Brien.
_HANGING = re.compile(r"(?<=[^\W\d_]{2})['’ʼ].*|(?<=[^\W\d_]{3})-.{1,3}$|(?<=\b[A-ZА-Я]{2})-.{1,3}$", re.DOTALL)
LINKS = words(table("joining")["names"]["phrase"])
_PEOPLES = "peoples"
_PLACES = frozenset({"countries", "cities", "regions"})
# Typed without the apostrophe: kosovada, istanbuldan.
_TURKISH_CASE = re.compile(r"(?<=[^\W\d_]{5})[dt][ae]n?$")
_ACRONYM_LENGTHS = range(2, 6)
_CUT = frozenset("aoeE")  # final vowels that a case ending takes the place of: Srbija, Srbije
_ADJECTIVE = re.compile(
    r"^(?P<base>\w{4,}?)(?:(?<=c)|s)k(?:i|a|o|e|u|oga?|ome?|oj|ih|ima?|ega|em|iot|ite|ata|oto|iya|ija)$"
)
_VOWELS = frozenset("aeiouE")
_OWN_LETTERS = re.compile("[\u0370-\u03ff\u1f00-\u1fffъЪ]")
_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
_SCRIPTS_OF_THEIRS = re.compile("[\u0370-\u04ff\u1f00-\u1fff]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One name of an entity: `@xk`, `Kosovo`, and the kind that our table files it under (`countries`, `people`)."""

    entity: str
    name: str
    kind: str


@lru_cache(maxsize=100_000)
def _bare(word: str) -> str:
    """Cuts what an apostrophe or a hyphen hangs on a word."""
    return _HANGING.sub("", word)


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    """Returns a word's part in the key of a phrase; "" for small words inside names (`Bosna i Hercegovina`)."""
    return "" if word in LINKS else stem_of_name(_bare(word))


@dataclass(frozen=True, slots=True)
class NamePart:
    """Words of a run from word `at` on, with their key. `known`: the key is an entity of the gazetteer."""

    at: int
    length: int
    key: str
    known: bool


@dataclass(frozen=True, slots=True)
class _Table:
    phrases: dict[str, str]
    words: dict[str, tuple[Row, ...]]
    acronyms: dict[str, str]


def segment(words: list[str]) -> list[NamePart]:
    """Splits words into known phrases, the longest first, and single words; words without a key are left out."""
    stems = [_stem(word) for word in words] if len(words) > 1 else [stem_of_name(_bare(word)) for word in words]
    parts, at = [], 0
    while at < len(words):
        length, entity = _longest(words, stems, at)
        key = entity or stems[at]
        if len(key) > 1:
            parts.append(NamePart(at, length, sys.intern(key), bool(entity)))
        at += length
    return parts


def find_entities(words: list[str]) -> tuple[set[str], list[str]]:
    """The known entities of two words and more among all words of a text, wherever their capitals stand, and the words
    outside of these: the Srpska of "Republika Srpska" tells of no Serbia.
    """
    stems = [_stem(word) for word in words]
    found: set[str] = set()
    rest, at = [], 0
    while at < len(words):
        length, entity = _phrase(stems, at) if stems[at] in openings() else (1, "")
        if entity:
            found.add(entity)
        else:
            rest.append(words[at])
        at += length
    return found, rest


def _longest(words: list[str], stems: list[str], at: int) -> tuple[int, str]:
    """Returns how many words from `at` on make the longest known phrase, and its entity; 1 and "" where none does."""
    length, entity = _phrase(stems, at) if stems[at] in openings() else (1, "")
    return length, entity or entity_of(words[at])


def _phrase(stems: list[str], at: int) -> tuple[int, str]:
    for length in range(min(LONGEST, len(stems) - at), 1, -1):
        entity = _table().phrases.get(" ".join(filter(None, stems[at : at + length])), "")
        if entity and stems[at + length - 1]:
            return length, entity
    return 1, ""


@lru_cache(maxsize=100_000)
def entity_of(word: str) -> str:
    """Returns the entity of a single word (Kosovu, ЕУ, U.S., NATO-a), or "" where it has none or several."""
    acronym = _entity_of_acronym(word)
    if acronym:
        return acronym
    rows = _rows_of(_bare(word))
    found = {row.entity for row in rows}
    if len(found) > 1:
        letters = letters_of_name(_bare(word))
        found = {row.entity for row in rows if letters_of_name(row.name) == letters}
    return min(found) if len(found) == 1 else ""


def entity_of_adjective(word: str) -> str:
    """Returns the place that a South Slavic adjective is made of (`beogradski`, `tuzlanskog`, `зеничком`), or ""."""
    made = _ADJECTIVE.search(fold(word))
    if not made:
        return ""
    found: set[str] = set()
    for base in (made["base"], made["base"].removesuffix("an")):
        stem = stem_of_name(base)
        found = {row.entity for row in _table().words.get(stem, ()) if row.kind == "cities"} if len(stem) > 3 else found
        if found:
            break
    return min(found) if len(found) == 1 else ""


@lru_cache(maxsize=100_000)
def entity_of_small_word(word: str) -> str:
    """Returns the place of a word without a capital: an adjective, inhabitants (`bugarski`, `tuzlanski`, `Bugari`)."""
    return (entity_of(word) if is_demonym(word) else "") or entity_of_adjective(word)


def is_demonym(word: str) -> bool:
    """Tells whether a word is an adjective or an inhabitant of a state (`bugarski`, `Bugari`)."""
    return any(row.kind == _PEOPLES for row in _rows_of(_bare(word)))


def _rows_of(word: str) -> list[Row]:
    """Returns the rows of which a word is a form. In Greek many spellings sound alike, so Greek rows count first."""
    for bare in (word, _TURKISH_CASE.sub("", word)):
        found = [row for row in _table().words.get(stem_of_name(bare), ()) if _is_form(word, row.name)]
        if _GREEK.search(word):
            theirs = {row.entity for row in _table().words.get(stem_of_name(bare), ()) if _GREEK.search(row.name)}
            found = [row for row in found if row.entity not in theirs or _GREEK.search(row.name)]
        if found:
            return found
    return []


@cache
def openings() -> frozenset[str]:
    """Returns the first stems of all phrases of two words and more."""
    return frozenset(key.split(" ", 1)[0] for key in _table().phrases)


def warm_up() -> None:
    """Loads the tables (half a second) before the first question needs them."""
    openings()


def _entity_of_acronym(word: str) -> str:
    if not word[:2].isupper() and word[1:2] != ".":
        return ""
    letters = _bare(word).replace(".", "")
    if len(letters) not in _ACRONYM_LENGTHS or not letters.isupper():
        return ""
    return _table().acronyms.get(fold(letters), "")


def _is_form(word: str, name: str) -> bool:
    """Tells whether a word is a name with an ending.

    Greek writes b as mb and Bulgarian has a vowel that nobody else has, so they do not speak for words in Latin.
    """
    if _OWN_LETTERS.search(name) and not _SCRIPTS_OF_THEIRS.search(word):
        return False
    if _ROMANIAN.search(name) and (_CYRILLIC.search(word) or (word.islower() and word.isascii())):
        return False  # "roman" is a novel, "român" a Romanian
    if word.isupper() and len(word) <= _SHORT and word.casefold() != name.casefold():
        return False  # NIS is a company, NIŠ a city
    if _GREEK.search(name) and not fold(word).startswith(fold(name)[:-2]):
        return False  # many spellings, one sound: κοινά, Κίνα
    written, base = letters_of_name(word), letters_of_name(name)
    if not _CYRILLIC.search(word):
        written, base = written.replace("S", "s"), base.replace("S", "s")
    if written == base:
        return True
    if name.isupper():
        return False
    return any(written.startswith(stem) and written[len(stem) :] in endings() for stem in _inflecting(base))


def _inflecting(base: str) -> Iterator[str]:
    """Yields the stems that endings are put to: Srbij-, Amerik- and Americ-, Skadar- and Skadr-, Mali-."""
    stem = base[:-1] if base[-1:] in _CUT else base
    yield from {stem, base}
    if stem[-1:] == "k":
        yield stem[:-1] + "c"
    if base.endswith("ski"):
        yield base[:-1]
    if len(stem) > len("abc") and stem[-2:-1] in _VOWELS and stem[-1] not in _VOWELS:
        yield stem[:-2] + stem[-1]


@cache
def endings() -> frozenset[str]:
    """Returns the endings of all languages in the letters of names."""
    written = table("endings").values()
    return frozenset(letters_of_name(ending) for some in written for ending in some.split())


@cache
def _own_rows() -> tuple[Row, ...]:
    held: dict[str, dict[str, list[str]]] = table("names")
    return tuple(
        Row(f"@{entity.casefold()}", name, kind)
        for kind, groups in held.items()
        for entity, names in groups.items()
        for name in names
    )


def _rows() -> Iterator[Row]:
    """Yields our own rows, then CLDR's names where ours do not say otherwise; a city that ours names too is one with
    it."""
    ours, same = _own_keys(), _cities()
    yield from _own_rows()
    for kind, found in (("", places()), (_PEOPLES, peoples())):
        for place in found:
            entity = same.get(place.id, f"@{place.id}")
            if entity in ours.get(_key(place.name), {entity}):
                yield Row(entity, place.name, kind or ("cities" if "/" in place.id else "countries"))


@cache
def _own_keys() -> dict[str, set[str]]:
    keys: dict[str, set[str]] = defaultdict(set)
    for row in _own_rows():
        keys[_key(row.name)].add(row.entity)
    return dict(keys)


@cache
def _cities() -> dict[str, str]:
    """Returns the entity of each of CLDR's cities (`europe/skopje`) that our rows name too."""
    ours = _own_keys()
    return {p.id: min(ours[_key(p.name)]) for p in places() if "/" in p.id and _key(p.name) in ours}


def name_in(entity: str, language: str) -> str:
    """Returns the name of a state, a city or a person (`@xk`, `@vienna`, `@trump`) in a language, or "" where no table
    has it."""
    cities = table("cities")["names"].get(entity[1:], {})
    zone = entity[1:] if "/" in entity else next((zone for zone, own in _cities().items() if own == entity), "")
    own = cities.get(language) or cities.get(family(language), "")
    if own:
        return to_cyrillic(own) if language == "sr-Cyrl" else str(own)
    return place_name(entity, language) or (city_name(zone, language) if zone else "")


def person_known(entity: str) -> str:
    """Returns the name of a person of the table: `@trump`: Trump; "" for another entity."""
    return str(next(iter(table("names")["people"].get(entity[1:], ())), ""))


def place_of(words: list[str]) -> str:
    """Returns the state, city or region that is all that some words name, in any case; "" for a people."""
    parts = segment(words)
    if len(parts) != 1 or not parts[0].known or parts[0].length != len(words):
        return ""
    entity = parts[0].key
    kinds = {row.kind for row in _rows_of(_bare(words[0])) if row.entity == entity} if len(words) == 1 else {"cities"}
    return entity if kinds & _PLACES and words[0][0].isupper() else ""


def _key(name: str) -> str:
    return " ".join(filter(None, map(_stem, _WORD.findall(name))))


@cache
def _table() -> _Table:
    phrases: dict[str, set[str]] = defaultdict(set)
    words: dict[str, list[Row]] = defaultdict(list)
    acronyms: dict[str, set[str]] = defaultdict(set)
    for row in _rows():
        key = _key(row.name)
        if " " in key:
            phrases[key].add(row.entity)
        elif len(key) > 1:
            words[key].append(row)
        bare = row.name.replace(".", "")
        if bare.isupper() and len(bare) in _ACRONYM_LENGTHS:
            acronyms[fold(bare)].add(row.entity)
    return _Table(_sole(phrases), {key: tuple(rows) for key, rows in words.items()}, _sole(acronyms))


def _sole(found: dict[str, set[str]]) -> dict[str, str]:
    """Returns the entity of each key that stands for only one."""
    return {key: min(entities) for key, entities in found.items() if len(entities) == 1}


@cache
def _ordinary_words() -> dict[str, frozenset[str]]:
    return {kin: words(written) for kin, written in table("ordinary").items()}


def is_ordinary(word: str, language: str) -> bool:
    """Tells whether a word without a capital is more often an ordinary word of that language than a name."""
    return fold(word) in _ordinary_words().get(family(language), frozenset())
