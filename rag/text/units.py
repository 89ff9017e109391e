"""Splits texts into sentences and units that can be compared: numbers, days, names, and the words between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache

from rag.text.language import TELLING_WORDS
from rag.text.names import name_key
from rag.text.numbers import NUMBER_WORDS, number_keys
from rag.text.script import fold
from rag.text.when import lexicon

# Not that of "18. mart" and "U.S.": behind a number a sentence ends only before a capital.
_STOP = re.compile(
    r"[.!?…](?:(?<!\d\.)(?<![\W_][A-ZА-Я]\.)[.!?…\"'”“»«)\]]*\s+|(?<=\d\.)\s+(?=[^\W\d_a-zа-яα-ωђ-џà-ž]))"
)
_TOKEN = re.compile(r"\d{1,3}(?:\.?[ \u00a0]\d{3})+(?!\d)|\d+(?:[.,]\d+)*|[^\W\d_]+|[%€$£]")
_IN_PLACE = 0.6  # of the words of a sentence that another of its text shares with it, as lines of lists do
SMALL_WORDS = frozenset(word for words in TELLING_WORDS.values() for word in words)


class Fact(StrEnum):
    """What kind of fact differs."""

    NUMBER = "number"
    DAY = "day"
    NAME = "name"
    DENIAL = "denial"
    WORD = "word"  # the one word that differs in a sentence, or what a number counts


@dataclass(frozen=True)
class Report:
    """A text, its language, and the day on which it was published, by which "yesterday" is told."""

    text: str
    language: str = "und"
    published: date | None = None

    @cached_property
    def sentences(self) -> tuple[TextUnit, ...]:
        parts = [part for line in self.text.split("\n") for part in _STOP.split(line) if part.strip()]
        return tuple(TextUnit(part, at, self) for at, part in enumerate(parts))

    @cached_property
    def texts(self) -> frozenset[str]:
        """Its sentences as written."""
        return frozenset(s.text for s in self.sentences)

    @cached_property
    def sentence_texts(self) -> frozenset[str]:
        """Its sentences, word for word, folded."""
        return frozenset(s.folded for s in self.sentences)


@dataclass(frozen=True)
class TextUnit:
    """A sentence of a report, as written; the stop at its end is left out."""

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
        return tuple(folded_word(token.group()) for token in self.tokens)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
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
class Unit:
    """A word, or a number, a day, a name of one word and more; `kind` says what it may be compared with.

    `keys` are the values of a number or day, the word itself, or for a name a key and the folded form of each word.
    `names` stand for a name as a whole: its key, and its words as one ("Banjaluka"); `initials` are those of its words
    ("RS").
    """

    kind: str
    keys: frozenset[str]
    names: frozenset[str] = frozenset()
    initials: str = ""

    @property
    def frame(self) -> str:
        """What it is compared by when sentences are aligned: the word itself, else only the kind."""
        return self.kind or next(iter(self.keys))

    @property
    def spellings(self) -> frozenset[str]:
        """Its words, folded."""
        return frozenset(key.split()[-1] for key in self.keys) if self.kind == Fact.NAME else self.keys

    @property
    def exact(self) -> str:
        """What it is compared by when only equal units may match."""
        return self.kind + "|".join(sorted(self.keys))


def _units(s: TextUnit) -> Iterator[Unit]:
    """The units of a sentence; capitals in a row are one name, a first word that may be any word is none."""
    at = 0
    while at < len(s.words):
        end = at + 1
        found = _plain_unit(s.words[at], s.tokens[at].group(), s.report.published)
        if not found.kind and _named(s, at):
            while end < len(s.words) and _joined(s, end):
                end += 1
            found = _name(s, at, end)
        yield found
        at = end


def _name(s: TextUnit, at: int, end: int) -> Unit:
    tokens, words = s.tokens[at:end], s.words[at:end]
    keys = frozenset(f"{_key(t.group()) or word} {word}" for t, word in zip(tokens, words, strict=True))
    whole = frozenset((_key(s.text[tokens[0].start() : tokens[-1].end()]) or words[0], "".join(words)))
    return Unit(Fact.NAME, keys, whole, "".join(word[0] for word in words) if len(words) > 1 else "")


@lru_cache(maxsize=100_000)
def _plain_unit(word: str, written: str, published: date | None) -> Unit:
    """A number, a day or a word."""
    if word[0].isdigit():
        return Unit(Fact.NUMBER, frozenset((*number_keys(written), re.sub(r"\D", "", written))))
    if word in NUMBER_WORDS and len(word) > 2:
        return Unit(Fact.NUMBER, frozenset({str(NUMBER_WORDS[word])}))
    day = _day(word, published)
    return Unit(Fact.DAY, day) if day else Unit("", frozenset({word}))


def _named(s: TextUnit, at: int) -> bool:
    """Whether a word is a name's: a capital inside a sentence; a first word before a capital, or of a known bearer."""
    if not s.tokens[at].group()[0].isupper():
        return False
    if at > 0:
        return True
    known = _key(s.tokens[0].group())[:1] == "@"
    return known or (s.words[0] not in SMALL_WORDS and len(s.tokens) > 1 and _joined(s, 1))


def _joined(s: TextUnit, at: int) -> bool:
    """Whether a capital stands right behind the word before it."""
    between = s.text[s.tokens[at - 1].end() : s.tokens[at].start()]
    plain = _plain_unit(s.words[at], "", None)
    return s.tokens[at].group()[0].isupper() and between in (" ", "-", "\u00a0") and not plain.kind


@lru_cache(maxsize=100_000)
def _key(word: str) -> str:
    return name_key(word).replace(" ", "")


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
def folded_word(word: str) -> str:
    return fold(word)


def words_of(text: str) -> list[str]:
    """The words and numbers of a text as they are compared, as written."""
    return _TOKEN.findall(text)
