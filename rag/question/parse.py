"""Reads a text in a known language as a question: its names, numbers and days, and what it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from rag.question.names import spot
from rag.question.question import Question, Wants
from rag.question.question_type import asks_latest, form, small_talk, wants
from rag.text.dates import TimeExpression, find_dates, window
from rag.text.names import Name, SeenNames, find_names
from rag.text.numbers import find_numbers, number_keys
from rag.text.phrases import things, tokens
from rag.text.polarity import denials


def parse(text: str, language: str, *, as_of: date | None = None, cased: Sequence[Name] | None = None) -> Question:
    """The question that a text asks. `cased` are its names by their capitals (`find_names`), if they are known.

    `as_of` is the day that "yesterday" is relative to, by default today (UTC). Otherwise pure.
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
        numbers=frozenset(number_keys(text)),
        counts=frozenset(
            key for n in find_numbers(text) if not _dated(n.start, dates) for key in number_keys(text[n.start : n.end])
        ),
        dates=dates,
        days=window(text, dates),
        wants=wanted,
        form=form(words, wanted, language),
        counted=things(text, language) if wanted is Wants.NUMBER else frozenset(),
        negated=denials(words, language) > 0,
        wants_latest=asks_latest(words, language),
        small_talk=small_talk(words, cased, language),
    )


def with_seen_names(question: Question, seen: SeenNames) -> Question:
    """The question with the names that the passages found for it tell, which it may write small."""
    spotted = spot(question.text, question.cased, question.language, seen)
    names = tuple(name for name in spotted if not _dated(name.start, question.dates))
    return replace(question, spotted=spotted, names=names)


def _dated(at: int, dates: Iterable[TimeExpression]) -> bool:
    """Whether a place in the text is part of a date."""
    return any(d.start <= at < d.end for d in dates)
