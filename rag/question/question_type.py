"""Which form of answer a question asks for (a fact, a list, yes or no, ...), and whether it is on the future."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rag.question.answer_type import Wants, wants
from rag.text.dates import asks_for_latest
from rag.text.language import family
from rag.text.phrases import expressions, find, tokens
from rag.text.script import fold
from rag.types import Passage


class Form(StrEnum):
    """The form of answer."""

    FACT = "fact"
    LIST = "list"
    YESNO = "yesno"
    DEFINITION = "definition"
    SAID = "said"
    COMPARISON = "comparison"
    TIMELINE = "timeline"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Aim:
    """What a question is after: the kind of thing, the form of the answer, whether the newest."""

    thing: Wants
    form: Form
    latest: bool = False


# Asked for anywhere in a question, the first that fits decides; definitions and yes-or-no by their opening alone.
_ANYWHERE = (Form.SUMMARY, Form.TIMELINE, Form.COMPARISON, Form.SAID)
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
_MARK = re.compile(r"[?;;]\s*$")
_WITH_IS = frozenset({"sh", "sl", "mk", "bg"})
_PARTICIPLE = re.compile(r".{3}(?:ao|io|eo|uo|al|il|el|la|li|le)$")


def aim(question: str, language: str) -> Aim:
    """What a question is after."""
    return Aim(wants(question, language), form(question, language), asks_latest(question, language))


def asks_latest(question: str, language: str) -> bool:
    """Whether a question asks for what is newest."""
    return asks_for_latest(question) or bool(find(tokens(question), expressions("forms", "latest", language)))


def form(question: str, language: str) -> Form:
    """The form of answer that a question asks for; a fact where nothing says otherwise."""
    asked = tokens(question)
    for one in _ANYWHERE:
        if find(asked, expressions("forms", one.value, language)):
            return one
    if _yes_or_no(question, asked, language):
        return Form.YESNO
    if wants(question, language) not in _ONE and _list(question, asked, language):
        return Form.LIST
    opening = find(asked, expressions("forms", Form.DEFINITION.value, language), start_only=family(language) != "tr")
    if opening and len(asked) <= _SHORT and _only_a_name(asked[opening.end :], language):
        return Form.DEFINITION
    return Form.FACT


def _only_a_name(rest: tuple[str, ...], language: str) -> bool:
    """What follows "who is": a few words with no question of their own. "Who was killed in" is none.

    In South Slavic "who has signed" is "who is signed": a participle follows.
    """
    if rest and family(language) in _WITH_IS and _PARTICIPLE.search(fold(rest[0])):
        return False
    return 0 < len(rest) <= 4 or family(language) == "tr"


def _list(question: str, asked: tuple[str, ...], language: str) -> bool:
    if find(asked[:4], expressions("forms", Form.LIST.value, language)):
        return True
    return family(language) == "en" and bool(_ENGLISH_MANY.search(" ".join(asked[:8])))


def _yes_or_no(question: str, asked: tuple[str, ...], language: str) -> bool:
    if find(asked, expressions("forms", Form.YESNO.value, language), start_only=True):
        return not (family(language) in _UNMARKED and wants(question, language) is not Wants.OTHER)
    particle = _QUESTION_PARTICLE.get(family(language))
    if particle and particle.search(" ".join(asked)):
        return True
    return False


_ONE_WORD_FUTURE = re.compile(r"\w(?:iće|aće|иће|аће)\b")  # radiće: Serbian writes the future in one word too


def asks_ahead(question: str, language: str, told: Passage) -> bool:
    """Whether a question asks what will be, and the passage speaks of nothing that was still to come."""
    return _ahead(question, language) and not _ahead(told.text, told.language)


def _ahead(text: str, language: str) -> bool:
    if find(tokens(text), expressions("future", "future", language)):
        return True
    return family(language) == "sh" and bool(_ONE_WORD_FUTURE.search(text.casefold()))
