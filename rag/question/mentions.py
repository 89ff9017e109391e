"""Tells whether an article mentions the names and days of a question, in any script, case or language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from os.path import commonprefix
from urllib.parse import urlsplit

from rag.question.question import Question, QuestionName
from rag.text.dates import find_dates
from rag.text.gazetteer import entity_of, entity_of_small_word, find_entities
from rag.text.language import family
from rag.text.languages import find_language
from rag.text.name_match import same_form, same_name
from rag.text.names import find_names, is_common, names_of_text
from rag.text.phones import stem_of_name
from rag.text.script import fold
from rag.types import Window

_TEXTS = 4096  # analysed texts that are kept
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")
_BARE = re.compile(r"(?<![^\W\d_]['’ʼ])\b[^\W\d_]+")  # without what an apostrophe hangs on it
_TURKISH_CASE = re.compile(r"(?<=[^\W\d_]{4})n?[dt][ae]n?$")
_DOMAINS = {"uk": "@gb"}
_ALIKE = 3  # letters that two names must share at their beginning to be alike
_BEGINNING = 0.5  # and this share of the shorter one


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


def mentions_name(name: QuestionName, text: str, *, home: Collection[str] = (), kin: str = "") -> bool:
    """Tells whether a text names what a name in the question stands for, in any form. The outlet's own state counts as
    named.

    A surname is enough for a full name, unless the text gives it another first name and nowhere this one. `kin`: the
    family of languages of name and text, where it is one: then any form of all its words counts.
    """
    if kin and (words := _BARE.findall(name.surface)):
        said = _words_of_text(text).of_names
        if all(any(same_form(word, one, kin) for one in said) for word in words):
            return True
    has = extract_contents(text)
    if len(name.keys) == 1 and name.keys[0][0] == "@":
        return name.keys[0] in has.entities or name.keys[0] in home
    *first, last = name.keys
    before = [found for run in has.runs if (found := _words_before(last, run)) is not None]
    given = [some for some in before if some]
    if not first or not given:
        return bool(before)
    return any(same_name(one, other) for some in given for one in first for other in some)


def _words_before(last: str, run: Sequence[str]) -> Sequence[str] | None:
    """Returns what stands before a name's last word in a run of name words; None where that word is not in it."""
    return next((run[:at] for at in range(len(run) - 1, -1, -1) if same_name(last, run[at])), None)


def name_instead(question: Question, text: str, language: str, *, home: Collection[str] = ()) -> str:
    """Returns the name in a text that stands where a question has another one, which the text lacks: Podgorica for
    Podgora, Kotor for Kotor Varoš, Ana Marković for Ivan Marković; "" where none does, and for a text of another
    language, whose names are spelt otherwise.

    Such a name begins as a word of the question does, or shares a word with it and has another one beside that. Who
    writes capitals writes names with them; in a question without, each word that is no small one may be a name.
    """
    kin = family(language)
    if kin != family(question.language):
        return ""
    said = _words_of_text(text)
    found = list(_BARE.finditer(question.text))
    words = [(m.group(), stem_of_name(m.group())) for m in found]
    capitals = any(word[0].isupper() for word, _ in words[1:])
    known = [n for n in question.names if n.keys[0][0] == "@" and mentions_name(n, text, home=home)]
    lacking = {
        place
        for place, (word, stem) in enumerate(words)
        if not any(n.start <= found[place].start() < n.end for n in known)
        if len(stem) >= _ALIKE and (word[0].isupper() and place > 0 if capitals else not is_common(word))
        if stem not in said.stems and fold(_uninflected(word)) not in said.folded
        if not any(same_form(word, one, kin) for one in said.of_names)
    }
    instead = Counter(" ".join(n) for n in said.names for place in lacking if _instead(words, place, n, lacking))
    return max(instead, key=lambda name: instead[name], default="")


def is_misspelt(question: Question, instead: str) -> bool:
    """Tells whether a name that stands in the place of one of the question's is that name in another spelling."""
    asked = [stem_of_name(word) for word in _BARE.findall(question.text)]
    told = [stem_of_name(word) for word in _BARE.findall(instead)]
    return bool(told) and all(any(same_name(one, other) for other in asked) for one in told)


@dataclass(frozen=True, slots=True)
class TextWords:
    """The stems of all words of a text, and those words without accents; those in names; its names, word by word,
    in order, with repeats, without single words that only ever open a sentence."""

    stems: frozenset[str]
    folded: frozenset[str]
    of_names: frozenset[str]
    names: tuple[tuple[str, ...], ...]


@lru_cache(maxsize=_TEXTS)
def _words_of_text(text: str) -> TextWords:
    small = frozenset(names_of_text(text).small)
    found = [(n, tuple(_BARE.findall(text[n.start : n.end]))) for n in find_names(text)]
    kept = [(n, name) for n, name in found if name and not (n.first and stem_of_name(name[0]) in small)]
    inner = {word for n, name in kept for word in name[n.first :]}
    names = tuple(name for n, name in kept if not n.first or len(name) > 1 or name[0] in inner)
    of_names = frozenset(word for _, name in kept for word in name)
    words = _BARE.findall(text)
    return TextWords(frozenset(map(stem_of_name, words)), frozenset(map(fold, words)), of_names, names)


def _uninflected(word: str) -> str:
    """Cuts the case that Turkish hangs on a name, typed without an apostrophe: bursada, kirklarelinden."""
    return _TURKISH_CASE.sub("", word)


def _instead(words: Sequence[tuple[str, str]], place: int, name: Sequence[str], lacking: Collection[int]) -> bool:
    """Tells whether a name stands for the word at a place of the question."""
    word, stem = words[place]
    stems = [stem_of_name(one) for one in name]
    several = sum(any(same_name(asked, one) for _, asked in words) for one in stems) > 1  # it is the question's own
    for at, one in enumerate(stems):
        if _shared(stem, one) >= max(_ALIKE, _BEGINNING * min(len(stem), len(one))):
            return True
        if several:
            continue
        for step in (-1, 1):  # Agim Shala, Agron Shala; Kotor, Kotor Varoš
            beside = place - step
            if 0 <= beside < len(words) and beside not in lacking and same_name(words[beside][1], one):
                if 0 <= at + step < len(stems) or (word[0].isupper() and words[beside][0][0].isupper() and step > 0):
                    return True
    return False


def _shared(one: str, other: str) -> int:
    """Counts the letters with which both begin."""
    return len(commonprefix((one, other)))


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
