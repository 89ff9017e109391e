"""The day on which what a sentence of news tells happened, apart from the day on which it was published."""

from __future__ import annotations

import re
from datetime import date, timedelta

from rag.text.dates import TimeExpression, find_dates, shift_days
from rag.text.language import family
from rag.text.phrases import phrases, tokens

_UNDATED = date(2000, 1, 1)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_CLAUSE = re.compile(r"[,;:()«»„“”\"]")
_BEFORE, _AFTER = timedelta(days=31), timedelta(days=92)  # of publication: what lies further off is background
_VERB_LAST, _BEHIND = frozenset({"tr"}), 5  # languages whose verb, which bears the tense, ends the clause


def event_day(sentence: str, published: date | None, language: str) -> date | None:
    """Returns the day that a sentence names for what it tells; None where it names none.

    It is the first day near to that of publication; a weekday beside a verb in the future, or for which something is
    set, is the next one, and one that returns ("every Sunday") is none. Without a day of publication only a whole date
    counts: nobody knows whose "yesterday" it is.
    """
    found = find_dates(sentence, as_of=published or _UNDATED, language=language)
    for at, one in enumerate(found):
        day = one.window.start
        if day is None or day != one.window.end:
            continue
        if published is None:
            if _YEAR.search(sentence, one.start, one.end):
                return day
            continue
        if one.kind == "weekday":
            follows = next(iter(found[at + 1 :]), None)
            touches = follows is not None and not re.search(r"\w", sentence[one.end : follows.start])
            beside = follows.window if follows is not None and touches else None
            if beside and beside.start and beside.start == beside.end:
                continue  # "on Sunday, 16 March" is the 16th
            if phrases("dates", "every", language).ending(tokens(sentence[: one.start])):
                continue
            scheduled = phrases("dates", "scheduled", language).ending(tokens(sentence[: one.start]))
            if day < published and scheduled or day <= published and _is_to_come(sentence, one, language):
                day = shift_days(day, 7)
        if published - _BEFORE <= day <= published + _AFTER:
            return day
    return None


def _is_to_come(sentence: str, weekday: TimeExpression, language: str) -> bool:
    """Tells whether the clause says before a weekday, or right behind it, that something is to come."""
    marks = phrases("dates", "future", language)
    before = tokens(_CLAUSE.split(sentence[: weekday.start])[-1])
    behind = tokens(_CLAUSE.split(sentence[weekday.end :])[0])
    reach = _BEHIND if family(language) in _VERB_LAST else 1
    return marks.find(before) is not None or marks.find(behind[:reach]) is not None
