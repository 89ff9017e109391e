"""What a question asks for: the kind of thing (a person, a number, ...), the form of its answer; or small talk."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache

from rag.text.dates import find_dates
from rag.text.language import family
from rag.text.names import find_names, is_common
from rag.text.phrases import Phrases, phrases, tokens
from rag.text.script import fold
from rag.text.tables import table


class Wants(StrEnum):
    """The kind of thing that would answer."""

    PERSON = "person"
    TIME = "time"
    PLACE = "place"
    NUMBER = "number"
    CAUSE = "cause"
    NAME = "name"  # of whatever it is: "what is the ship called"
    OTHER = "other"


NAME_TYPES = frozenset({Wants.PERSON, Wants.PLACE, Wants.NAME})  # a name answers


@lru_cache(maxsize=64)  # of one question it is asked for every passage
def wants(question: str, language: str) -> Wants:
    """The kind of thing that a question asks for, by its question words; the first ones decide."""
    found = _wants(family(language)).find(tokens(question))
    return found.tag if found else Wants.OTHER


@cache
def _wants(kin: str) -> Phrases[Wants]:
    return Phrases((table("wants")[kind].get(kin, ""), kind) for kind in Wants if kind is not Wants.OTHER)


class Form(StrEnum):
    """The form of answer."""

    FACT = "fact"
    LIST = "list"
    YESNO = "yesno"
    DEFINITION = "definition"
    STATEMENT = "said"  # what somebody said
    COMPARISON = "comparison"


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


def asks_office(question: str, language: str) -> bool:
    """Whether a question asks who is something now ("who is the prime minister of Bulgaria"), and not who has done
    something, who was it at a time, or who somebody is.
    """
    asked, kin = tokens(question), family(language)
    opens = phrases("forms", "office", language).find(asked, opening=kin != "tr")
    if (
        opens is None
        or (kin == "tr" and opens.end < len(asked))
        or find_dates(question, as_of=_LATE, language=language)
    ):
        return False
    rest = (*asked[: opens.start], *asked[opens.end :])
    named = {word for n in find_names(question) for word in tokens(question[n.start : n.end])}
    done = kin in _WITH_IS and any(map(_PARTICIPLE.search, rest))
    return not done and any(word not in named and not is_common(word) for word in rest)


def asks_latest(question: str, language: str) -> bool:
    """Whether a question asks for what is newest."""
    words = tokens(question)
    return any(phrases("forms", "latest", own).find(words) for own in (language, "any"))


@lru_cache(maxsize=64)  # of one question it is asked when it is prepared, and when it is parsed
def form(question: str, language: str) -> Form:
    """The form of answer that a question asks for; a fact where nothing says otherwise."""
    asked = tokens(question)
    for one in _ANYWHERE:
        if phrases("forms", one.value, language).find(asked):
            return one
    if _yes_or_no(question, asked, language):
        return Form.YESNO
    if wants(question, language) not in _ONE and _list(question, asked, language):
        return Form.LIST
    opening = phrases("forms", Form.DEFINITION.value, language).find(asked, opening=family(language) != "tr")
    if opening and len(asked) <= _SHORT and _only_a_name(asked[opening.end :], language):
        return Form.DEFINITION
    return Form.FACT


def _only_a_name(rest: tuple[str, ...], language: str) -> bool:
    """Whether what follows "who is" is only a name: a few words without a verb. "Who was killed in" is not.

    In South Slavic "who has signed" is written "who is signed", with a participle behind it.
    """
    if rest and family(language) in _WITH_IS and _PARTICIPLE.search(fold(rest[0])):
        return False
    return 0 < len(rest) <= 4 or family(language) == "tr"


def _list(question: str, asked: tuple[str, ...], language: str) -> bool:
    if phrases("forms", Form.LIST.value, language).find(asked[:4]):
        return True
    return family(language) == "en" and bool(_ENGLISH_MANY.search(" ".join(asked[:8])))


def _yes_or_no(question: str, asked: tuple[str, ...], language: str) -> bool:
    if phrases("forms", Form.YESNO.value, language).find(asked, opening=True):
        return not (family(language) in _UNMARKED and wants(question, language) is not Wants.OTHER)
    particle = _QUESTION_PARTICLE.get(family(language))
    if particle and particle.search(" ".join(asked)):
        return True
    return False


_WHOLE = ("greeting", "thanks", "insult")
_LONGEST = 12  # words: whatever is longer is a question with a greeting in front
_AFTER_ABOUT = 4  # words that may follow "who are you": "... and what do you do"


def smalltalk(text: str, language: str) -> str:
    """`greeting`, `thanks`, `insult`, `about` or `advice`; empty for a question on the news."""
    said = tokens(text)
    if not said or (len(said) > _LONGEST and not phrases("smalltalk", "advice", language).find(said)):
        return ""
    for kind in _WHOLE:
        if _fills(said, kind, language):
            return kind
    if _about(text, said, language):
        return "about"
    if phrases("smalltalk", "advice", language).find(said):
        return "advice"
    return ""


def _fills(said: tuple[str, ...], kind: str, language: str) -> bool:
    """Whether the text is made of such expressions and small words beside them alone."""
    own, filler = (phrases("smalltalk", name, language) for name in (kind, "filler"))
    at, met = 0, False
    while at < len(said):
        end = own.longest(said, at)
        if end > at:
            at, met = end, True
        elif filler.longest(said, at) > at:
            at += 1
        else:
            return False
    return met


def _about(text: str, said: tuple[str, ...], language: str) -> bool:
    place = phrases("smalltalk", "about", language).find(said, opening=True)
    if place is None or len(said) - place.end > _AFTER_ABOUT:
        return False
    return not [n for n in _names_inside(text) if "telal" not in n]


def _names_inside(text: str) -> list[str]:
    return [name.key for name in find_names(text) if not name.first]
