"""Parses a question: its names, with and without capitals, its numbers, and what it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from rag.question.question_type import Form, Wants, form, wants
from rag.text.bearers import NamePart, bearer_of_adjective, is_ordinary, parts_of
from rag.text.dates import find_dates
from rag.text.names import NO_NAMES, SeenNames, find_names, is_common
from rag.text.numbers import find_numbers, number_keys
from rag.text.phrases import things


@dataclass(frozen=True, slots=True)
class ParsedQuestion:
    """A question, parsed. `numbers` are those that are no part of a date, by their keys; `counted`: the things of which
    a number is asked ("how many injured")."""

    text: str
    language: str
    names: tuple[QuestionName, ...]
    numbers: frozenset[str]
    wanted: Wants
    form: Form
    counted: frozenset[str]


def parse(text: str, language: str, *, known: SeenNames = NO_NAMES, as_of: date | None = None) -> ParsedQuestion:
    """Parses a question. `known` are the names in the passages found for it (`rag/text/names.py`).

    `as_of` is the day that "yesterday" is relative to, by default today (UTC). Otherwise pure.
    """
    times = find_dates(text, as_of=as_of or datetime.now(UTC).date(), language=language)
    wanted = wants(text, language)

    def dated(at: int) -> bool:
        return any(t.start <= at < t.end for t in times)

    return ParsedQuestion(
        text=text,
        language=language,
        names=tuple(n for n in spot(text, language, known) if not dated(n.start)),
        numbers=frozenset(
            key for n in find_numbers(text) if not dated(n.start) for key in number_keys(text[n.start : n.end])
        ),
        wanted=wanted,
        form=form(text, language),
        counted=things(text, language) if wanted is Wants.NUMBER else frozenset(),
    )


_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_]+(?:['’ʼ][^\W\d_]+)*(?:-[^\W\d_]{1,3}\b)?")


@dataclass(frozen=True, slots=True)
class QuestionName:
    """A name: `question[start:end] == surface`, the keys of its words in order or the one of a known bearer (`@xk`).

    `sure`: written with a capital inside a sentence, known to the archive's hits, or no ordinary word.
    """

    surface: str
    start: int
    end: int
    keys: tuple[str, ...]
    sure: bool = True


def spot(question: str, language: str, known: SeenNames = NO_NAMES) -> tuple[QuestionName, ...]:
    """The names of a question in reading order, none inside another."""
    cased = _with_capitals(question, language, known)
    taken = [range(name.start, name.end) for name in cased]
    small = [n for n in _without_capitals(question, language, known) if not any(n.start in span for span in taken)]
    if any(name.start for name in cased):  # who writes capitals writes names with them; adjectives may be small
        small = [n for n in small if n.keys[-1][0] == "@"]
    return tuple(sorted((*cased, *small), key=lambda name: name.start))


def _with_capitals(question: str, language: str, known: SeenNames) -> list[QuestionName]:
    """Names by their capitals; none where all letters are, and a first word must be known or no ordinary word."""
    if question.isupper():
        return []
    made = []
    for name in find_names(question):
        surface, keys = question[name.start : name.end], tuple(name.key.split())
        if len(keys) == 1 and keys[0][0] != "@":
            keys = (bearer_of_adjective(surface) or keys[0],)  # the Tiranski sporazum is Tirana's
        sure = not name.first or len(keys) > 1 or _certain(surface, keys[0], language, known)
        made.append(QuestionName(surface, name.start, name.end, keys, sure))
    return made


def _certain(word: str, key: str, language: str, known: SeenNames) -> bool:
    return key in known.alone or (key[0] == "@" and not is_ordinary(word, language))


def _without_capitals(question: str, language: str, known: SeenNames) -> list[QuestionName]:
    """Words typed small that are names of the archive's hits, or of the tables and no ordinary words."""
    found: list[QuestionName] = []
    words = list(_TOKEN.finditer(question))
    parts = parts_of([word.group() for word in words])
    for before, part, after in _neighbours(p for p in parts if p.bearer or not is_common(words[p.at].group())):
        start, end = words[part.at].start(), words[part.at + part.length - 1].end()
        follows, leads = (before, part.key) in known.beside, (part.key, after) in known.beside
        if follows and found and found[-1].keys[-1] == before:
            start, keys = found[-1].start, (*found.pop().keys, part.key)
        else:
            keys = (part.key,)
        surface = question[start:end]
        met = part.length > 1 or follows or leads or part.key in known.alone
        if met or part.bearer:
            sure = met or not is_ordinary(surface, language)
            found.append(QuestionName(surface, start, end, keys, sure))
    return found


def _neighbours(parts: Iterable[NamePart]) -> Iterator[tuple[str, NamePart, str]]:
    """Each part with the keys of the words right before and right behind it."""
    every = list(parts)
    ends = {part.at + part.length: part.key for part in every}
    begins = {part.at: part.key for part in every}
    for part in every:
        yield ends.get(part.at, ""), part, begins.get(part.at + part.length, "")
