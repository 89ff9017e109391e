"""Rewrites a follow-up question by rules so that it stands alone: "and in Croatia?", "a ko je potpisao?", "kada?".

Earlier answers are not used: a client may send answers that were never given.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.text.language import family
from rag.text.names import Name, find_names, question_keys
from rag.text.numbers import number_keys
from rag.text.phrases import expressions, find, table, tokens
from rag.types import Turn

_SHORT = 7  # words: what is longer and begins without a joining word or pronoun stands alone
_TURNS = 8  # turns back that a chain of follow-ups may reach
_LONGEST = 500  # characters carried over
_STATE = 3  # characters of the key of a state: @al
_BRACKETED = re.compile(r"(.+?) \((.+)\)", re.DOTALL)
_MARKS = "?;;!. "


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with its words and the names in it."""

    text: str
    words: tuple[str, ...]
    names: tuple[Name, ...]

    @classmethod
    def of(cls, text: str, *, inner: bool = False) -> _Asked:
        """`inner`: the text stood inside a sentence, so a capital at its beginning is a name's."""
        names = tuple(n for n in find_names(text) if inner or not n.first or n.key.startswith("@"))
        return cls(text, tokens(text), names)


def standalone(asked: str, history: Sequence[Turn], language: str) -> str:
    """The question completed from the conversation; unchanged where it stands alone.

    A fragment ("and in Croatia?") takes the place of a name in the question before it. Any other follow-up gets the
    question before it appended in brackets, with the names replaced that the follow-up replaces.
    """
    if not history or not follows(asked, language):
        return asked
    before = _resolved(history[-_TURNS:], language)
    if not before:
        return asked
    rest = without_joining(asked, language)
    own = _Asked.of(rest, inner=rest != asked)
    if find(own.words, expressions("followup", "pronouns", language)) and len(own.words) > 1:
        return (
            f"{_capital(own.text)} ({_flat(before)})"  # "What did Vučić say to that?": "that" is what was asked before
        )
    context = _exchanged(_Asked.of(before), own)
    if _fragment(own, language) and context != before:
        return context
    return f"{_capital(own.text)} ({_flat(context)})"


def follows(asked: str, language: str) -> bool:
    """Whether a question depends on the one before it."""
    words = tokens(asked)
    if not words:
        return False
    names = [name for name in find_names(asked) if not name.first]
    if len(words) <= 2 * _SHORT and (_begins(words, "joining", language) or _begins(words, "joining_kept", language)):
        return True
    if _begins(words, "more", language) and len(words) <= _SHORT:
        return True
    if names or any(key.startswith("@") for key in question_keys(asked)):
        return False
    if len(words) <= _SHORT and not number_keys(asked):
        return True
    return find(words, expressions("followup", "pronouns", language)) is not None and len(words) <= 2 * _SHORT


def _begins(words: tuple[str, ...], section: str, language: str) -> bool:
    return find(words, expressions("followup", section, language), start_only=True) is not None


def _resolved(history: Sequence[Turn], language: str) -> str:
    """The last question, made standalone in its turn."""
    last = history[-1].question.strip()[:_LONGEST]
    if len(history) > 1 and follows(last, language):
        return standalone(last, history[:-1], language)[:_LONGEST]
    return last


def without_joining(asked: str, language: str) -> str:
    """The follow-up without its joining words: "and", "what about"."""
    words = tokens(asked)
    place = find(words, expressions("followup", "joining", language), start_only=True)
    if place is None:
        return asked
    rest = asked.split(None, place.end)[place.end :]
    return rest[0] if rest else asked


def _fragment(own: _Asked, language: str) -> bool:
    """Whether it is only a name with a small word before it: "in Croatia?", "po në Kosovë?"."""
    if not own.names or len(own.words) > 5:
        return False
    inside = {word for name in own.names for word in tokens(own.text[name.start : name.end])}
    small = expressions("followup", "prepositions", language)
    fixed = {w for w in table("followup")["articles"].get(family(language), "").split()}
    rest = [w for w in own.words if w not in inside and w not in fixed]
    return all(find((w,), small) for w in rest)


def _exchanged(before: _Asked, own: _Asked) -> str:
    """The question before with its first name of the same kind replaced by the follow-up's."""
    text = before.text
    for name in own.names:
        if any(name.key == other.key for other in before.names):
            continue
        for other in before.names:
            if _kind(other, before.text) == _kind(name, own.text):
                old, new = before.text[other.start : other.end], own.text[name.start : name.end].strip(_MARKS)
                text = text.replace(old, new, 1)
                break
    return text


def _kind(name: Name, text: str) -> str:
    """States, other known places and bodies, acronyms, other names."""
    if name.key.startswith("@"):
        return "state" if len(name.key) == _STATE else "bearer"
    return "acronym" if text[name.start : name.end].isupper() else "name"


def _flat(question: str) -> str:
    """A question that was made standalone itself, without its brackets: what was asked first stands first."""
    nested = _BRACKETED.fullmatch(question)
    return f"{nested[2]} {nested[1]}" if nested else question


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
