"""Whether proposed words are right: how far they agree with an accepted answer, numbers compared by value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from eval.metrics.answers import answer_tokens, contains
from rag.text.names import find_names
from rag.text.numbers import find_numbers

RIGHT = 0.6  # token F1 from which words are right
BESIDE = 6  # words that may stand beside an accepted answer, or beside the words in it


def is_right(words: str, accepted: Sequence[str]) -> bool:
    """Whether the words agree with one of the accepted answers, or hold it and few others."""
    return agreement(words, accepted) >= RIGHT


def agreement(words: str, accepted: Sequence[str]) -> float:
    """The best token F1 with an accepted answer, 0 to 1; letters folded, "2 million" equal to "2.000.000".

    1 where few words stand beside accepted answers ("the director of the office, Petar Petković"; a whole list of which
    each member is one), and where the words are what an accepted answer names or counts: "some 50 people" for "50",
    "Kostovski" for "Kostovski read it".
    """
    within = any(contains(words, a) for a in accepted)
    known = Counter[str]() if not within else sum((_tokens(a) for a in accepted), Counter[str]())
    if within and (_tokens(words) - known).total() <= BESIDE:
        return 1.0
    return max((_agreement(words, a) for a in accepted), default=0.0)


def _agreement(words: str, accepted: str) -> float:
    return 1.0 if _same_things(words, accepted) else _f1(_tokens(words), _tokens(accepted))


def _same_things(words: str, accepted: str) -> bool:
    """Whether the words are a surname for the name that is accepted, or stand in an accepted answer with few words
    beside them and hold all its names and numbers."""
    named, asked = _names(words, alone=True), _names(accepted)
    if len(named) == len(asked) == 1 and len(named[0]) == 1 and _tokens(words).total() == 1:
        return named[0][-1] == asked[0][-1]
    given, wanted = _tokens(words), _tokens(accepted)
    whole = _numbers(words) == _numbers(accepted) and set(asked) <= set(named)
    return whole and bool(named or _numbers(words)) and given <= wanted and (wanted - given).total() <= BESIDE


@lru_cache(maxsize=65536)
def _numbers(text: str) -> tuple[str, ...]:
    return tuple(sorted(n.key for n in find_numbers(text)))


@lru_cache(maxsize=65536)
def _names(text: str, *, alone: bool = False) -> tuple[tuple[str, ...], ...]:
    """The keys of each name; a single word that opens the text may be none, and counts only with `alone`."""
    found = [n for n in find_names(text) if alone or not n.first or len(n.key.split()) > 1]
    return tuple(tuple(n.key.split()) for n in found)


@lru_cache(maxsize=65536)
def _tokens(text: str) -> Counter[str]:
    """The folded words of a text, with its numbers by value."""
    found: list[str] = []
    at = 0
    for number in find_numbers(text):
        found += [*answer_tokens(text[at : number.start]), number.key]
        at = number.end
    return Counter([*found, *answer_tokens(text[at:])])


def _f1(given: Counter[str], wanted: Counter[str]) -> float:
    common = (given & wanted).total()
    return 2 * common / (given.total() + wanted.total()) if common else 0.0
