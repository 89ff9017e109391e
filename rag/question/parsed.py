"""A question understood once: its names, numbers and days, the kind of answer that it wants, whether it denies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

from rag.question.answer_type import Counted, Wants, counted, wants
from rag.question.question_type import Form, asks_latest, form
from rag.question.spotted import QuestionName, spot
from rag.text.dates import TimeExpression, find_dates
from rag.text.names import NO_NAMES, SeenNames
from rag.text.numbers import find_numbers
from rag.text.phrases import tokens
from rag.text.polarity import denials
from rag.text.script import script_of

_UNIT = 30  # characters behind a number that say what it counts


class AnswerType(StrEnum):
    """What would answer."""

    PERSON = "person"
    PLACE = "place"
    TIME = "time"
    NUMBER = "number"
    CAUSE = "cause"
    LIST = "list"
    YES_NO = "yes_no"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that the question states: `text[start:end]`, its value and the folded word behind it (or nothing)."""

    start: int
    end: int
    value: Decimal
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ParsedQuestion:
    """What a question says. Offsets point into `text`; `counted` is what a number is asked of ("how many injured")."""

    text: str
    language: str
    script: str
    names: tuple[QuestionName, ...]
    numbers: tuple[Quantity, ...]
    times: tuple[TimeExpression, ...]
    answer_type: AnswerType
    form: Form
    counted: Counted | None
    negated: bool
    latest: bool


def parse(text: str, language: str, *, known: SeenNames = NO_NAMES, as_of: date | None = None) -> ParsedQuestion:
    """The question understood; `known` are the names of the passages found for it (`rag/text/names.py`).

    `as_of` is the day from which "yesterday" is told, by default the clock's (UTC). Pure but for that.
    """
    times = find_dates(text, as_of=as_of or datetime.now(UTC).date(), language=language)
    wanted, shape = wants(text, language), form(text, language)
    kind = answer_type(wanted, shape)
    return ParsedQuestion(
        text=text,
        language=language,
        script=script_of(text),
        names=tuple(n for n in spot(text, language, known) if not _within(n.start, times)),
        numbers=_quantities(text, times),
        times=tuple(times),
        answer_type=kind,
        form=shape,
        counted=counted(text, language) if wanted is Wants.NUMBER else None,
        negated=denials(tokens(text), language) > 0,
        latest=asks_latest(text, language),
    )


_SHAPES = {Form.LIST: AnswerType.LIST, Form.YESNO: AnswerType.YES_NO}


def answer_type(wanted: Wants, shape: Form) -> AnswerType:
    """The form decides where it is a list or yes or no; else what the question word asks for."""
    return _SHAPES.get(shape, AnswerType(wanted.value))


def _quantities(text: str, times: Sequence[TimeExpression]) -> tuple[Quantity, ...]:
    """The numbers that are no part of a date."""
    return tuple(
        Quantity(n.start, n.end, n.value, next(iter(tokens(text[n.end : n.end + _UNIT])), ""))
        for n in find_numbers(text)
        if not _within(n.start, times)
    )


def _within(at: int, times: Sequence[TimeExpression]) -> bool:
    """Whether an offset lies in an expression of time."""
    return any(t.start <= at < t.end for t in times)
