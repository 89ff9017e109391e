"""Tells whether a question of a conversation needs those before it, and joins it to them.

Earlier answers are not used: a client may send answers that were never given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rag.question.parse import parse
from rag.question.question import Question
from rag.text.names import Name, find_names, is_common
from rag.text.phrases import phrases, tokens

_LONGEST = 500  # characters carried over
_STATE = 3  # characters of the key of a state: @al
_MARKS = "?;;!. "
_SMALL = 4  # letters of a preposition or an article: στην
_FRAGMENT = 5  # words
_SAYS = 2  # words with which a turn says what it asks: "who won?"

_SUBJECT = 1.3  # "who won the election in Sarajevo"


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier question of a conversation, whether it is whole, and what was searched for, if the client says so."""

    question: Question
    whole: bool
    searched: str = ""


def bare(turn: Question) -> Question:
    """Returns the question without the joining words that it begins with. The other functions here expect it so."""
    rest = without_joining(turn)
    return turn if rest == turn.text else replace(parse(rest, turn.language, as_of=turn.as_of), joins=True)


def without_joining(turn: Question) -> str:
    """Returns the text without the joining words that it begins with: "and", "what about"."""
    place = phrases("followup", "joining", turn.language).find(turn.words, opening=True)
    if place is None:
        return turn.text
    rest = turn.text.split(None, place.end)[place.end :]
    return rest[0] if rest else turn.text


def stands_alone(turn: Question) -> bool:
    """Tells whether a question's words show that it is whole: it names enough, and no joining word began it.

    A name or a number counts one, every other word a fifth.
    """
    return not turn.joins and named(turn) + content(turn) / 5 >= _SUBJECT


def subjects(turns: Iterable[Earlier]) -> tuple[str, ...]:
    """Returns the questions that the next one may need, the last one spoken of first: those that are whole, with their
    names exchanged for those of fragments after them ("in Croatia?")."""
    found: list[str] = []
    for turn in turns:
        asked = turn.question
        if turn.whole or not found:
            found.insert(0, asked.typed)
            continue
        again = next((one for one in found if turn.searched.startswith(one)), found[0])  # it may have gone back to one
        found.remove(again)
        found.insert(0, _exchange(again, asked) if _is_fragment(asked) else again)
    return tuple(dict.fromkeys(found))


def join(turn: Question, before: str) -> str:
    """Joins a question to the one before it, whose names it may replace. A fragment ("in Croatia?") becomes the
    question before it with the other name."""
    exchanged = _exchange(before, turn)
    whole = _is_fragment(turn) and exchanged != before
    return (exchanged if whole else in_a_row(_opened(turn), exchanged))[:_LONGEST]


def asks_nothing(turn: Question) -> bool:
    """Tells whether a question is only a question word, which asks nothing by itself: "why?", "and when?"."""
    own = bare(turn)
    return phrases("followup", "questions", own.language).matches(own.words)


def says_enough(turn: Question) -> bool:
    """Tells whether passages can be read for the question alone: "how old is she", not "and the children?"."""
    return not _is_fragment(turn) and len(turn.words) >= _SAYS


def in_a_row(*questions: str) -> str:
    """Joins questions with spaces, each ending in a mark."""
    return " ".join(q if q[-1:] in _MARKS else f"{q}?" for q in questions if q)


def _opened(turn: Question) -> str:
    """Returns the text with a first capital."""
    return turn.text[:1].upper() + turn.text[1:]


def named(turn: Question) -> int:
    """Counts its names and numbers."""
    return sum(name.likely for name in turn.spotted) + len(turn.numbers)


def _names(turn: Question) -> tuple[Name, ...]:
    """Returns the names that capitals show. A first word has one anyway and counts only as a known entity."""
    return tuple(name for name in turn.cased if turn.joins or not name.first or name.key.startswith("@"))


def content(turn: Question) -> int:
    """Counts the words that are neither names nor numbers nor small words."""
    return len(_content(turn))


def _content(turn: Question) -> list[str]:
    surfaces = [name.surface for name in turn.spotted if name.likely]
    surfaces += [turn.text[name.start : name.end] for name in _names(turn)]
    inside = {word for surface in surfaces for word in tokens(surface)}
    return [word for word in turn.words if not is_common(word) and word not in inside and not word.isdigit()]


def _is_fragment(turn: Question) -> bool:
    """Tells whether it is only a name with a small word before it: "in Croatia", "po në Kosovë"."""
    small = all(len(word) <= _SMALL for word in _content(turn))
    return bool(_names(turn)) and small and len(turn.words) <= _FRAGMENT


def _exchange(before: str, turn: Question) -> str:
    """Replaces the first name of the same kind in the question before by the name of this one."""
    held = find_names(before)
    text = before
    for name in _names(turn):
        if any(name.key == other.key for other in held):
            continue
        for other in held:
            if _kind(other, before) == _kind(name, turn.text) and (not other.first or other.key.startswith("@")):
                old, new = before[other.start : other.end], turn.text[name.start : name.end].strip(_MARKS)
                text = text.replace(old, new, 1)
                break
    return text


def _kind(name: Name, text: str) -> str:
    """Returns the kind of a name: a state, another known entity, an acronym, or another name."""
    if name.key.startswith("@"):
        return "state" if len(name.key) == _STATE else "entity"
    return "acronym" if text[name.start : name.end].isupper() else "name"
