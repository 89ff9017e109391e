"""Tells whether an article mentions the names and days of a question, in any script, case or language."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import urlsplit

from rag.question.question import QuestionName
from rag.text.dates import find_dates
from rag.text.gazetteer import entity_of, entity_of_small_word, find_entities
from rag.text.languages import find_language
from rag.text.name_match import same_name
from rag.text.names import names_of_text
from rag.types import Window

_TEXTS = 4096  # analysed texts that are kept
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")
_DOMAINS = {"uk": "@gb"}


@dataclass(frozen=True, slots=True)
class TextContents:
    """The keys of a text's names, run by run, its known entities and its years."""

    runs: tuple[tuple[str, ...], ...]
    entities: frozenset[str]
    years: frozenset[int]


@lru_cache(maxsize=_TEXTS)
def extract_contents(text: str) -> TextContents:
    """Extracts names, entities and years from a text: headline and passage, dateline included."""
    runs = tuple(run.keys for run in names_of_text(text).runs)
    return TextContents(
        runs,
        frozenset(key for run in runs for key in run if key[0] == "@") | _entities(text),
        frozenset(map(int, _YEAR.findall(text))),
    )


def _entities(text: str) -> frozenset[str]:
    """The known entities among words that are no names by their capitals: phrases (`Evropska unija`), adjectives,
    inhabitants, acronyms that begin a sentence."""
    found, rest = find_entities(_WORD.findall(text))
    acronyms = {entity_of(word) for word in rest if word.isupper() and len(word) > 1}
    return frozenset(found | acronyms | set(map(entity_of_small_word, set(rest)))) - {""}


def home_of(language: str, url: str | None = None) -> frozenset[str]:
    """Returns the state of an outlet, which its articles seldom name: by its address (`.rs`), else by its language."""
    domain = (urlsplit(url).hostname or "").rpartition(".")[2] if url else ""
    if len(domain) == len("rs"):
        return frozenset({_DOMAINS.get(domain, f"@{domain}")})
    known = find_language(language)
    return frozenset({f"@{known.state.lower()}"}) if known and known.state else frozenset()


def mentions_name(name: QuestionName, text: str, *, home: Collection[str] = ()) -> bool:
    """Tells whether a text names what a name in the question stands for, in any form. The outlet's own state counts as
    named.

    A surname is enough for a full name, unless the text gives it another first name.
    """
    has = extract_contents(text)
    if len(name.keys) == 1 and name.keys[0][0] == "@":
        return name.keys[0] in has.entities or name.keys[0] in home
    return any(_same(name.keys, run) for run in has.runs)


def _same(wanted: Sequence[str], run: Sequence[str]) -> bool:
    """Tells whether a run of name words may be the wanted name: it holds the last word, and what stands before it does
    not differ."""
    for at in range(len(run) - 1, -1, -1):
        if same_name(wanted[-1], run[at]):
            before, others = wanted[:-1], run[:at]
            return not before or not others or any(same_name(one, other) for one in before for other in others)
    return False


def mentions_time(wanted: Window, text: str, *, published: date | None = None) -> bool:
    """Tells whether a text can be about that time: it names the year or a day in it, or was published then.

    Also True for a text with neither a year nor a date of publication, as nothing speaks against it.
    """
    years = extract_contents(text).years
    first, last = wanted.start, wanted.end
    if published and (first is None or first <= published) and (last is None or published <= last):
        return True
    if not years and published is None:
        return True
    named = years | ({published.year} if published and not years else set())
    within = [y for y in named if (first is None or first.year <= y) and (last is None or y <= last.year)]
    return bool(within) and (_of_years(wanted) or _names_day(wanted, text, published))


def _of_years(wanted: Window) -> bool:
    """Tells whether a window is made of whole years or is open."""
    opens = wanted.start is None or (wanted.start.month, wanted.start.day) == (1, 1)
    return opens and (wanted.end is None or (wanted.end.month, wanted.end.day) == (12, 31))


@lru_cache(maxsize=_TEXTS)
def _days(text: str, published: date | None) -> tuple[Window, ...]:
    return tuple(found.window for found in find_dates(text, as_of=published or date.today()))


def _names_day(wanted: Window, text: str, published: date | None) -> bool:
    """Tells whether an expression of time in the text overlaps the wanted days."""
    first, last = wanted.start or date.min, wanted.end or date.max
    return any((w.start or date.min) <= last and first <= (w.end or date.max) for w in _days(text, published))
