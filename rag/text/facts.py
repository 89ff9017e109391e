"""What differs in fact between two texts that tell one story in nearly the same words: numbers, days, names, denials.

Sentences that both texts have word for word tell nothing. The others are paired by the words that they share; in a pair
a number stands against a number, a name against a name, where the words around them are the same. Typing, script, cuts
and additions differ in no fact: what one text does not tell at all contradicts nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cached_property, lru_cache

from rag.text.language import TELLING_WORDS
from rag.text.names import name_key
from rag.text.numbers import NUMBER_WORDS, number_keys
from rag.text.polarity import denials
from rag.text.script import fold
from rag.text.when import lexicon

_STOP = re.compile(r"[.!?…](?<!\d\.)(?<![\W_][A-ZА-Я]\.)[.!?…\"'”“»«)\]]*\s+")  # not that of "18. mart", "U.S."
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[%€$£]")
_LEAST_WORDS = 4  # of a sentence that is compared: a shorter one tells no story
_SHARED = 0.5  # of the shorter sentence's words, from which two tell of the same
_IN_PLACE = 0.6  # of the words of both, in one order, from which two sentences between the same neighbours are one
_ANYWHERE, _LONG = 0.8, 8  # the same wherever they stand, and the least words of these
_FREQUENT = 24  # sentences that hold a word, beyond which it pairs none
_MOVED = 4  # units: where more stand against others, or others at an end, it is a cut or an addition, not a change
_EDITED = 3  # words replaced in the whole text, beyond which it was edited and a word tells nothing
_FEW = 2  # words replaced in a sentence, beyond which it is told in other words
_CONTENT = 4  # letters of a content word
_STEM = 4
_INFLECTED = 3  # letters that an ending may have
_SPELT = 6  # letters of a name from which one letter more, less or exchanged is a slip
_VERBATIM = 0.9  # of the words of a quote, from which a sentence is the quote with slips
_SMALL = frozenset(word for words in TELLING_WORDS.values() for word in words)


class Fact(StrEnum):
    """What kind of fact differs."""

    NUMBER = "number"
    DAY = "day"
    NAME = "name"
    DENIAL = "denial"
    WORD = "word"  # the one word that differs in a sentence, or what a number counts


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact that two texts tell differently, with the sentences that tell it."""

    fact: Fact
    one: str
    other: str


@dataclass(frozen=True)
class Report:
    """A text, its language, and the day on which it was published, by which "yesterday" is told."""

    text: str
    language: str = "und"
    published: date | None = None

    @cached_property
    def sentences(self) -> tuple[_Sentence, ...]:
        parts = [part for line in self.text.split("\n") for part in _STOP.split(line) if part.strip()]
        return tuple(_Sentence(part, at, self) for at, part in enumerate(parts))

    @cached_property
    def texts(self) -> frozenset[str]:
        """Its sentences as written."""
        return frozenset(s.text for s in self.sentences)

    @cached_property
    def told(self) -> frozenset[str]:
        """Its sentences, word for word, folded."""
        return frozenset(s.folded for s in self.sentences)


@dataclass(frozen=True)
class _Sentence:
    text: str
    at: int  # of the report's sentences
    report: Report

    @cached_property
    def folded(self) -> str:
        return fold(self.text).strip()

    @cached_property
    def tokens(self) -> tuple[re.Match[str], ...]:
        return tuple(_TOKEN.finditer(self.text))

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(_folded(token.group()) for token in self.tokens)

    @cached_property
    def units(self) -> tuple[_Unit, ...]:
        return tuple(_units(self))

    @cached_property
    def repeated(self) -> bool:
        """Whether its text has another sentence like it, as lists and tables have."""
        own = set(self.words)
        least = _IN_PLACE * len(own)
        return any(len(own & set(s.words)) >= least for s in self.report.sentences if s.at != self.at)

    def beside(self, step: int) -> str:
        """The sentence before (-1) or behind (1) it, folded; empty at the end of the text."""
        at = self.at + step
        return self.report.sentences[at].folded if 0 <= at < len(self.report.sentences) else ""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A word, or a number, a day, a name of one word and more; `kind` is what may stand in its place."""

    kind: str
    keys: frozenset[str]

    @property
    def frame(self) -> str:
        """What it is compared by where sentences are aligned: the word itself, or the kind alone."""
        return self.kind or next(iter(self.keys))

    @property
    def exact(self) -> str:
        return self.kind + "|".join(sorted(self.keys))


@dataclass(frozen=True, slots=True)
class _Change:
    """What stands in one sentence, and in its place in the other."""

    mine: tuple[_Unit, ...]
    theirs: tuple[_Unit, ...]
    counted: bool = False  # it stands right behind a number

    @property
    def words(self) -> tuple[list[str], list[str]]:
        mine, theirs = ([u.frame for u in part if not u.kind] for part in (self.mine, self.theirs))
        return mine, theirs


def difference(one: Report, other: Report) -> Difference | None:
    """The first fact in which two texts differ; None where what both tell agrees."""
    mine, theirs = _unlike(one, other), _unlike(other, one)
    replaced: list[Difference] = []
    edited = 0
    for a, b in _pairs(mine, theirs):
        changes = _changes(a, b)
        fact = _differs(a, b, changes)
        if fact is not None:
            return Difference(fact, a.text.strip(), b.text.strip())
        edited += sum(len(c.words[0]) for c in changes if c.theirs)
        replaced += [Difference(Fact.WORD, a.text.strip(), b.text.strip())] * _another_word(changes)
    return replaced[0] if replaced and edited <= _EDITED else None


def _unlike(one: Report, other: Report) -> list[_Sentence]:
    """The sentences of a text that the other does not have word for word."""
    left = [s for s in one.sentences if s.text not in other.texts]
    return [s for s in left if s.folded not in other.told] if left else []


def holds(report: Report, quote: str) -> bool:
    """Whether a text says what a quote says, up to script, typing and what was cut off: every sentence of it."""
    asked = Report(quote, report.language, report.published).sentences
    missing = [s for s in asked if s.words and s.folded not in report.told]
    told = f" {' '.join(_folded(word) for word in _TOKEN.findall(report.text))} " if missing else ""
    missing = [s for s in missing if f" {' '.join(s.words)} " not in told]
    near = dict(_pairs(missing, report.sentences)) if missing else {}
    return bool(asked) and all(s in near and _verbatim(s, near[s]) for s in missing)


def _verbatim(one: _Sentence, other: _Sentence) -> bool:
    ratio = SequenceMatcher(None, one.words, other.words).ratio()
    changes = _changes(one, other)
    return ratio >= _VERBATIM and _differs(one, other, changes) is None and not _another_word(changes)


def _pairs(mine: Sequence[_Sentence], theirs: Sequence[_Sentence]) -> Iterator[tuple[_Sentence, _Sentence]]:
    """Each sentence with the one of the other text that shares most of its words, if that is most of the shorter."""
    holding: dict[str, list[int]] = defaultdict(list)
    for at, s in enumerate(theirs):
        for word in set(s.words):
            holding[word].append(at)
    for s in mine:
        shared: Counter[int] = Counter()
        for word in set(s.words):
            if len(holding[word]) <= _FREQUENT:
                shared.update(holding[word])
        found = [(n / min(len(set(s.words)), len(set(theirs[at].words))), at) for at, n in shared.most_common(3)]
        share, best = max(found, default=(0.0, 0))
        if share >= _SHARED and min(len(s.words), len(theirs[best].words)) >= _LEAST_WORDS:
            yield s, theirs[best]


def _changes(one: _Sentence, other: _Sentence) -> list[_Change]:
    """What differs between two sentences that are one; nothing where they are two."""
    a, b = one.units, other.units
    # Of as many units a name may stand in a name's place; where some were added or cut only what is the same is met.
    loose = abs(len(a) - len(b)) <= 1
    mine, theirs = ([u.frame if loose else u.exact for u in units] for units in (a, b))
    matched = SequenceMatcher(None, mine, theirs)
    between = any(one.beside(i) == other.beside(i) for i in (-1, 1))
    if matched.ratio() < (_IN_PLACE if between else _ANYWHERE):
        return []
    if not between and (min(len(a), len(b)) < _LONG or one.repeated or other.repeated):
        return []
    found: list[_Change] = []
    for step, i, j, k, end in matched.get_opcodes():
        if step == "equal":
            facts = [(x, y) for x, y in zip(a[i:j], b[k:end], strict=True) if x.kind]
            found += [_Change((x,), (y,)) for x, y in facts if not _agree(x, y)]
        elif j - i == end - k or abs(j - i - end + k) == 1 or (0 < i and j < len(a) and 0 < k and end < len(b)):
            found.append(_Change(a[i:j], b[k:end], i > 0 and a[i - 1].kind == Fact.NUMBER))
    return found


def _differs(one: _Sentence, other: _Sentence, changes: Sequence[_Change]) -> Fact | None:
    for c in changes:
        for kind in (Fact.NUMBER, Fact.DAY, Fact.NAME) if max(len(c.mine), len(c.theirs)) <= _MOVED else ():
            left, right = ([u for u in part if u.kind == kind] for part in (c.mine, c.theirs))
            if left and right and not any(_agree(x, y) for x in left for y in right):
                return kind
    return Fact.DENIAL if _denial(one, other, changes) else None


def _agree(one: _Unit, other: _Unit) -> bool:
    if one.kind == Fact.NAME:  # "Kolar" is "Ana Kolar", but "Ana Perić" is not
        few, many = sorted((one.keys, other.keys), key=len)
        return all(any(_one_name(a, b) for b in many) for a in few)
    return bool(one.keys & other.keys)


def _one_name(one: str, other: str) -> bool:
    """Whether two words of names are one, by key or as folded: inflected, mistyped or cut off."""
    (key, a), (other_key, b) = one.split(), other.split()
    return key == other_key or _one_word(a, b)


def _one_word(one: str, other: str) -> bool:
    common = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if common >= _STEM and (common == min(len(one), len(other)) or max(len(one), len(other)) - common <= _INFLECTED):
        return True
    return min(len(one), len(other)) >= _SPELT and _slip(one[common:], other[common:])


def _slip(one: str, other: str) -> bool:
    """Whether a letter is missing, doubled or exchanged with its neighbour, from where two words part."""
    return one[1:] == other or one == other[1:] or (one[:2] == other[1::-1] and one[2:] == other[2:])


def _denial(one: _Sentence, other: _Sentence, changes: Sequence[_Change]) -> bool:
    """Whether one of two sentences denies what the other says, by a word more or another form of the same word."""
    language = one.report.language
    counts = [sum(_denies(u.frame, language) for u in s.units if not u.kind) for s in (one, other)]
    return counts[0] != counts[1] and any(_denied(c, language) for c in changes)


def _denied(c: _Change, language: str) -> bool:
    left, right = ([w for w in words if not _denies(w, language)] for words in c.words)
    if len(left) + len(right) == len(c.words[0]) + len(c.words[1]) or max(len(c.mine), len(c.theirs)) > _MOVED:
        return False
    auxiliary = all(len(w) <= _CONTENT for w in (*left, *right))
    return auxiliary or any(a[:2] == b[:2] for a in c.words[0] for b in c.words[1])


def _another_word(changes: Sequence[_Change]) -> bool:
    """Whether all that differs is a word or two: who says it, what is counted, what was done."""
    if len(changes) > _FEW or any(len(c.mine) != 1 or len(c.theirs) != 1 for c in changes):
        return False
    return any(_another(c.mine[0], c.theirs[0], counted=c.counted) for c in changes)


def _another(one: _Unit, other: _Unit, *, counted: bool) -> bool:
    """Whether one word tells something else than another; a small word only right behind a number."""
    words = [u.frame for u in (one, other) if not u.kind]
    told = counted or all(len(w) >= _CONTENT and w not in _SMALL for w in words)
    return told and (one.kind != other.kind if len(words) < 2 else not _related(*words))


def _related(one: str, other: str) -> bool:
    return one[:_STEM] == other[:_STEM] or _one_word(one, other) or SequenceMatcher(None, one, other).ratio() >= 0.7


def _units(s: _Sentence) -> Iterator[_Unit]:
    """The units of a sentence; capitals in a row are one name, a first word that may be any word is none."""
    at = 0
    while at < len(s.words):
        end = at + 1
        found = _plain_unit(s.words[at], s.tokens[at].group(), s.report.published)
        if not found.kind and _named(s, at):
            while end < len(s.words) and _joined(s, end):
                end += 1
            pairs = zip(s.tokens[at:end], s.words[at:end], strict=True)
            found = _Unit(Fact.NAME, frozenset(f"{_key(token.group()) or word} {word}" for token, word in pairs))
        yield found
        at = end


def _plain_unit(word: str, written: str, published: date | None) -> _Unit:
    """A number, a day or a word."""
    if word[0].isdigit():
        return _Unit(Fact.NUMBER, frozenset((*number_keys(written), re.sub(r"\D", "", written))))
    if word in NUMBER_WORDS and len(word) > 2:
        return _Unit(Fact.NUMBER, frozenset({str(NUMBER_WORDS[word])}))
    day = _day(word, published)
    return _Unit(Fact.DAY, day) if day else _Unit("", frozenset({word}))


def _named(s: _Sentence, at: int) -> bool:
    """Whether a word is a name's: a capital inside a sentence; a first word before a capital, or of a known bearer."""
    if not s.tokens[at].group()[0].isupper():
        return False
    if at > 0:
        return True
    known = _key(s.tokens[0].group())[:1] == "@"
    return known or (s.words[0] not in _SMALL and len(s.tokens) > 1 and _joined(s, 1))


def _joined(s: _Sentence, at: int) -> bool:
    """Whether a capital stands right behind the word before it."""
    between = s.text[s.tokens[at - 1].end() : s.tokens[at].start()]
    plain = _plain_unit(s.words[at], "", None)
    return s.tokens[at].group()[0].isupper() and between in (" ", "-", "\u00a0") and not plain.kind


@lru_cache(maxsize=100_000)
def _key(word: str) -> str:
    return name_key(word).replace(" ", "")


@lru_cache(maxsize=20_000)
def _denies(word: str, language: str) -> bool:
    return denials((word,), language) > 0


@lru_cache(maxsize=20_000)
def _day(word: str, published: date | None) -> frozenset[str]:
    """What a word for a month or a day says; a day of the week for "yesterday" where it is known when that was."""
    words = lexicon()
    if word in words.months:
        return frozenset({f"month {words.months[word]}"})
    if word in words.weekdays:
        return frozenset({f"weekday {words.weekdays[word]}"})
    if word in words.days and published is not None:
        return frozenset({f"weekday {(published + timedelta(days=words.days[word])).weekday()}"})
    return frozenset()


@lru_cache(maxsize=100_000)
def _folded(word: str) -> str:
    return fold(word)
