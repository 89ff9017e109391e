"""Tells what a question asks for: a kind of thing (a person, a number, ...), a form of answer; or small talk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cache

from rag.question.question import Form, Question, Wants
from rag.text.dates import find_dates
from rag.text.language import family
from rag.text.names import Name, is_common
from rag.text.phrases import Phrases, phrases, tokens
from rag.text.tables import table


def wants(words: Sequence[str], language: str) -> Wants:
    """Returns the kind of thing that a question asks for, by the first of its question words."""
    found = _wants(family(language)).find(words)
    return found.tag if found else Wants.OTHER


@cache
def _wants(kin: str) -> Phrases[Wants]:
    return Phrases((table("wants")[kind].get(kin, ""), kind) for kind in Wants if kind is not Wants.OTHER)


# Asked for anywhere in a question, the first that fits decides; definitions and yes-or-no by their opening alone.
_ANYWHERE = (Form.COMPARISON, Form.STATEMENT)
_OPENING = (Form.LIST, Form.YESNO, Form.DEFINITION)
_ONE = frozenset({Wants.TIME, Wants.NUMBER})  # "which year", though "which" opens a list too
_SHORT = 7  # words: what is longer than "What is the Open Balkan initiative about?" asks for more than a definition
_ENGLISH_MANY = re.compile(r"\b(?:which|what) (?!is\b|was\b|does\b|has\b)(?:[a-z]{2,} ){0,1}[a-z]{3,}(?<![sui])s\b")
_QUESTION_PARTICLE = {
    "sh": re.compile(r"^\w+ li\b"),
    "bg": re.compile(r"^(?:\w+ ){1,6}li\b"),
    "mk": re.compile(r"^\w+ li\b"),
    "tr": re.compile(r"\b(?:mi|mu)(?:dir|dur|ydi|ydu|ydu|yim|sin|yiz)?\b"),
}
_UNMARKED = frozenset({"el", "ro", "sq"})  # a yes-or-no question may differ from a statement by its mark alone
_LATE = date(2100, 1, 1)  # so that every year is one that has been
_MARK = re.compile(r"[?;;]\s*$")
_WITH_IS = frozenset({"sh", "sl", "mk", "bg"})
_PARTICIPLE = re.compile(r".{3}(?:ao|io|eo|uo|al|il|el|la|li|le)$")


def asks_office(question: Question) -> bool:
    """Tells whether a question asks who holds an office now ("who is the prime minister of Bulgaria"), not who has done
    something, who held it once, or who somebody is."""
    asked, kin = question.words, family(question.language)
    opens = phrases("forms", "office", question.language).find(asked, opening=kin != "tr")
    if (
        opens is None
        or (kin == "tr" and opens.end < len(asked))
        or find_dates(question.text, as_of=_LATE, language=question.language)
    ):
        return False
    rest = (*asked[: opens.start], *asked[opens.end :])
    named = {word for n in question.cased for word in tokens(question.text[n.start : n.end])}
    done = kin in _WITH_IS and any(map(_PARTICIPLE.search, rest))
    return not done and any(word not in named and not is_common(word) for word in rest)


def asks_of_today(question: Question) -> bool:
    """Whether a question asks how something is, by its present tense, and names no day."""
    kin = family(question.language)
    done = kin in _WITH_IS and any(map(_PARTICIPLE.search, question.words))
    return bool(phrases("forms", "present", question.language).find(question.words)) and not (done or question.dates)


def asks_latest(words: Sequence[str], language: str) -> bool:
    """Tells whether a question asks for the newest."""
    return any(phrases("forms", "latest", own).find(words) for own in (language, "any"))


def form(asked: tuple[str, ...], wanted: Wants, language: str) -> Form:
    """Returns the form of answer that a question's words ask for; a fact where nothing says otherwise."""
    for one in _ANYWHERE:
        if phrases("forms", one.value, language).find(asked):
            return one
    if _yes_or_no(asked, wanted, language):
        return Form.YESNO
    if wanted not in _ONE and _list(asked, language):
        return Form.LIST
    opening = phrases("forms", Form.DEFINITION.value, language).find(asked, opening=family(language) != "tr")
    if opening and len(asked) <= _SHORT and _only_a_name(asked[opening.end :], language):
        return Form.DEFINITION
    return Form.FACT


def _only_a_name(rest: tuple[str, ...], language: str) -> bool:
    """Tells whether only a name follows "who is": a few words without a verb. "Who was killed in" is not.

    In South Slavic "who has signed" is written "who is signed", with a participle behind it.
    """
    if rest and family(language) in _WITH_IS and _PARTICIPLE.search(rest[0]):
        return False
    return 0 < len(rest) <= 4 or family(language) == "tr"


def _list(asked: tuple[str, ...], language: str) -> bool:
    if phrases("forms", Form.LIST.value, language).find(asked[:4]):
        return True
    return family(language) == "en" and bool(_ENGLISH_MANY.search(" ".join(asked[:8])))


def _yes_or_no(asked: tuple[str, ...], wanted: Wants, language: str) -> bool:
    if phrases("forms", Form.YESNO.value, language).find(asked, opening=True):
        return not (family(language) in _UNMARKED and wanted is not Wants.OTHER)
    particle = _QUESTION_PARTICLE.get(family(language))
    return bool(particle and particle.search(" ".join(asked)))


_WHOLE = ("greeting", "thanks", "insult")
_LONGEST = 12  # words: whatever is longer is a question with a greeting in front
_AFTER_ABOUT = 4  # words that may follow "who are you": "... and what do you do"


def small_talk(words: tuple[str, ...], cased: Sequence[Name], language: str) -> str:
    """Returns `greeting`, `thanks`, `insult`, `about` or `advice`, or "" for a question on the news.

    `cased` are the names that the capitals show.
    """
    advice = phrases("smalltalk", "advice", language)
    if not words or (len(words) > _LONGEST and not advice.find(words)):
        return ""
    for kind in _WHOLE:
        if _is_only(words, kind, language) or _is_only(words, kind, "en"):  # "hello" is said on every page
            return kind
    if _is_about(words, cased, language):
        return "about"
    return "advice" if advice.find(words) else ""


def _is_only(words: tuple[str, ...], kind: str, language: str) -> bool:
    """Tells whether a text consists of such expressions and filler words alone."""
    own, filler = (phrases("smalltalk", name, language) for name in (kind, "filler"))
    at, met = 0, False
    while at < len(words):
        end = own.longest(words, at)
        if end > at:
            at, met = end, True
        elif filler.longest(words, at) > at:
            at += 1
        else:
            return False
    return met


def _is_about(words: tuple[str, ...], cased: Sequence[Name], language: str) -> bool:
    """Tells whether it asks who or what Telal is."""
    place = phrases("smalltalk", "about", language).find(words, opening=True)
    if place is None or len(words) - place.end > _AFTER_ABOUT:
        return False
    return all(name.first or "telal" in name.key for name in cased)
