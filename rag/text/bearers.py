"""Who bears a name: states from CLDR (Babel), and our table of exonyms, historical, contested and foreign names."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources

from babel import Locale

from rag.text.phones import stem_of_name
from rag.text.script import fold

LONGEST = 7  # words in the longest phrase that is looked for in running text, linking words counted
_LOCALES = ("en", "sr", "sr_Latn", "hr", "bs", "sl", "mk", "bg", "sq", "ro", "el", "tr")
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_]+")
# What an apostrophe or a hyphen hangs on a name: Erdoğan'ın, Kurti's, NATO-a; not O'Brien.
_HANGING = re.compile(r"(?<=[^\W\d_]{2})['’ʼ].*|(?<=[^\W\d_]{3})-.{1,3}$|(?<=\b[A-ZА-Я]{2})-.{1,3}$", re.DOTALL)
_LINKS = frozenset(
    "e i të së te se of the de la dhe and in ve și si и και von der van al el bin na од на od st a le lui".split()
)
_ACRONYM_LENGTHS = range(2, 6)


class stems:  # noqa: N801  (a namespace of three small functions)
    """How the words of a phrase become its key in the table."""

    @staticmethod
    def bare(word: str) -> str:
        """The word without what hangs on it."""
        return _HANGING.sub("", word)

    @staticmethod
    def is_link(word: str) -> bool:
        """Whether it is one of the small words inside names (`Bosna i Hercegovina`)."""
        return word in _LINKS

    @staticmethod
    def of_words(words: list[str]) -> str:
        """The stems joined by spaces, linking words left out."""
        return " ".join(filter(None, (stem_of_name(stems.bare(word)) for word in words if not stems.is_link(word))))


@cache
def bearers() -> dict[str, str]:
    """The key of every phrase of the tables with its bearer (`@xk`, `@skopje`); a key that two bear is left out."""
    found: dict[str, set[str]] = {}
    for bearer, name in _rows():
        key = stems.of_words(_WORD.findall(name))
        if len(key) > 2:
            found.setdefault(key, set()).add(bearer)
    return {key: min(names) for key, names in found.items() if len(names) == 1}


@cache
def openings() -> frozenset[str]:
    """The first stems of all phrases of two words and more."""
    return frozenset(key.split(" ", 1)[0] for key in bearers() if " " in key)


@cache
def _acronyms() -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for bearer, name in _own_rows():
        letters = name.replace(".", "")
        if letters.isupper() and len(letters) in _ACRONYM_LENGTHS:
            found.setdefault(fold(letters), set()).add(bearer)
    return {key: min(names) for key, names in found.items() if len(names) == 1}


def bearer_of_acronym(word: str) -> str:
    """The bearer of an acronym in capitals (ЕУ, U.S., NATO-a), or nothing."""
    if not word[:2].isupper() and word[1:2] != ".":
        return ""
    letters = stems.bare(word).replace(".", "")
    if len(letters) not in _ACRONYM_LENGTHS or not letters.isupper():
        return ""
    return _acronyms().get(fold(letters), "")


def warm_up() -> None:
    """Load the tables (a quarter of a second) before the first question needs them."""
    openings(), _acronyms()


@cache
def _own_rows() -> tuple[tuple[str, str], ...]:
    text = resources.files("rag.text").joinpath("data/names.toml").read_text(encoding="utf-8")
    table: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    return tuple(
        (f"@{bearer.casefold()}", name)
        for groups in table.values()
        for bearer, names in groups.items()
        for name in names
    )


def _rows() -> Iterator[tuple[str, str]]:
    """Our own rows, then CLDR's names of states where ours do not say otherwise."""
    yield from _own_rows()
    ours = {stems.of_words(_WORD.findall(name)) for _, name in _own_rows()}
    for locale in _LOCALES:
        for code, name in Locale.parse(locale).territories.items():
            if len(code) == 2 and stems.of_words(_WORD.findall(name)) not in ours:
                yield f"@{code.casefold()}", name
