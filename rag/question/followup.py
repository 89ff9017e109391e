"""What a turn of a conversation leaves unsaid: whether it hangs on the questions before it, and what it asks with them.

Earlier answers are not used: a client may send answers that were never given.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.question.parse import QuestionName, spot
from rag.text.names import Name, find_names, is_common
from rag.text.numbers import number_keys
from rag.text.phrases import phrases, tokens

_LONGEST = 500  # characters carried over
_STATE = 3  # characters of the key of a state: @al
_MARKS = "?;;!. "
_SMALL = 4  # letters of a preposition or an article: στην
_FRAGMENT = 5  # words
_SAYS = 2  # words with which a turn says what it asks: "who won?"

# A turn hangs on what was asked before where its best hit scores less than this; every name or number of its own makes
# that less likely, a joining word at its beginning ("and", "a", "po") more. A logistic fit on the turns of 40
# conversations and 118 changes of topic put together of them; of the half that was left out 91 in 100 turns that hang
# on others were told, and 98 in 100 changes.
_ALONE, _NAMED, _JOINED = 0.805, 0.075, 0.218
_SUBJECT = 1.3  # names and numbers, and a fifth of every other word, from which words alone tell that a turn is whole


def stands_alone(asked: str, language: str) -> bool:
    """Whether a question is whole as far as its words tell: it names something and more, and no joining word begins
    it."""
    own = _Turn.of(asked, language)
    return not own.joins and len(own.named) + len(own.content) / 5 >= _SUBJECT


def hangs(asked: str, score: float, language: str) -> bool:
    """Whether a turn hangs on the questions before it; `score` is that of its best hit, searched for by itself."""
    own = _Turn.of(asked, language)
    return score < _ALONE - _NAMED * len(own.named) + _JOINED * own.joins


def join(asked: str, before: str, language: str) -> str:
    """A turn with the question that it hangs on, in which its names take the place of others; a fragment ("and in
    Croatia?") is no more than that.
    """
    own = _Turn.of(asked, language)
    exchanged = _exchange(before, own)
    return (exchanged if own.fragment and exchanged != before else in_a_row(own.text, exchanged))[:_LONGEST]


def left_by(asked: str, before: str, language: str) -> str:
    """What the turn after one may hang on, where that one hangs on the question before: that, with its names if it is a
    fragment.
    """
    own = _Turn.of(asked, language)
    return _exchange(before, own) if own.fragment else before


def says_enough(asked: str, language: str) -> bool:
    """Whether a turn says what to read for in the passages that were found, if not of what: "how old is she", not
    "and the children?"."""
    own = _Turn.of(asked, language)
    return not own.fragment and len(tokens(own.text)) >= _SAYS


def in_a_row(*questions: str) -> str:
    """Questions one after another, each with its mark."""
    return " ".join(q if q[-1:] in _MARKS else f"{q}?" for q in questions if q)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn without the joining words that it begins with, its names, and its words that are neither these nor
    small."""

    text: str
    joins: bool
    names: tuple[Name, ...]  # by their capitals
    named: tuple[QuestionName | str, ...]  # typed small too, and numbers
    content: tuple[str, ...]

    @classmethod
    def of(cls, asked: str, language: str) -> _Turn:
        text = without_joining(asked, language)
        names = tuple(n for n in find_names(text) if text != asked or not n.first or n.key.startswith("@"))
        spotted = [n for n in spot(text, language) if n.sure or n.keys[0][0] == "@"]
        inside = {word for n in spotted for word in tokens(n.surface)}
        inside |= {word for n in names for word in tokens(text[n.start : n.end])}
        numbers = list(dict.fromkeys(number_keys(text)))
        content = tuple(w for w in tokens(text) if not is_common(w) and w not in inside and not w.isdigit())
        return cls(text[:1].upper() + text[1:], text != asked, names, (*spotted, *numbers), content)

    @property
    def fragment(self) -> bool:
        """Whether it is only a name with a small word before it: "in Croatia", "po në Kosovë"."""
        small = all(len(word) <= _SMALL for word in self.content)
        return bool(self.names) and small and len(tokens(self.text)) <= _FRAGMENT


def without_joining(asked: str, language: str) -> str:
    """The turn without the joining words that it begins with: "and", "what about"."""
    place = phrases("followup", "joining", language).find(tokens(asked), opening=True)
    if place is None:
        return asked
    rest = asked.split(None, place.end)[place.end :]
    return rest[0] if rest else asked


def _exchange(before: str, own: _Turn) -> str:
    """The question before with its first name of the same kind replaced by the turn's."""
    held = find_names(before)
    text = before
    for name in own.names:
        if any(name.key == other.key for other in held):
            continue
        for other in held:
            if _kind(other, before) == _kind(name, own.text) and (not other.first or other.key.startswith("@")):
                old, new = before[other.start : other.end], own.text[name.start : name.end].strip(_MARKS)
                text = text.replace(old, new, 1)
                break
    return text


def _kind(name: Name, text: str) -> str:
    """States, other known places and bodies, acronyms, other names."""
    if name.key.startswith("@"):
        return "state" if len(name.key) == _STATE else "bearer"
    return "acronym" if text[name.start : name.end].isupper() else "name"
