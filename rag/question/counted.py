"""What a question asks the number of: the noun behind "how many", and what news calls it ("injured", "killed")."""

from __future__ import annotations

from dataclasses import dataclass

from rag.question.answer_type import Wants, place_of
from rag.text.language import TELLING_WORDS
from rag.text.numbers import find_numbers
from rag.text.phrases import things, tokens

_REACH = 3  # words behind the question word in which the noun stands
_STEM = 5
_NEAR = 40  # characters around a number
_SMALL = frozenset(word for table in TELLING_WORDS.values() for word in table)


@dataclass(frozen=True, slots=True)
class Counted:
    """The stem of the noun (five folded letters, or nothing) and the things of the table that the question names."""

    stem: str
    things: frozenset[str]


def counted(question: str, language: str) -> Counted:
    """What is counted: "how many firefighters were injured" counts `firef`, of the things people and hurt."""
    words = tokens(question)
    asked = place_of(words, language, Wants.NUMBER)
    behind = words[asked.end : asked.end + _REACH] if asked else ()
    noun = next((word for word in behind if len(word) > 2 and not _is_small(word)), "")
    return Counted(noun[:_STEM], things(question, language))


def _is_small(word: str) -> bool:
    return word in _SMALL


def uncounted(asked: Counted, text: str, language: str) -> bool:
    """Whether no number of a text stands near the things counted, though it tells of numbers; by the table of things.

    False where the question's noun is none of the table's, for then nothing can be told across languages.
    """
    numbers = find_numbers(text)
    if not asked.things or not numbers:
        return False
    near = (text[max(0, n.start - _NEAR) : n.end + _NEAR] for n in numbers)
    return not any(asked.things & things(part, language) for part in near)
