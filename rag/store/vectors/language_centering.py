"""Removes language bias from cosine scores: what a question's vector owes to its language alone is taken off."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from rag.store.vectors.exact import ExactView
from rag.text.language import family

_SHARE = 0.7  # of a difference is taken off; flat from 0.5 to 1
_PRIOR = 20  # passages of the whole archive that every language's mean is mixed with, so that few say little
_FRESH_S = 10.0  # means move slowly: they are made anew at most this often

Vector = NDArray[np.float32]
UNKNOWN: Mapping[str, Vector] = {}


@dataclass(frozen=True, slots=True)
class _Means:
    languages: tuple[str, ...]
    families: tuple[str, ...]  # of each language code
    vectors: NDArray[np.float32]  # (languages, d): the mean passage of its family
    differences: NDArray[np.float32]  # (languages, d): that less the mean of all


@dataclass(frozen=True, slots=True)
class _Offsets:
    """What is taken off each row for questions of one language family; good for these arrays and means only."""

    vectors: NDArray[np.float32]
    means: _Means
    rows: NDArray[np.float32]


class Leans:
    """Keeps the mean vectors of the languages in a view, and what follows from them for each row."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._means: _Means | None = None
        self._view: ExactView | None = None
        self._made_at = -_FRESH_S
        self._offsets: dict[str, _Offsets] = {}

    def of(
        self, view: ExactView, vector: Vector, language: str = "und", questions: Mapping[str, Vector] = UNKNOWN
    ) -> NDArray[np.float32]:
        """What to take off the cosine of each row of the view, float32 (rows,).

        `questions` holds mean questions (d,) by language family.
        """
        with self._lock:
            means = self._fresh(view)
            asked = family(language)
            if asked in questions:
                return self._shifts(view, means, asked, questions[asked])
        return _leaning(means, vector)[view.language[: view.rows]]

    def by_language(
        self, view: ExactView, vector: Vector, language: str = "und", questions: Mapping[str, Vector] = UNKNOWN
    ) -> dict[str, float]:
        """What is taken off an average row of each language of the view, for texts that are in no row."""
        with self._lock:
            means = self._fresh(view)
        question = questions.get(family(language))
        if question is None:
            lean = _leaning(means, vector)
        else:
            lean = _SHARE * ((question - means.vectors) * means.vectors).sum(axis=1)
        return dict(zip(view.languages, lean.tolist(), strict=True))

    def _fresh(self, view: ExactView) -> _Means:
        means = self._means
        moved = self._view is not view and time.monotonic() - self._made_at > _FRESH_S
        if means is None or means.languages != view.languages or moved:
            means = self._means = _means(view)
            self._view, self._made_at = view, time.monotonic()
        return means

    def _shifts(self, view: ExactView, means: _Means, asked: str, question: Vector) -> NDArray[np.float32]:
        """Kept from question to question; only rows that came since are worked out."""
        held = self._offsets.get(asked)
        if held is None or held.vectors is not view.vectors or held.means is not means:
            held = _Offsets(view.vectors, means, np.empty(0, np.float32))
        if len(held.rows) < view.rows:
            new = slice(len(held.rows), view.rows)
            rows = _shift(view.vectors[new], view.language[new], means, asked, question)
            held = self._offsets[asked] = _Offsets(view.vectors, means, np.concatenate([held.rows, rows]))
        return held.rows[: view.rows]


def _leaning(means: _Means, vector: Vector) -> NDArray[np.float32]:
    lean: NDArray[np.float32] = _SHARE * (means.differences @ np.ascontiguousarray(vector, np.float32))
    return lean


def _shift(
    vectors: NDArray[np.float32], codes: NDArray[np.int32], means: _Means, asked: str, question: Vector
) -> NDArray[np.float32]:
    """Of each row (n,): p . (question - mean passage of its language); the mean of that in the question's own."""
    to_means = np.take_along_axis(vectors @ means.vectors.T, codes[:, None].astype(np.int64), axis=1)[:, 0]
    moved = vectors @ question - to_means
    for code, name in enumerate(means.families):
        if name == asked:
            own = means.vectors[code]
            moved[codes == code] = float((question - own) @ own)
    found: NDArray[np.float32] = (_SHARE * moved).astype(np.float32)
    return found


def _means(view: ExactView) -> _Means:
    families = tuple(family(tag) for tag in view.languages)
    names = sorted(set(families))
    of_code = np.array([names.index(name) for name in families], np.int64)
    if not len(view):
        nothing = np.zeros((len(of_code), view.vectors.shape[1]), np.float32)
        return _Means(view.languages, families, nothing, nothing)
    members = np.zeros((len(names), view.rows), np.float32)
    rows = np.flatnonzero(view.alive[: view.rows])
    members[of_code[view.language[rows]], rows] = 1.0
    sums = members @ view.vectors[: view.rows]  # a product, so that no vector is copied
    counts = members.sum(axis=1, keepdims=True)
    whole = sums.sum(axis=0) / counts.sum()
    vectors = np.asarray(((sums + _PRIOR * whole) / (counts + _PRIOR))[of_code], np.float32)
    return _Means(view.languages, families, vectors, np.asarray(vectors - whole, np.float32))


@cache
def mean_questions(model_id: str) -> Mapping[str, Vector]:
    """Mean question vectors (d,) by language family; empty for any model but the one they were made with."""
    held = json.loads(files("rag.store.vectors").joinpath("question_means.json").read_text(encoding="utf-8"))
    if held["model_id"] != model_id:
        return UNKNOWN
    return {name: np.array(values, np.float32) for name, values in held["means"].items()}
