"""Whether two questions ask the same thing, in whatever languages they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.question.parse import QuestionName, parse
from rag.question.question_type import Wants
from rag.text.language import family
from rag.text.names import alike
from rag.text.numbers import number_keys
from rag.text.phrases import tokens
from rag.text.polarity import denials

Vector = NDArray[np.float32]

# Cosines of two questions, each less the mean question of its language. From NEAR on they ask the same if the archive
# answers both with the same sentence; from the others on whatever it answers. Near misses ("how many died", "how many
# were injured") come as near as .9 in one language. Decision 152 has the figures.
NEAR = 0.65
SAME_LANGUAGE, OTHER_LANGUAGE = 0.92, 0.80
_NAMED = 0.5  # of the names that are not in the tables, which must be in both: spelling and case differ


@dataclass(frozen=True, slots=True)
class QuestionKey:
    """What must be equal in two questions that ask the same: `known` are the bearers of names that the tables hold."""

    words: tuple[str, ...]
    family: str
    wanted: Wants
    negated: bool
    numbers: frozenset[str]
    known: frozenset[str]
    names: tuple[QuestionName, ...]


@lru_cache(maxsize=4096)
def key_of(text: str, language: str) -> QuestionKey:
    """The key of a question that stands alone."""
    parsed = parse(text, language)
    names = tuple(n for n in parsed.names if n.sure or n.keys[0][0] == "@")
    known = frozenset(key for name in names for key in name.keys if key[0] == "@")
    numbers = frozenset(number_keys(text))
    return QuestionKey(
        tokens(text),
        family(language),
        parsed.wanted,
        denials(tokens(text), language) > 0,
        numbers,
        known,
        names,
    )


def comparable(one: QuestionKey, other: QuestionKey) -> bool:
    """Whether nothing but their meaning can tell two questions apart. An adjective or a first word may hide a name, so
    one may name fewer.
    """
    if (one.wanted, one.negated, one.numbers) != (other.wanted, other.negated, other.numbers):
        return False
    return one.known <= other.known or other.known <= one.known


def cosine(one: Vector, other: Vector, keys: tuple[QuestionKey, QuestionKey], means: Mapping[str, Vector]) -> float:
    """The cosine of two questions' vectors (d,), each less the mean question (d,) of its language family."""
    a, b = (_centre(v, key.family, means) for v, key in zip((one, other), keys, strict=True))
    return float(a @ b)


def sure(keys: tuple[QuestionKey, QuestionKey], near: float) -> bool:
    """Whether a cosine and the names alone tell that two questions ask the same."""
    one, other = keys
    named = _names_in_common(one.names, other.names) + _names_in_common(other.names, one.names) >= 2 * _NAMED
    return (
        near >= (SAME_LANGUAGE if one.family == other.family else OTHER_LANGUAGE) and named and one.known == other.known
    )


def _centre(vector: Vector, language: str, means: Mapping[str, Vector]) -> Vector:
    moved = vector - means[language] if language in means else vector
    return moved / max(float(np.linalg.norm(moved)), 1e-9)


def _names_in_common(asked: Sequence[QuestionName], among: Sequence[QuestionName]) -> float:
    """The share of names that stand among others too."""
    keys = [key for name in among for key in name.keys]
    found = [any(alike(key, other) for key in name.keys for other in keys) for name in asked]
    return sum(found) / len(found) if found else 1.0
