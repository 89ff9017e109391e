"""Tells whether two questions ask the same thing, in whatever languages they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.question.question import Question, QuestionName
from rag.text.language import family
from rag.text.name_match import same_name

Vector = NDArray[np.float32]

# Cosines of two questions, each less the mean question of its language. From NEAR on they ask the same if the archive
# answers both with the same sentence; from the others on whatever it answers. Near misses ("how many died", "how many
# were injured") come as near as .9 in one language. Decision 152 has the figures.
NEAR = 0.65
SAME_LANGUAGE, OTHER_LANGUAGE = 0.92, 0.80
_NAMED = 0.5  # of the names that are not in the tables, which must be in both: spelling and case differ


def comparable(one: Question, other: Question) -> bool:
    """Tells whether names, numbers and kind leave open that two questions ask the same.

    One may name fewer entities, because an adjective or a first word may hide a name.
    """
    if (one.wants, one.negated, one.numbers) != (other.wants, other.negated, other.numbers):
        return False
    return one.entities <= other.entities or other.entities <= one.entities


def cosine(vectors: tuple[Vector, Vector], asked: tuple[Question, Question], means: Mapping[str, Vector]) -> float:
    """Returns the cosine of two questions' vectors (d,), after the mean question (d,) of each one's language family is
    subtracted."""
    a, b = (centred(v, q.language, means) for v, q in zip(vectors, asked, strict=True))
    return float(a @ b)


def centred(vector: Vector, language: str, means: Mapping[str, Vector]) -> Vector:
    """Returns a question's vector less the mean question of its language family, of length one."""
    kin = family(language)
    moved = vector - means[kin] if kin in means else vector
    return moved / max(float(np.linalg.norm(moved)), 1e-9)


def surely_same(one: Question, other: Question, near: float) -> bool:
    """Tells whether the cosine and the names alone show that two questions ask the same."""
    least = SAME_LANGUAGE if family(one.language) == family(other.language) else OTHER_LANGUAGE
    names = _names(one), _names(other)
    shared = _share_in_common(*names) + _share_in_common(*names[::-1])
    return near >= least and shared >= 2 * _NAMED and one.entities == other.entities


def _names(question: Question) -> list[QuestionName]:
    return [name for name in question.names if name.likely]


def _share_in_common(asked: Sequence[QuestionName], among: Sequence[QuestionName]) -> float:
    """Returns the share of the names that also stand among the others."""
    keys = [key for name in among for key in name.keys]
    found = [any(same_name(key, other) for key in name.keys for other in keys) for name in asked]
    return sum(found) / len(found) if found else 1.0
