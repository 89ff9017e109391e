"""Whether an article mentions the names of a question, in any script, case or language."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from rag.question.parse import QuestionName
from rag.text.bearers import place_of_small_word
from rag.text.names import alike, names_of_text, phrases_of

_TEXTS = 4096  # analysed texts that are kept
_WORD = re.compile(r"[^\W\d_]+")
_LANGUAGES_OF_ONE_STATE = {
    **{"sr-Latn": "@rs", "sr-Cyrl": "@rs", "sr": "@rs", "hr": "@hr", "bs": "@ba", "cnr": "@me", "sl": "@si"},
    **{"mk": "@mk", "bg": "@bg", "ro": "@ro", "el": "@gr", "tr": "@tr"},
}
_DOMAINS = {"uk": "@gb"}


@dataclass(frozen=True, slots=True)
class TextContents:
    """What a text mentions: the keys of its names, run by run, and known bearers in any of its words."""

    runs: tuple[tuple[str, ...], ...]
    bearers: frozenset[str]
    text: str


@lru_cache(maxsize=_TEXTS)
def extract_contents(text: str) -> TextContents:
    """What a text mentions. The text is headline and passage, dateline included."""
    runs = tuple(run.keys for run in names_of_text(text).runs)
    return TextContents(
        runs,
        frozenset(key for run in runs for key in run if key[0] == "@") | _bearers(text),
        text,
    )


def _bearers(text: str) -> frozenset[str]:
    """The known bearers among words that may be written small: phrases (`Evropska unija`), adjectives, inhabitants."""
    words = _WORD.findall(text)
    return frozenset({*phrases_of(words), *map(place_of_small_word, set(words))}) - {""}


def home_of(language: str, url: str | None = None) -> frozenset[str]:
    """The state of an outlet, which its articles seldom name: by its address (`.rs`), else by its language."""
    domain = (urlsplit(url).hostname or "").rpartition(".")[2] if url else ""
    if len(domain) == len("rs"):
        return frozenset({_DOMAINS.get(domain, f"@{domain}")})
    state = _LANGUAGES_OF_ONE_STATE.get(language)
    return frozenset({state}) if state else frozenset()


def mentions_name(name: QuestionName, text: str, *, home: Collection[str] = ()) -> bool:
    """Whether a text names the bearer of a name in the question, in any form. The outlet's own state counts as named.

    A surname is enough for a full name, unless the text gives it another first name.
    """
    has = extract_contents(text)
    if len(name.keys) == 1 and name.keys[0][0] == "@":
        return name.keys[0] in has.bearers or name.keys[0] in home
    return any(_same(name.keys, run) for run in has.runs)


def _same(wanted: Sequence[str], run: Sequence[str]) -> bool:
    """Whether a run of name words is the wanted name: its last word, and none of what stands before speaks against."""
    for at in range(len(run) - 1, -1, -1):
        if alike(wanted[-1], run[at]):
            before, others = wanted[:-1], run[:at]
            return not before or not others or any(alike(one, other) for one in before for other in others)
    return False
