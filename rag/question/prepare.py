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
from rag.question.parse import spot
from rag.question.question_type import Wants, asks_latest, smalltalk, wants
from rag.text.dates import window
from rag.text.language import identify
from rag.text.languages import LANGUAGES, find_language, scripts_of
from rag.text.names import find_names
from rag.text.numbers import number_keys
from rag.text.phrases import phrases, tokens
from rag.text.script import script_of
from rag.text.tables import table
from rag.types import Filters, Query, Turn

_SPACES = re.compile(r"\s+")
_HISTORY_TURNS = 200
_PARTS = 5  # questions in one that are answered
_LETTER = re.compile(r"[^\W\d_]")
_ALSO = "|".join(table("joining")["questions"]["and"].split())
_AND = re.compile(rf",?\s+(?:{_ALSO})\s+(?=\S+(?:\s+\S+)?\s*[?;;]?$)", re.IGNORECASE)
_OWN = 2  # names and numbers from which a second question in one message needs nothing of the first
_SURE = 0.7  # of a language, without such a word
_TOLD = 8  # words, names left out, from which a question tells its language even without a word of its own
_CHAIN = 4  # turns back that are read for the language of a conversation, and that a turn may hang on
_WORD = re.compile(r"[^\W\d_]+")


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
) -> Query:
    """The query for a question: cleaned, its language detected, made to stand alone from the history.

    `as_of` hides what was published after that day. Relative days are counted from it, else from today (UTC).
    `language` is the question's; without it the language is detected, and `page_language`, that of the page it was
    typed on, decides between similar ones. Raises BadInput.
    """
    asked = clean(question, max_chars=max_chars)
    history = history[-_HISTORY_TURNS:]
    filters = _as_of(filters, as_of)
    spoken = language or _language(asked, history, page_language)
    said = smalltalk(asked, spoken)
    parts = () if said else _parts(asked, spoken)
    text = " ".join(parts) if parts else asked
    day = as_of or datetime.now(UTC).date()
    browsing = read_browsing(text, spoken, as_of=day) if len(parts) == 1 else None
    days = None if said else window(asked, as_of=day, language=spoken)
    return Query(
        text=text,
        original=asked,
        language=spoken,
        filters=filters,
        as_of=as_of,
        limit=limit,
        days=days,
        wants_latest=not said and asks_latest(asked, spoken),
        browses=browsing is not None,
        smalltalk=said,
        parts=parts if len(parts) > 1 else (),
        before=() if said or browsing and browsing.whole else tuple(turn.question[:500] for turn in history[-_CHAIN:]),
    )


def hang(query: Query, context: str) -> Query:
    """The query of a turn together with the question that it hangs on."""
    text = followup.join(query.parts[0] if query.parts else query.text, context, query.language)
    day = query.as_of or datetime.now(UTC).date()
    days = window(text, as_of=day, language=query.language)
    return replace(
        query,
        text=" ".join((text, *query.parts[1:])),
        wording=followup.in_a_row(context, query.original),
        turn=query.text if not query.parts and followup.says_enough(query.text, query.language) else "",
        days=days,
        browses=not query.parts and read_browsing(text, query.language, as_of=day) is not None,
        parts=(text, *query.parts[1:]) if query.parts else (),
        before=(),
    )


def restate_query(query: Query, text: str) -> Query:
    """The query of a turn in other words that stand alone. Raises BadInput."""
    alone = prepare(text, filters=query.filters, as_of=query.as_of, language=query.language, limit=query.limit)
    return replace(alone, original=query.original)


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
    """The language of a question. Where it hardly tells, the conversation's, and the page's where there is none."""
    hint = page_language
    for turn in history[-_CHAIN:]:
        hint = spoken(turn.question[:500], hint)
    return spoken(asked, hint)


def spoken(text: str, hint: str | None = None) -> str:
    """The language of a text. Names are no evidence; a few words without one of a language's own are in that of the
    hint, if that may be written in these letters.
    """
    names = [n for n in spot(text, "und") if n.sure or n.keys[0][0] == "@"]
    words = [m[0] for m in _WORD.finditer(text) if not any(n.start <= m.start() < n.end for n in names)]
    hint = hint and _in_script(hint, script_of(text))
    if not words:
        return hint or identify(text).language
    bare = " ".join(words)
    guess = identify(bare)
    if not hint:
        return guess.language
    doubtful = not guess.told and guess.confidence < _SURE and len(words) < _TOLD
    return hint if doubtful else identify(bare, hint=hint).language


def _in_script(language: str, script: str) -> str | None:
    """A language as it may be written in a script: Serbian is in both, and every other one may be typed in Latin."""
    known = find_language(language)
    if known and len(scripts_of(known.primary)) > 1:
        return next((o.tag for o in LANGUAGES.values() if (o.primary, o.script) == (known.primary, script)), None)
    return language if script in (known.script if known else "Latn", "Latn") else None


def _parts(asked: str, language: str) -> tuple[str, ...]:
    """The questions in what was asked, those behind the first each standing alone; they may hang on earlier ones."""
    marks = "?;" if language == "el" else "?"
    written = [part for part in re.split(rf"(?<=[{marks}])\s+(?=\S)", asked) if _LETTER.search(part)]
    if len(written) < 2:  # none in a day alone, "2025-03-01"
        written = _split_question(asked, language)
    first, *further = written[: _PARTS + 1]
    made, before = [first], first
    for part in further:
        whole = _alone(part, language) or (part if followup.stands_alone(part, language) else "")
        before = whole or before  # what comes after hangs on the last question that stands alone
        made.append(whole or followup.join(part, before, language))
    return tuple(made)


def _alone(part: str, language: str) -> str:
    """A further question that names enough of its own to stand alone ("And who won X in 2026?"); else nothing."""
    own = sum(not name.first for name in find_names(part)) + len(set(number_keys(part)))
    if own < _OWN or wants(part, language) is Wants.OTHER:
        return ""
    alone = followup.without_joining(part, language)
    return alone[:1].upper() + alone[1:]


def _split_question(asked: str, language: str) -> list[str]:
    """ "Who signed it and when?": two questions, if what follows "and" is nothing but a question word."""
    halves = _AND.split(asked)
    if len(halves) == 2 and wants(halves[0], language) is not Wants.OTHER:
        words = tokens(halves[1])
        if phrases("followup", "questions", language).fills(words):
            return [halves[0].rstrip(" ,") + "?", halves[1]]
    return [asked]
