"""From what a reader typed, and what was said before, to a query that stands alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from rag.errors import BadInput
from rag.text.language import identify
from rag.text.names import find_names
from rag.text.numbers import number_keys
from rag.types import Filters, Query, Turn

_SPACES = re.compile(r"\s+")
_HISTORY_TURNS = 200
# A follow-up is short and names nothing itself, or begins by joining on to what was said: "and in Croatia?"
_FOLLOW_UP_WORDS = 7
_JOINING = frozenset(
    "and but what|about how|about a i ali pa dhe po por ve ya peki și iar dar και κι όμως и а но in kaj|pa".split()
)


def clean(question: str, *, max_chars: int) -> str:
    """The question in NFC without control characters, spaces folded; BadInput when nothing can be asked with it."""
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
    limit: int = 10,
    max_chars: int = 2000,
) -> Query:
    """The query for a question: cleaned, its language known, made standalone from the history.

    `as_of` hides what was published after that day. Raises BadInput.
    """
    asked = clean(question, max_chars=max_chars)
    if len(history) > _HISTORY_TURNS:
        history = history[-_HISTORY_TURNS:]
    if as_of is not None:
        last = min(as_of, filters.published_to) if filters.published_to else as_of
        filters = Filters(filters.published_from, last, filters.languages, filters.outlets, filters.kinds)
    if filters.published_from and filters.published_to and filters.published_from > filters.published_to:
        raise BadInput(
            f"The date range is empty: {filters.published_from} is after {filters.published_to}.",
            hint="Swap the two dates.",
        )
    return Query(
        text=standalone(asked, history),
        asked=asked,
        language=language or identify(asked).language,
        filters=filters,
        as_of=as_of,
        limit=limit,
    )


def standalone(asked: str, history: Sequence[Turn]) -> str:
    """The question with the last one put before it, when it cannot stand alone."""
    if not history or not _follows(asked):
        return asked
    return f"{history[-1].question.strip()[:500]} {asked}"


def _follows(asked: str) -> bool:
    words = asked.casefold().split()
    if words[0] in _JOINING or "|".join(words[:2]) in _JOINING:
        return True
    names = [name for name in find_names(asked) if not name.first]
    return len(words) <= _FOLLOW_UP_WORDS and not names and not number_keys(asked)
