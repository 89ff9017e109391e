"""The names in a question, with and without capitals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rag.text.bearers import kind_of_bearer
from rag.text.names import find_names, is_common, parts_of
from rag.text.ordinary import is_ordinary
from rag.text.seen import NO_NAMES, SeenNames

_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_]+(?:['’ʼ][^\W\d_]+)*(?:-[^\W\d_]{1,3}\b)?")


class NameType(StrEnum):
    """What bears a name."""

    PERSON = "person"
    PLACE = "place"
    ORGANISATION = "organisation"
    UNKNOWN = "unknown"


_TYPES = {
    "countries": NameType.PLACE,
    "cities": NameType.PLACE,
    "regions": NameType.PLACE,
    "organisations": NameType.ORGANISATION,
    "people": NameType.PERSON,
}


@dataclass(frozen=True, slots=True)
class QuestionName:
    """A name: `question[start:end] == surface`, the keys of its words in order or the one of a known bearer (`@xk`).

    `sure`: written with a capital inside a sentence, known to the archive's hits, or no ordinary word.
    """

    surface: str
    start: int
    end: int
    keys: tuple[str, ...]
    type: NameType = NameType.UNKNOWN
    sure: bool = True


def spot(question: str, language: str, known: SeenNames = NO_NAMES) -> tuple[QuestionName, ...]:
    """The names of a question in reading order, none inside another."""
    cased = _with_capitals(question, language, known)
    taken = [range(name.start, name.end) for name in cased]
    small = [n for n in _without_capitals(question, language, known) if not any(n.start in span for span in taken)]
    return tuple(sorted((*cased, *small), key=lambda name: name.start))


def _with_capitals(question: str, language: str, known: SeenNames) -> list[QuestionName]:
    """Names by their capitals; none where all letters are, and a first word must be known or no ordinary word."""
    if question.isupper():
        return []
    made = []
    for name in find_names(question):
        surface, keys = question[name.start : name.end], tuple(name.key.split())
        sure = not name.first or len(keys) > 1 or _certain(surface, keys[0], language, known)
        made.append(QuestionName(surface, name.start, name.end, keys, _type(keys), sure))
    return made


def _certain(word: str, key: str, language: str, known: SeenNames) -> bool:
    return key in known.alone or (key[0] == "@" and not is_ordinary(word, language))


def _without_capitals(question: str, language: str, known: SeenNames) -> list[QuestionName]:
    """Words typed small that are names of the archive's hits, or of the tables and no ordinary words."""
    found: list[QuestionName] = []
    words = list(_TOKEN.finditer(question))
    parts = [
        p for p in parts_of([word.group() for word in words]) if p.length > 1 or not is_common(words[p.at].group())
    ]
    for i, part in enumerate(parts):
        start, end = words[part.at].start(), words[part.at + part.length - 1].end()
        surface = question[start:end]
        before = parts[i - 1].key if i and parts[i - 1].at + parts[i - 1].length == part.at else ""
        after = parts[i + 1].key if i + 1 < len(parts) and part.at + part.length == parts[i + 1].at else ""
        joined = (before, part.key) in known.beside
        if joined and found and found[-1].end == start - 1:
            last = found.pop()
            surface, keys = question[last.start : end], (*last.keys, part.key)
            found.append(QuestionName(surface, last.start, end, keys, _type(keys), True))
        elif part.length > 1 or joined or (part.key, after) in known.beside or part.key in known.alone:
            found.append(QuestionName(surface, start, end, (part.key,), _type((part.key,)), True))
        elif part.bearer:
            sure = not is_ordinary(surface, language)
            found.append(QuestionName(surface, start, end, (part.key,), _type((part.key,)), sure))
    return found


def _type(keys: tuple[str, ...]) -> NameType:
    return _TYPES.get(kind_of_bearer(keys[-1]), NameType.UNKNOWN)
