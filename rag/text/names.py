"""Names in texts, with one key for a name across scripts, languages and cases.

The key is mostly the name's sound (`rag/text/phones.py`); exonyms, historical and contested names come from a table
(`rag/text/bearers.py`). It serves searching and comparing only: an answer keeps each source's wording and never
corrects it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.text.bearers import LINKS, NamePart, bearer_of_adjective, endings, parts_of, place_of_small_word
from rag.text.language import TELLING_WORDS
from rag.text.phones import stem_of_name
from rag.text.script import fold
from rag.text.sentences import STARTERS
from rag.text.tables import table

_CAPITALS = "".join(chr(c) for c in range(0x250) if chr(c).isupper()) + "".join(
    chr(c) for c in (*range(0x370, 0x530), *range(0x1F00, 0x2000)) if chr(c).isupper()
)
_RUN_LINKS = table("joining")["names"]["run"].replace(" ", "|")
_CAPITALISED = (
    rf"(?:(?:[{_CAPITALS}]\.){{2,}}|[{_CAPITALS}][^\W\d_]*(?:['’ʼ][^\W\d_]+)*(?:-[^\W\d_{_CAPITALS}]{{1,3}}\b)?)"
)
_RUN = re.compile(rf"\b{_CAPITALISED}(?:[ \u00a0-](?:(?:{_RUN_LINKS}) ){{0,2}}{_CAPITALISED})*")
_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_]+(?:['’ʼ][^\W\d_]+)*(?:-[^\W\d_]{1,3}\b)?")
_SENTENCE_START = re.compile(r"(?:\A|[.!?…:;\n]\s*)[\s\"'”“»«„‘(\[–—-]*\Z")
_COMMON = frozenset(
    {word for table in TELLING_WORDS.values() for word in table} | {word.casefold() for word in STARTERS}
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text: `text[start:end]`, its key, and whether it opens a sentence (so may be no name at all)."""

    start: int
    end: int
    key: str
    first: bool = False


def name_key(name: str) -> str:
    """The key of a name of one or more words: Kurtija, Куртију: `kurt`; Северна Македонија, Maqedonia e Veriut: `@mk`.

    Words that belong to no known bearer keep their own keys, joined by spaces. Empty for what has no letters.
    """
    return " ".join(keys_of_name(name))


@lru_cache(maxsize=100_000)
def keys_of_name(name: str) -> tuple[str, ...]:
    """The keys in a run of name words, the longest known phrases first taken together."""
    return tuple(part.key for part in parts_of(_TOKEN.findall(name)))


def find_names(text: str) -> list[Name]:
    """The names of a text in reading order, without a sentence's first common word."""
    names: list[Name] = []
    for start, end, first in _runs(text):
        for part_start, part_end, key in _names_of_run(text[start:end]):
            names.append(Name(start + part_start, start + part_end, key, first and part_start == 0))
    return names


def _names_of_run(run: str) -> Iterator[tuple[int, int, str]]:
    """A run of capitalised words cut into names: a known bearer by itself, its neighbours together."""
    tokens = list(_TOKEN.finditer(run))
    group: list[NamePart] = []
    for part in parts_of([token.group() for token in tokens]):
        if group and (part.bearer or group[-1].at + group[-1].length != part.at):
            yield _join(group, tokens)
            group = []
        if part.bearer:
            yield _join([part], tokens)
        else:
            group.append(part)
    if group:
        yield _join(group, tokens)


def _join(group: list[NamePart], tokens: list[re.Match[str]]) -> tuple[int, int, str]:
    last = tokens[group[-1].at + group[-1].length - 1]
    return tokens[group[0].at].start(), last.end(), " ".join(part.key for part in group)


def name_keys(text: str, *, cased: bool = True) -> list[str]:
    """The keys to index or to ask for, in reading order, repeats kept.

    `cased=False` is for questions as readers type them, where any word may be a name.
    """
    if not cased:
        words = [word for word in _TOKEN.findall(text[:2000]) if word in LINKS or not is_common(word)]
        return list(keys_of_name(" ".join(words)))
    return [key for start, end, _ in _runs(text) for key in keys_of_name(text[start:end])]


def question_keys(question: str) -> list[str]:
    """The keys to ask for: of the capitals that do not open a sentence and of known bearers, of any word if none.

    An adjective asks for its place: the `Tiranski sporazum` is Tirana's.
    """
    names = [name for name in find_names(question) if not name.first or name.key[0] == "@"]
    sure = [key for name in names for key in (bearer_of_adjective(question[name.start : name.end]) or name.key).split()]
    small = [place_of_small_word(word) for word in _TOKEN.findall(question) if word[0].islower()]
    return list(dict.fromkeys((*(sure or name_keys(question, cased=False)), *filter(None, small))))


def _runs(text: str) -> Iterator[tuple[int, int, bool]]:
    for run in _RUN.finditer(text):
        start, end = run.span()
        first = bool(_SENTENCE_START.search(text, max(0, start - 8), start)) if start else True
        if first:
            word = _TOKEN.match(text, start, end)
            if word and is_common(word.group()):
                rest = text[word.end() : end]
                start = word.end() + len(rest) - len(rest.lstrip(" \u00a0-"))
                first = False
        if start < end:
            yield start, end, first


@lru_cache(maxsize=100_000)
def is_common(word: str) -> bool:
    """Whether a word is one of the small words of the region's languages."""
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
    """The names of a text."""
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
    """What texts together write with capitals: `alone` may stand for a name by itself, `beside` follow each other."""

    alone: frozenset[str] = frozenset()
    beside: frozenset[tuple[str, str]] = frozenset()


NO_NAMES = SeenNames()


def seen_names(texts: Iterable[str]) -> SeenNames:
    """The names in texts (headline and passage of each hit), by their capitals.

    A person goes by the last word of a name, so that word also counts alone, unless it is mostly written small; the
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


# Two keys are one name written otherwise: an edit distance whose costs are low where the region's spellings differ
# (vowels, sounds of one kind, an ending left on; Needleman and Wunsch, J. Mol. Biol. 48, 1970, with transposition).
# Bulgarian writes English names by sound (Джонсън), others keep the spelling: what no key brings together.
# Share of the longer key: on the fitting half .1 finds 2 % less, .18 finds 3 % more and takes 1 % more for the same.
_NEAR = 0.15
_SHORT = 3  # letters that a key must have to be like another
_VOWELS = frozenset("aeiou")
_KINDS = tuple(map(frozenset, ("ckszgh", "vufbp", "ji", "dt", "jgdz", "kh", "vo", "nm")))
_SWAP = 0.7
_VOWEL, _LIKE, _OTHER = 0.35, 0.45, 1.0
_SILENT = frozenset("hj")


@lru_cache(maxsize=200_000)
def alike(one: str, other: str) -> bool:
    """Whether two keys (`rag/text/phones.py`) are of one name. Known bearers are alike only to themselves."""
    if one == other:
        return True
    if "@" in one + other or min(len(one), len(other)) < _SHORT or not _like(one[0], other[0]):
        return False
    if _with_ending(*sorted((one, other), key=len)):
        return True
    longest = max(len(one), len(other))
    return abs(len(one) - len(other)) <= longest // 2 and _distance(one, other) <= _NEAR * longest


def _with_ending(short: str, long: str) -> bool:
    """Whether a key is another with an ending that stems keep."""
    return long.startswith(short) and long[len(short) :] in endings()


def _distance(one: str, other: str) -> float:
    """What it costs to turn one key into the other."""
    before: list[float] = []
    row = [0.0]
    for b in other:
        row.append(row[-1] + _alone(b))
    for i, a in enumerate(one):
        last, row, older = row, [row[0] + _alone(a)], before
        before = last
        for j, b in enumerate(other):
            cost = min(last[j] + _change(a, b), last[j + 1] + _alone(a), row[j] + _alone(b))
            if i and j and a == other[j - 1] and b == one[i - 1]:
                cost = min(cost, older[j - 1] + _SWAP)
            row.append(cost)
    return row[-1]


def _alone(letter: str) -> float:
    """The cost of a letter that the other has not."""
    return _VOWEL if letter in _VOWELS else _LIKE if letter in _SILENT else _OTHER


@lru_cache(maxsize=2_000)
def _change(a: str, b: str) -> float:
    if a == b:
        return 0.0
    if a in _VOWELS and b in _VOWELS:
        return _VOWEL
    return _LIKE if _like(a, b) else _OTHER


@lru_cache(maxsize=2_000)
def _like(a: str, b: str) -> bool:
    """Whether two letters are of one kind of sound, in some spelling."""
    return a == b or any(a in kind and b in kind for kind in _KINDS)
