"""Parses a text in a known language as a question: its names, numbers and days, and what it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from rag.question.question import Question, QuestionName, Wants
from rag.question.question_type import asks_latest, form, small_talk, wants
from rag.text.dates import TimeExpression, find_dates, window
from rag.text.gazetteer import NamePart, entity_of_adjective, is_ordinary, segment
from rag.text.names import NO_NAMES, Name, SeenNames, find_names, is_common, search_keys
from rag.text.numbers import find_numbers, number_keys
from rag.text.phrases import noun_classes, tokens
from rag.text.polarity import denials


def parse(text: str, language: str, *, as_of: date | None = None, cased: Sequence[Name] | None = None) -> Question:
    """Parses a text as a question. `cased` are the names that its capitals show (`find_names`), if they are known.

    `as_of` is the day from which "yesterday" is counted, by default today (UTC). Otherwise pure.
    """
    cased = tuple(find_names(text) if cased is None else cased)
    words, spotted = tokens(text), spot(text, cased, language)
    dates = tuple(find_dates(text, as_of=as_of or datetime.now(UTC).date(), language=language))
    wanted = wants(words, language)
    return Question(
        text=text,
        language=language,
        typed=text,
        standalone=text,
        as_of=as_of,
        words=words,
        cased=cased,
        spotted=spotted,
        names=tuple(name for name in spotted if not _dated(name.start, dates)),
        name_keys=frozenset(search_keys(text, cased)),
        numbers=frozenset(number_keys(text)),
        counts=frozenset(
            key for n in find_numbers(text) if not _dated(n.start, dates) for key in number_keys(text[n.start : n.end])
        ),
        dates=dates,
        days=window(text, dates),
        wants=wanted,
        form=form(words, wanted, language),
        counted=noun_classes(text, language) if wanted is Wants.NUMBER else frozenset(),
        negated=denials(words, language) > 0,
        wants_latest=asks_latest(words, language),
        small_talk=small_talk(words, cased, language),
    )


def with_seen_names(question: Question, seen: SeenNames) -> Question:
    """Returns the question with the names added that the passages found for it show, if it has no capitals for them."""
    spotted = spot(question.text, question.cased, question.language, seen)
    names = tuple(name for name in spotted if not _dated(name.start, question.dates))
    return replace(question, spotted=spotted, names=names)


def _dated(at: int, dates: Iterable[TimeExpression]) -> bool:
    """Tells whether a place in the text is part of a date."""
    return any(d.start <= at < d.end for d in dates)


_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_]+(?:['’ʼ][^\W\d_]+)*(?:-[^\W\d_]{1,3}\b)?")


def spot(question: str, found: Sequence[Name], language: str, known: SeenNames = NO_NAMES) -> tuple[QuestionName, ...]:
    """Returns the names of a question in reading order, none inside another.

    `found` are those that its capitals show (`find_names`); `known` are the names in the passages found for it.
    """
    cased = _with_capitals(question, found, language, known)
    taken = [range(name.start, name.end) for name in cased]
    small = [n for n in _without_capitals(question, language, known) if not any(n.start in span for span in taken)]
    if any(name.start for name in cased):  # who writes capitals writes names with them; adjectives may be small
        small = [n for n in small if n.keys[-1][0] == "@"]
    return tuple(sorted((*cased, *small), key=lambda name: name.start))


def _with_capitals(question: str, found: Sequence[Name], language: str, known: SeenNames) -> list[QuestionName]:
    """Returns the names that capitals show; none where all letters are capitals. A first word must also be known or no
    ordinary word."""
    if question.isupper():
        return []
    made = []
    for name in found:
        surface, keys = question[name.start : name.end], tuple(name.key.split())
        if len(keys) == 1 and keys[0][0] != "@":
            keys = (entity_of_adjective(surface) or keys[0],)  # the Tiranski sporazum is Tirana's
        sure = not name.first or len(keys) > 1 or _certain(surface, keys[0], language, known)
        made.append(QuestionName(surface, name.start, name.end, keys, sure))
    return made


def _certain(word: str, key: str, language: str, known: SeenNames) -> bool:
    met = key in known.alone and not is_common(word)  # Romanian "cine" asks who, though the hits tell of China
    return met or (key[0] == "@" and not is_ordinary(word, language))


def _without_capitals(question: str, language: str, known: SeenNames) -> list[QuestionName]:
    """Returns words without capitals that are names in the hits, or in the gazetteer and no ordinary words."""
    found: list[QuestionName] = []
    words = list(_TOKEN.finditer(question))
    parts = segment([word.group() for word in words])
    for before, part, after in _neighbours(p for p in parts if p.known or not is_common(words[p.at].group())):
        start, end = words[part.at].start(), words[part.at + part.length - 1].end()
        follows, leads = (before, part.key) in known.beside, (part.key, after) in known.beside
        if follows and found and found[-1].keys[-1] == before:
            start, keys = found[-1].start, (*found.pop().keys, part.key)
        else:
            keys = (part.key,)
        surface = question[start:end]
        met = part.length > 1 or follows or leads or (part.key in known.alone and not is_common(surface))
        if met or part.known:
            sure = met or not is_ordinary(surface, language)
            found.append(QuestionName(surface, start, end, keys, sure))
    return found


def _neighbours(parts: Iterable[NamePart]) -> Iterator[tuple[str, NamePart, str]]:
    """Yields each part with the keys of the words right before and right behind it."""
    every = list(parts)
    ends = {part.at + part.length: part.key for part in every}
    begins = {part.at: part.key for part in every}
    for part in every:
        yield ends.get(part.at, ""), part, begins.get(part.at + part.length, "")
