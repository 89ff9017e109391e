"""Whether a reader browses ("what's new in Serbia", "tell me about the floods", "sport") rather than asks, and for
what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

from rag.question.parse import QuestionName, spot
from rag.question.question_type import Form, Wants, form, wants
from rag.text.dates import find_dates, window
from rag.text.language import family
from rag.text.names import is_common
from rag.text.phrases import Match, Phrases, phrases, tokens
from rag.text.tables import table
from rag.types import Window

_WORD = re.compile(r"[^\W_]+")
_MATTER = 4  # words: who writes more of the matter asks something of it
_BARE = 1  # words beside names and days in what is typed as a mere heading: "elections in Bosnia 2022"
_QUOTED = re.compile(r"[“„»«\"](.*[^\W_].*)[”“«»\"]")  # a headline
_ASKED = re.compile(r"[?;;]\s*$")
_GREEK_VERB = re.compile(r"(?!o |i |to |oi |ta )\w+ (?:o|i|to|oi|ta) \w")  # folded: "Υπέγραψε ο Κούρτι ..."


@dataclass(frozen=True, slots=True)
class Browsing:
    """The stories that are wanted: of these names, in these days, on this matter; the newest where none is given.

    `searched` are the reader's words without those that ask for news; `matter`: they are more than names and days.
    `section` is a newspaper's section, where the matter is one. `whole`: it hangs on nothing that was asked before.
    """

    names: tuple[QuestionName, ...] = ()
    days: Window | None = None
    searched: str = ""
    matter: bool = False
    section: str = ""
    whole: bool = False


def read_browsing(text: str, language: str, *, as_of: date | None = None) -> Browsing | None:
    """What a reader browses for; None for a question. "Today" is `as_of`, by default the clock's day (UTC)."""
    words, spans = tokens(text), [m.span() for m in _WORD.finditer(text)]
    if not words or len(words) != len(spans):
        return None
    today = as_of or datetime.now(UTC).date()
    request, tells = _request(words, language)
    if tells and (headline := _QUOTED.search(text)):
        return Browsing(searched=headline[1], matter=True, whole=True)
    rest = [i for i in range(len(words)) if not request or not request.start <= i < request.end]
    spotted = [n for n in spot(text, language) if n.sure or n.keys[0][0] == "@"]
    names = tuple(n for n in spotted if any(n.start <= spans[i][0] < n.end for i in rest))
    dates = find_dates(text, as_of=today, language=language)
    named = [range(n.start, n.end) for n in names] + [range(d.start, d.end) for d in dates]
    small = phrases("browse", "small", language)
    matter = [
        i
        for i in rest
        if not any(spans[i][0] in span for span in named) and not is_common(words[i]) and not small.fills((words[i],))
    ]
    if request is None:
        browses = len(matter) <= _BARE and bool(matter or named) and not _asks(text, language)
    else:
        told = tells or (request.end not in matter and _wants_nothing([words[i] for i in rest], language))
        browses = len(matter) <= _MATTER and told
    if not browses:
        return None
    section = section_of(" ".join(words[i] for i in matter))
    searched = " ".join(text[slice(*spans[i])] for i in rest)
    days = window(text, as_of=today, language=language)
    whole = bool(section) or (request is not None and bool(not tells or matter or named))
    return Browsing(names, days, searched, bool(matter) and not section, section, whole)


def _request(words: tuple[str, ...], language: str) -> tuple[Match[str] | None, bool]:
    """The words that ask for news, or to be told of something, and whether it is the latter."""
    about = phrases("browse", "about", language)
    end = about.longest(words, 0)
    while (further := about.longest(words, end)) > end:  # "summarise what happened"
        end = further
    found = Match(0, end, "about") if end else phrases("browse", "about_end", language).ending(words)
    return found or phrases("browse", "news", language).find(words), found is not None


def _wants_nothing(rest: Sequence[str], language: str) -> bool:
    return wants(" ".join(rest), language) is Wants.OTHER


def _asks(text: str, language: str) -> bool:
    """Whether what asks for no news is a question."""
    if family(language) == "el" and _GREEK_VERB.match(" ".join(tokens(text))):
        return True
    shaped = form(text, language) is not Form.FACT
    return shaped or _ASKED.search(text) is not None or wants(text, language) is not Wants.OTHER


def section_of(words: str) -> str:
    """The section of a newspaper that words name, in any language; empty for none."""
    said = tokens(words)
    return next((m.tag for m in _sections().at(said, 0) if m.end == len(said)), "") if said else ""


@cache
def _sections() -> Phrases[str]:
    return Phrases((str(written), name) for name, written in table("browse")["sections"].items())
