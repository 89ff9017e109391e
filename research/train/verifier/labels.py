"""Whether proposed words are right: how far they agree with an accepted answer, numbers compared by value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from eval.metrics.answers import answer_tokens, contains
from rag.text.numbers import find_numbers

RIGHT = 0.6  # token F1 from which words are right
BESIDE = 6  # words that may stand beside an accepted answer: "the director of the office, Petar Petković"


def is_right(words: str, accepted: Sequence[str]) -> bool:
    """Whether the words agree with one of the accepted answers, or hold it and few others."""
    return agreement(words, accepted) >= RIGHT


def agreement(words: str, accepted: Sequence[str]) -> float:
    """The best token F1 with an accepted answer, 0 to 1; letters folded, "2 million" equal to "2.000.000".

    1 where an accepted answer stands in the words beside few others, and where a number alone is accepted and the
    words hold it: "some 50 people" for "50".
    """
    return max((_agreement(words, a) for a in accepted), default=0.0)


def _agreement(words: str, accepted: str) -> float:
    if _same_numbers(words, accepted):
        return 1.0
    given, wanted = _tokens(words), _tokens(accepted)
    within = contains(words, accepted) and given.total() - wanted.total() <= BESIDE
    return 1.0 if within else _f1(given, wanted)


def _same_numbers(words: str, accepted: str) -> bool:
    wanted = [n.key for n in find_numbers(accepted)]
    return bool(wanted) and _tokens(accepted) == Counter(wanted) == Counter(n.key for n in find_numbers(words))


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
