"""Finds names in texts, with one key for a name across scripts, languages and cases.

The key is mostly the name's sound (`rag/text/phones.py`); exonyms, historical and contested names come from a table
(`rag/text/gazetteer.py`). It serves searching and comparing only: an answer keeps each source's wording and never
corrects it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.text.gazetteer import LINKS, NamePart, entity_of_adjective, entity_of_small_word, segment
from rag.text.phones import stem_of_name
from rag.text.script import fold
from rag.text.sentences import STARTERS
from rag.text.tables import frequent_words, table

_CAPITALS = "".join(chr(c) for c in range(0x250) if chr(c).isupper()) + "".join(
    chr(c) for c in (*range(0x370, 0x530), *range(0x1F00, 0x2000)) if chr(c).isupper()
)
_RUN_LINKS = table("joining")["names"]["run"].replace(" ", "|")
_REST = (
    rf"(?:\.(?:[{_CAPITALS}]\.)+|[^\W\d_]*(?:['’ʼ][^\W\d_]+)*(?:-[^\W\d_{_CAPITALS}]{{1,3}}\b)?)"  # after its capital
)
# The capital comes first, so that the search skips to it: 20 instead of 40 us a passage with a `\b` before it.
# Kept by its brackets when a text is split at it: strings cost half of what matches do.
_RUN = re.compile(rf"([{_CAPITALS}](?<!\w.){_REST}(?:[ \u00a0-](?:(?:{_RUN_LINKS}) ){{0,2}}[{_CAPITALS}]{_REST})*)")
_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_]+(?:['’ʼ][^\W\d_]+)*(?:-[^\W\d_]{1,3}\b)?")
_COMMON = frequent_words() | {word.casefold() for word in STARTERS}


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text: `text[start:end]`, its key, and whether it opens a sentence (so may be no name at all)."""

    start: int
    end: int
    key: str
    first: bool = False


def name_key(name: str) -> str:
    """Returns the key of a name of one or more words: Kurtija, Куртију: `kurt`; Северна Македонија, Maqedonia e Veriut:
    `@mk`.

    Words that belong to no known entity keep their own keys, joined by spaces. "" for what has no letters.
    """
    return " ".join(_segment_keys(name))


@lru_cache(maxsize=100_000)
def _segment_keys(name: str) -> tuple[str, ...]:
    """Returns the keys of a run of name words, the longest known phrases first taken together."""
    return tuple(part.key for part in segment(_TOKEN.findall(name)))


def find_names(text: str) -> list[Name]:
    """Returns the names of a text in reading order, without a sentence's first common word."""
    names: list[Name] = []
    for start, run, first in _runs(text):
        for part_start, part_end, key in _names_of_run(run):
            names.append(Name(start + part_start, start + part_end, key, first and part_start == 0))
    return names


def _names_of_run(run: str) -> Iterator[tuple[int, int, str]]:
    """Splits a run of capitalised words into names: a known entity by itself, its neighbours together."""
    tokens = list(_TOKEN.finditer(run))
    group: list[NamePart] = []
    for part in segment([token.group() for token in tokens]):
        if group and (part.known or group[-1].at + group[-1].length != part.at):
            yield _join(group, tokens)
            group = []
        if part.known:
            yield _join([part], tokens)
        else:
            group.append(part)
    if group:
        yield _join(group, tokens)


def _join(group: list[NamePart], tokens: list[re.Match[str]]) -> tuple[int, int, str]:
    last = tokens[group[-1].at + group[-1].length - 1]
    return tokens[group[0].at].start(), last.end(), " ".join(part.key for part in group)


def name_keys(text: str) -> list[str]:
    """Returns the keys of a text's names in reading order, with repeats."""
    return [key for _, run, _ in _runs(text) for key in _segment_keys(run)]


def search_keys(question: str, found: Sequence[Name] | None = None) -> tuple[str, ...]:
    """Returns the keys to search for: of names that do not just open a sentence and of known entities; of all words
    where there are none. `found` are the names that the question's capitals show (`find_names`), if they are known.

    An adjective asks for its place: the `Tiranski sporazum` is Tirana's.
    """
    names = [n for n in (find_names(question) if found is None else found) if not n.first or n.key[0] == "@"]
    sure = [key for n in names for key in (entity_of_adjective(question[n.start : n.end]) or n.key).split()]
    small = [entity_of_small_word(word) for word in _TOKEN.findall(question) if word[0].islower()]
    return tuple(dict.fromkeys((*(sure or _any_keys(question)), *filter(None, small))))


def _any_keys(question: str) -> tuple[str, ...]:
    """Returns the keys of all words, as any may be a name where nothing is written with a capital."""
    words = [word for word in _TOKEN.findall(question[:2000]) if word in LINKS or not is_common(word)]
    return _segment_keys(" ".join(words))


def _runs(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yields where each run of capitalised words begins, the run, and whether it opens a sentence."""
    pieces = _RUN.split(text)
    end = 0
    for before, run in zip(pieces[::2], pieces[1::2], strict=False):
        start = end + len(before)
        end = start + len(run)
        first = _OPENING[before[-2:]]
        if first is None:
            first = start == 0 or bool(_SENTENCE_START.search(text, max(0, start - 8), start))
        if first and (common := _common_opening(run)):
            start, run, first = start + common, run[common:], False
        if run:
            yield start, run, first


_BETWEEN = r"\s\"'”“»«„‘(\[–—-"  # may stand between the end of a sentence and the first word of the next
_SENTENCE_START = re.compile(rf"(?:\A|[.!?…:;\n]\s*)[{_BETWEEN}]*\Z")


class _Opening(dict[str, bool | None]):
    """Whether two characters, a space the last, stand at the start of a sentence; None where they do not tell."""

    def __missing__(self, two: str) -> bool | None:
        told = len(two) == 2 and two[1] == " " and not re.match(f"[{_BETWEEN}]", two[0])
        self[two] = bool(_SENTENCE_START.search(two)) if told else None
        return self[two]


_OPENING = _Opening()  # most runs stand after a word and a space


@lru_cache(maxsize=100_000)
def _common_opening(run: str) -> int:
    """How much of a run that opens a sentence is a common word and what follows it; 0 where the first word is none."""
    word = _TOKEN.match(run)
    if not word or not is_common(word.group()):
        return 0
    rest = run[word.end() :]
    return len(run) - len(rest.lstrip(" \u00a0-"))


@lru_cache(maxsize=100_000)
def is_common(word: str) -> bool:
    """Tells whether a word is one of the small words of the region's languages."""
    return word.casefold() in _COMMON or fold(word) in _COMMON


_LOWER = re.compile(r"(?<![^\W\d_])[^\W\d_]{2,}")
_TEXTS = 4096  # analysed texts that are kept


@dataclass(frozen=True, slots=True)
class NameRun:
    """Words with capitals side by side, keys in order; `first`: a lone word that opens a sentence, maybe no name."""

    keys: tuple[str, ...]
    first: bool


@dataclass(frozen=True, slots=True)
class TextNames:
    """The names of one text, and the stems of the words that it writes small."""

    runs: tuple[NameRun, ...]
    small: tuple[str, ...]


@lru_cache(maxsize=_TEXTS)
def names_of_text(text: str) -> TextNames:
    """Returns the names of a text."""
    runs: list[NameRun] = []
    end = -2
    for name in find_names(text):
        keys = tuple(name.key.split())
        if name.start == end + 1 and text[end] in " -":
            runs[-1] = NameRun((*runs[-1].keys, *keys), False)
        else:
            runs.append(NameRun(keys, name.first and len(keys) == 1 and keys[0][0] != "@"))
        end = name.end
    small = tuple(stem_of_name(word) for word in _LOWER.findall(text) if word[0].islower())
    return TextNames(tuple(runs), small)


@dataclass(frozen=True, slots=True)
class SeenNames:
    """What texts together write with capitals: `alone` may be a name by itself, `beside` follow each other."""

    alone: frozenset[str] = frozenset()
    beside: frozenset[tuple[str, str]] = frozenset()


NO_NAMES = SeenNames()


def seen_names(texts: Iterable[str]) -> SeenNames:
    """Collects the names in texts (headline and passage of each hit), by their capitals.

    A person is called by the last word of a name, so that word also counts alone, unless it mostly has no capital; the
    other words count only where the next one follows.
    """
    every = [names_of_text(text) for text in texts]
    runs = [run.keys for names in every for run in names.runs if not run.first]
    small = Counter(stem for names in every for stem in names.small)
    last = Counter(run[-1] for run in runs)
    return SeenNames(
        alone=frozenset(key for key, count in last.items() if count > small[key]),
        beside=frozenset(pair for run in runs for pair in zip(run, run[1:], strict=False)),
    )
