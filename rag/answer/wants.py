"""What a question wants: a person, a time, a place, a number, a cause; and whether a sentence holds such a thing."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache

from rag.text.script import fold


class Wants(StrEnum):
    """The kind of thing that would answer."""

    PERSON = "person"
    TIME = "time"
    PLACE = "place"
    NUMBER = "number"
    CAUSE = "cause"
    OTHER = "other"


_BCMS = {
    Wants.PERSON: "ko tko koga kome čiji čija čije kim",
    Wants.TIME: "kada kad",
    Wants.PLACE: "gde gdje kuda odakle",
    Wants.NUMBER: "koliko",
    Wants.CAUSE: "zašto zbog čega",
}
# Question words in natural spelling; "|" joins the words of an expression. Checked in the order of Wants, but an
# expression beats a single word ("kim" is who, "ne zaman" when).
_WORDS: dict[str, dict[Wants, str]] = {
    "en": {
        Wants.PERSON: "who whom whose which|minister which|president",
        Wants.TIME: "when what|year which|year what|date what|day which|month what|month",
        Wants.PLACE: "where which|country what|country which|city what|city which|town",
        Wants.NUMBER: "how|many how|much how|old how|long how|far what|percentage what|share",
        Wants.CAUSE: "why what|caused",
    },
    "sr": _BCMS,
    "hr": _BCMS,
    "bs": _BCMS,
    "cnr": _BCMS,
    "sl": {
        Wants.PERSON: "kdo koga komu čigav čigava",
        Wants.TIME: "kdaj",
        Wants.PLACE: "kje kam",
        Wants.NUMBER: "koliko",
        Wants.CAUSE: "zakaj",
    },
    "mk": {
        Wants.PERSON: "кој кого кому чиј",
        Wants.TIME: "кога",
        Wants.PLACE: "каде",
        Wants.NUMBER: "колку",
        Wants.CAUSE: "зошто",
    },
    "bg": {
        Wants.PERSON: "кой кого кому чий",
        Wants.TIME: "кога",
        Wants.PLACE: "къде",
        Wants.NUMBER: "колко",
        Wants.CAUSE: "защо",
    },
    "sq": {
        Wants.PERSON: "kush kë kujt cilët",
        Wants.TIME: "kur",
        Wants.PLACE: "ku",
        Wants.NUMBER: "sa",
        Wants.CAUSE: "pse përse",
    },
    "ro": {
        Wants.PERSON: "cine cui",
        Wants.TIME: "când",
        Wants.PLACE: "unde",
        Wants.NUMBER: "cât câți câte câtă",
        Wants.CAUSE: "de|ce",
    },
    "el": {
        Wants.PERSON: "ποιος ποια ποιοι ποιον ποιους ποιες ποιανού",
        Wants.TIME: "πότε",
        Wants.PLACE: "πού",
        Wants.NUMBER: "πόσοι πόσα πόσο πόσες πόσους πόση",
        Wants.CAUSE: "γιατί",
    },
    "tr": {
        Wants.PERSON: "kim kimler kimin kime kimi",
        Wants.TIME: "ne|zaman hangi|tarihte hangi|yıl",
        Wants.PLACE: "nerede nereye nereden hangi|ülke hangi|şehirde",
        Wants.NUMBER: "kaç ne|kadar",
        Wants.CAUSE: "neden niçin niye",
    },
}

_TOKEN = re.compile(r"[^\W_]+")
# A capital inside a sentence: after a letter, a digit, a comma, a bracket or a quote and a space.
_NAME = re.compile(r"(?<=[\w,;:)(\"„“”«»–-])[\s(\"„“«–-]{1,3}([^\W\d_][\w'’-]+)")
# Two capitals side by side, as a person's name has; a sentence may begin with them.
_PERSON = re.compile(r"(?<!\w)([^\W\d_][\w'’.-]+)\s+(?:(?:de|van|von|al|bin|di|el)\s+)?([^\W\d_][\w'’-]+)")
_DIGIT = re.compile(r"\d")


@cache
def _expressions(language: str) -> tuple[tuple[tuple[str, ...], Wants], ...]:
    table = _WORDS.get(language.split("-")[0], {})
    made = [(tuple(fold(w) for w in e.split("|")), kind) for kind, words in table.items() for e in words.split()]
    return tuple(sorted(made, key=lambda one: -len(one[0])))


def wants(question: str, language: str) -> Wants:
    """What a question wants, by its question words; those that stand first decide."""
    asked = tuple(_TOKEN.findall(fold(question)))
    for at in range(len(asked)):
        for expression, kind in _expressions(language):
            if asked[at : at + len(expression)] == expression:
                return kind
    return Wants.OTHER


def names_inside(sentence: str) -> list[str]:
    """Words with a capital that do not begin the sentence."""
    return [m.group(1) for m in _NAME.finditer(sentence) if m.group(1)[0].isupper()]


def persons(sentence: str) -> list[tuple[str, str]]:
    """Pairs of words with capitals side by side."""
    found, at = [], 0
    while match := _PERSON.search(sentence, at):
        first, second = match.groups()
        at = match.start(2)
        third = sentence[match.end() : match.end() + 2].strip()[:1]
        begins = match.start() == 0 and third.isupper()  # "Then Albin Kurti": the first capital is the sentence's
        if first[0].isupper() and second[0].isupper() and not begins:
            found.append((first, second))
    return found


def holds(sentence: str, kind: Wants, asked: frozenset[str], stem: int) -> float:
    """How far a sentence holds what is wanted and the question does not name itself, 0 to 1; more persons, more.

    `asked` are the question's folded terms, cut to `stem` letters.
    """
    found = sum(not _named(pair, asked, stem) for pair in persons(sentence)) if kind is Wants.PERSON else 0
    if found:
        return 1.0 - 0.5**found
    if kind in (Wants.PERSON, Wants.PLACE):
        fresh = [n for n in names_inside(sentence) if fold(n)[:stem] not in asked]
        return min(1.0, len(fresh) / 2) * (0.4 if kind is Wants.PERSON else 1.0)
    if kind in (Wants.TIME, Wants.NUMBER):
        fresh = [w for w in _TOKEN.findall(sentence) if _DIGIT.search(w) and w[:stem] not in asked]
        return 1.0 if fresh else 0.0
    return 0.0


def _named(pair: tuple[str, str], asked: frozenset[str], stem: int) -> bool:
    return any(fold(word)[:stem] in asked for word in pair)
