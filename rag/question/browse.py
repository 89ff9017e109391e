"""Tells whether a reader browses ("what's new in Serbia", "tell me about the floods", "sport") rather than asks, and
what for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache

from rag.question.question import Form, Question, Topic, Wants
from rag.question.question_type import wants
from rag.text.language import family
from rag.text.names import is_common
from rag.text.phrases import Match, Phrases, phrases, tokens
from rag.text.tables import table

_WORD = re.compile(r"[^\W_]+")
_SLIP, _ALIKE = 5, 0.8  # letters of a word that may be mistyped, and how like it is to the word that is meant
_MATTER = 4  # words: who writes more of the matter asks something of it
# Words in a mere heading: beside names and days, "elections in Bosnia 2022"; without any, "road accidents".
_BARE, _BARE_ALONE = 1, 2
_QUOTED = re.compile(r"[“„»«\"](.*[^\W_].*)[”“«»\"]")  # a headline
_ASKED = re.compile(r"[?;;]\s*$")
_GREEK_VERB = re.compile(r"(?!o |i |to |oi |ta )\w+ (?:o|i|to|oi|ta) \w")  # folded: "Υπέγραψε ο Κούρτι ..."


def read_topic(question: Question) -> Topic | None:
    """Returns what a reader browses for, or None for a question."""
    text, words, language = question.text, question.words, question.language
    spans = [m.span() for m in _WORD.finditer(text)]
    if not words or len(words) != len(spans):
        return None
    if asks_newest(words, language):
        return Topic(days=question.days, alone=True)
    dated = [any(d.start <= start < d.end for d in question.dates) for start, _ in spans]
    request, tells = _request(words, dated, language)
    if tells and (headline := _QUOTED.search(text)):
        return Topic(words=headline[1], matter=True, alone=True)
    rest = [i for i in range(len(words)) if not request or not request.start <= i < request.end]
    names = tuple(n for n in question.spotted if n.likely and any(n.start <= spans[i][0] < n.end for i in rest))
    named = [range(n.start, n.end) for n in names] + [range(d.start, d.end) for d in question.dates]
    small = phrases("browse", "small", language)
    matter = [
        i
        for i in rest
        if not any(spans[i][0] in span for span in named) and not is_common(words[i]) and not small.matches((words[i],))
    ]
    if request is None:
        most = _BARE if named else _BARE_ALONE
        browses = len(matter) <= most and bool(matter or named) and not _asks(question)
    else:
        told = tells or (request.end not in matter and wants([words[i] for i in rest], language) is Wants.OTHER)
        browses = len(matter) <= _MATTER and told
    if not browses:
        return None
    section = section_of(" ".join(words[i] for i in matter))
    searched = " ".join(text[slice(*spans[i])] for i in rest)
    alone = bool(section) or (request is not None and bool(not tells or matter or named))
    return Topic(names, question.days, searched, bool(matter) and not section, section, alone)


def asks_newest(words: Sequence[str], language: str, alike: float = _ALIKE) -> bool:
    """Tells whether who says these words in a language asks for nothing but the newest. `alike`: how like a mistyped
    word must be to one that says so, 1 for none."""
    known = _newest_words(family(language))
    meant = [w if len(w) < _SLIP or w in known else next(iter(get_close_matches(w, known, 1, alike)), w) for w in words]
    news, small = (phrases("browse", section, language) for section in ("news", "small"))
    if (found := news.find(meant)) is None:
        return False
    rest = (*meant[: found.start], *meant[found.end :])
    return all(small.matches((word,)) or news.matches((word,)) for word in rest)


@cache
def _newest_words(kin: str) -> tuple[str, ...]:
    written = " ".join(table("browse")[section].get(kin, "") for section in ("news", "small"))
    return tokens(written)


def _request(words: tuple[str, ...], dated: Sequence[bool], language: str) -> tuple[Match[str] | None, bool]:
    """Finds the words that ask for news or to be told about something, and tells whether it is the latter. Words of a
    day may stand among them: "what happened yesterday in Bosnia"."""
    kept = [i for i in range(len(words)) if not dated[i]]
    found, tells = _request_in(tuple(words[i] for i in kept), language)
    if found is None:
        return None, False
    end = kept[found.end - 1] + 1
    return Match(kept[found.start], end, found.tag), tells


def _request_in(words: tuple[str, ...], language: str) -> tuple[Match[str] | None, bool]:
    about = phrases("browse", "about", language)
    end = about.longest(words, 0)
    while (further := about.longest(words, end)) > end:  # "summarise what happened"
        end = further
    found = Match(0, end, "about") if end else phrases("browse", "about_end", language).ending(words)
    news = phrases("browse", "news", language).find(words) or phrases("browse", "news", "en").find(words)
    return found or news, found is not None


def _asks(question: Question) -> bool:
    """Tells whether a text without words that ask for news is a question."""
    if family(question.language) == "el" and _GREEK_VERB.match(" ".join(question.words)):
        return True
    shaped = question.form is not Form.FACT
    return shaped or _ASKED.search(question.text) is not None or question.wants is not Wants.OTHER


def section_of(words: str) -> str:
    """Returns the section of a newspaper that the words name in any language (`sport`), or ""."""
    said = tokens(words)
    return next((m.tag for m in _sections().at(said, 0) if m.end == len(said)), "") if said else ""


@cache
def _sections() -> Phrases[str]:
    return Phrases((str(written), name) for name, written in table("browse")["sections"].items())
