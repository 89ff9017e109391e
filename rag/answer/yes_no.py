"""Whether a sentence settles a question that asks for yes or no. Only where it says all that the question says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.question.question import Question
from rag.text.language import family
from rag.text.names import is_common
from rag.text.phrases import phrases, tokens
from rag.text.polarity import denials, opposed

_STEM = 4  # letters that two forms of a word share at least
_ENDING = 3  # letters in which they may differ
_LONGEST = 30  # words of a sentence that is read as one statement
_BESIDE = 2  # words around what the question says in which a denial is of it
_PARTICLES = frozenset({"li", "ali", "dali", "a", "mi", "mu", "oare", "vallë", "valle", "ara", "did", "does", "do"})
_WORD = re.compile(r"[^\W\d_]+")


def settles(question: Question, sentence: str, language: str) -> bool | None:
    """True for yes, False for no, None where the sentence does not settle it.

    It must be of the question's language and hold each of its words in some form; what may be, what somebody says and
    what holds in part (data/unsettled.toml) settles nothing, nor does a denial of something else.
    """
    if family(language) != family(question.language) or "?" in sentence:
        return None
    asked, said = question.words, tokens(sentence)
    if len(said) > _LONGEST or question.negated:
        return None
    places = _places(_content(asked, language), said)
    if places is None or len(places) < _BESIDE or _unsettled(asked, said, language):
        return None
    denied = denials(said, language)
    if denied == 0:
        return None if opposed(asked, said, language) else True
    first, last = max(0, min(places) - _BESIDE), max(places) + _BESIDE
    return False if denied == 1 and denials(said[first : last + 1], language) == 1 else None


def _content(asked: Sequence[str], language: str) -> list[str]:
    """The words of a question without the small ones and those that make it one."""
    opening = phrases("forms", "yesno", language).find(asked, opening=True)
    some = asked[opening.end :] if opening else asked
    return [word for word in some if word not in _PARTICLES and not is_common(word)]


def _places(content: Sequence[str], said: Sequence[str]) -> list[int] | None:
    """Where the words stand in the sentence; None where one is missing."""
    found = [next((i for i, word in enumerate(said) if _same(asked, word)), -1) for asked in content]
    return found if found and -1 not in found else None


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared >= _STEM and max(len(one), len(other)) - shared <= _ENDING


def _unsettled(asked: Sequence[str], said: Sequence[str], language: str) -> bool:
    words = phrases("unsettled", "words", language)
    mine = {said[m.start] for m in words.every(said)}
    return bool(mine - set(asked))
