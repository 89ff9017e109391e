"""Notes beside a quote: what kind of source it is, and which day its "yesterday" was. The quote stays unchanged."""

from __future__ import annotations

import re
from datetime import date, timedelta

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from rag.answer.lexicon.messages import message
from rag.text.dates import TimeExpression, find_dates
from rag.types import ArticleStatus, Citation, Note

_KINDS = {"opinion": "note_opinion", "analysis": "note_analysis", "interview": "note_interview"}
_SPONSORED = frozenset({"sponsored", "advertorial", "promo", "pr"})
_UPDATED_AFTER = timedelta(hours=12)  # a change within the day is how articles are written, not a correction
# Expressions for one day, relative to the day of writing. A bare weekday is left out: it may be the last or the next.
_RELATIVE = frozenset({"day_word", "ago", "which_weekday"})
_NOTED = 2  # days explained beside one quote


def notes(citation: Citation, language: str) -> tuple[Note, ...]:
    """What a reader should know beside this quote, in the reader's language."""
    return (*_standing(citation, language), *_days(citation, language))


def _standing(c: Citation, language: str) -> list[Note]:
    found = []
    if c.kind in _SPONSORED:
        found.append(Note("sponsored", message("note_sponsored", language)))
    elif c.kind in _KINDS:
        found.append(Note(c.kind, message(_KINDS[c.kind], language)))
    if c.status is ArticleStatus.RETRACTED:
        found.append(Note("retracted", message("note_retracted", language)))
    if c.modified:
        day = day_name(c.modified.date(), language)
        if c.status is ArticleStatus.CORRECTED:
            found.append(Note("corrected", message("note_corrected", language).format(day=day)))
        elif c.published and c.modified - c.published > _UPDATED_AFTER:
            found.append(Note("updated", message("note_updated", language).format(day=day)))
    return found


def _days(c: Citation, language: str) -> list[Note]:
    if c.published is None:
        return []
    found = []
    for d in relative_days(c.quote, c.published.date(), c.language)[:_NOTED]:
        word = c.quote[d.start : d.end]
        assert d.window.start is not None
        day = day_name(d.window.start, language)
        found.append(Note("day", message("note_day", language).format(word=word, day=day)))
    return found


def relative_days(quote: str, published: date, language: str) -> list[TimeExpression]:
    """The expressions of a quote that are relative to the day of publication: "yesterday", "three days ago"."""
    return [
        d
        for d in find_dates(quote, as_of=published, language=language)
        if d.kind in _RELATIVE and d.window.start is not None and d.window.start == d.window.end
    ]


def day_name(day: date, language: str) -> str:
    """A day as the language writes it: 2 May 2022, 2. maja 2022., 2 Μαΐου 2022."""
    made = format_date(day, format="long", locale=_locale(language))
    return re.sub(r"\s(?:г|р)\.$", "", made)


def _locale(language: str) -> Locale:
    known = {"cnr": "sr_Latn_ME", "sr": "sr_Latn", "en": "en_GB", "und": "en_GB"}
    try:
        return Locale.parse(known.get(language, language.replace("-", "_")))
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en_GB")
