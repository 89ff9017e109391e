"""The day on which what a sentence of news tells happened, apart from the day on which it was published."""

from __future__ import annotations

import re
from datetime import date, timedelta

from rag.text.dates import find_dates

_UNDATED = date(2000, 1, 1)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_BEFORE, _AFTER = timedelta(days=31), timedelta(days=92)  # of publication: what lies further off is background


def event_day(sentence: str, published: date | None, language: str) -> date | None:
    """Returns the day that a sentence names for what it tells; None where it names none.

    Without a day of publication only a whole date counts: nobody knows whose "yesterday" it is.
    """
    for found in find_dates(sentence, as_of=published or _UNDATED, language=language):
        day = found.window.start
        if day is None or day != found.window.end:
            continue
        if published is None and _YEAR.search(sentence, found.start, found.end):
            return day
        if published is not None and published - _BEFORE <= day <= published + _AFTER:
            return day
    return None
