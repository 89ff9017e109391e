"""Turns what a reader typed, and the conversation before it, into a query that stands alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from rag.errors import BadInput
from rag.question import followup
from rag.question.browse import read_browsing
from rag.question.question_type import Wants, asks_latest, smalltalk, wants
from rag.text.dates import window
from rag.text.language import identify
from rag.text.names import find_names
from rag.text.numbers import number_keys
from rag.text.phrases import expressions, find, longest, table, tokens
from rag.types import Days, Filters, Query, Turn

_SPACES = re.compile(r"\s+")
_HISTORY_TURNS = 200
_PARTS = 5  # questions in one that are answered
_SURE = 0.75  # of a language
_LETTER = re.compile(r"[^\W\d_]")
_ALSO = "|".join(table("joining")["questions"]["and"].split())
_AND = re.compile(rf",?\s+(?:{_ALSO})\s+(?=\S+(?:\s+\S+)?\s*[?;;]?$)", re.IGNORECASE)
_OWN = 2  # names and numbers from which a second question in one message needs nothing of the first
_TOLD = 4  # words from which a question tells its language by itself; a shorter one is read with the one before it


def clean(question: str, *, max_chars: int) -> str:
    """The question in NFC, without control characters, white space collapsed. Raises BadInput when nothing is left to
    ask."""
    if len(question) > max_chars:
        raise BadInput(
            f"The question has {len(question):,} characters; at most {max_chars:,} are read.",
            hint="Ask it in fewer words.",
        )
    visible = "".join(c if unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn") else " " for c in question)
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", visible)).strip()
    if not any(unicodedata.category(c)[0] in "LN" for c in text):
        what = "is empty" if not text else "has no letter or digit"
        raise BadInput(f"The question {what}.", hint="Type a question in words.")
    return text


def prepare(
    question: str,
    *,
    history: Sequence[Turn] = (),
    filters: Filters = Filters(),
    as_of: date | None = None,
    language: str | None = None,
    page_language: str | None = None,
    limit: int = 10,
    max_chars: int = 2000,
    today: date | None = None,
) -> Query:
    """The query for a question: cleaned, its language detected, made to stand alone from the history.

    `as_of` hides what was published after that day. Relative days are counted from it, or else from `today` (by default
    the clock's, UTC). `language` is the question's; without it the language is detected, and `page_language`, that of
    the page it was typed on, decides between similar ones. Raises BadInput.
    """
    asked = clean(question, max_chars=max_chars)
    history = history[-_HISTORY_TURNS:]
    filters = _as_of(filters, as_of)
    spoken = language or _language(asked, history, page_language)
    said = smalltalk(asked, spoken)
    parts = () if said else _parts(asked, history, spoken)
    text = " ".join(parts) if parts else asked
    days = None if said else window(asked, as_of=as_of or today or datetime.now(UTC).date(), language=spoken)
    return Query(
        text=text,
        original=asked,
        language=spoken,
        filters=filters,
        as_of=as_of,
        limit=limit,
        days=Days(days.start, days.end) if days else None,
        wants_latest=not said and asks_latest(asked, spoken),
        browses=not said and len(parts) == 1 and read_browsing(text, spoken, as_of=as_of or today) is not None,
        parts=parts if len(parts) > 1 else (),
    )


def standalone(asked: str, history: Sequence[Turn]) -> str:
    """The question with what it leaves unsaid, in its own language."""
    return followup.standalone(asked, history, _language(asked, history))


def _as_of(filters: Filters, as_of: date | None) -> Filters:
    if as_of is not None:
        last = min(as_of, filters.published_to) if filters.published_to else as_of
        filters = replace(filters, published_to=last)
    if filters.published_from and filters.published_to and filters.published_from > filters.published_to:
        raise BadInput(
            f"The date range is empty: {filters.published_from} is after {filters.published_to}.",
            hint="Swap the two dates.",
        )
    return filters


def _language(asked: str, history: Sequence[Turn], page_language: str | None = None) -> str:
    """The language of a question. For a few ambiguous words it is the conversation's, if they can be in that language.

    The last question of the conversation, or else the page, decides between similar languages.
    """
    before = identify(history[-1].question[:500]).language if history else None
    few = len(asked.split()) < _TOLD
    own = identify(asked, hint=page_language if before is None else None if few else before)
    if before and few and own.confidence < _SURE:
        if any(find(tokens(asked), expressions("followup", s, before)) for s in ("questions", "joining", "pronouns")):
            return before
    return own.language


def _parts(asked: str, history: Sequence[Turn], language: str) -> tuple[str, ...]:
    """The questions in what was asked, each standing alone; later ones may hang on earlier ones."""
    marks = "?;" if language == "el" else "?"
    written = [part for part in re.split(rf"(?<=[{marks}])\s+(?=\S)", asked) if _LETTER.search(part)]
    if len(written) == 1:
        written = _joined_question(asked, language)
    made: list[str] = []
    told = list(history)
    for part in written[: _PARTS + 1]:
        whole = _alone(part, language) if made else ""
        whole = whole or followup.standalone(part, told, language)
        if whole == part or not made:
            told = [Turn(whole)]  # what comes after hangs on the last question that stands alone
        made.append(whole)
    return tuple(made)


def _alone(part: str, language: str) -> str:
    """A further question that names enough of its own to stand alone ("And who won X in 2026?"); else nothing."""
    own = sum(not name.first for name in find_names(part)) + len(set(number_keys(part)))
    if own < _OWN or wants(part, language) is Wants.OTHER:
        return ""
    alone = followup.without_joining(part, language)
    return alone[:1].upper() + alone[1:]


def _joined_question(asked: str, language: str) -> list[str]:
    """ "Who signed it and when?": two questions, if what follows "and" is nothing but a question word."""
    halves = _AND.split(asked)
    if len(halves) == 2 and wants(halves[0], language) is not Wants.OTHER:
        words = tokens(halves[1])
        questions = expressions("followup", "questions", language)
        if words and longest(words, 0, questions) == len(words):
            return [halves[0].rstrip(" ,") + "?", halves[1]]
    return [asked]
