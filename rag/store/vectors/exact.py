"""Exact nearest-neighbour search: all vectors are compared in 8 bits, then the best candidates in full precision.

Rounding makes an 8-bit score too high or too low, equally likely in each dimension. A passage is scored again, with the
vector that the archive holds, when its 8-bit score lies within `_SIGMAS` standard deviations of that error of the last
score wanted, on either side. A passage that belongs among the best is missed with a probability below 1e-8 (Hoeffding),
so the order is that of a full comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import simsimd
from numpy.typing import NDArray

from rag.store.database.records import NO_DAY
from rag.store.upkeep.catchup import ScoredKey
from rag.text.language import family
from rag.types import Filters

_GATHER_SHARE = 0.15  # fewer rows are copied together: of 100,000 as fast as comparing all and choosing after
_SIGMAS = 6.0
_BLOCK = 256  # rows of which the best is taken
_STEPS = 127  # of 8 bits, on either side of zero
_STRETCH = 8_192  # rows that one thread compares at once: half a millisecond

Vector = NDArray[np.float32]
Codes = NDArray[np.int8]
Halves = NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class SearchAim:
    """What the passages of a language family are compared with: score = passage . vector - less."""

    vector: Vector
    less: float = 0.0


PLAIN: Mapping[str, SearchAim] = {}


@dataclass(frozen=True, slots=True)
class FamilyVectors:
    """The passages of one language family in ascending order of their keys. Removed ones are not `alive`.

    The arrays have room for more rows than `rows`; only the first `rows` belong to the part. `total` (d,) is the sum of
    the vectors that are alive.
    """

    family: str
    rows: int
    dead: int
    total: NDArray[np.float64]
    keys: NDArray[np.int64]
    codes: Codes
    scales: NDArray[np.float32]
    vectors: Halves
    alive: NDArray[np.bool_]
    published_day: NDArray[np.int32]
    language: NDArray[np.int32]
    outlet: NDArray[np.int32]
    kind: NDArray[np.int32]

    def holds(self, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these keys have a row, alive or not."""
        held = self.keys[: self.rows]
        rows = np.searchsorted(held, keys)
        here = rows < self.rows
        here[here] = held[rows[here]] == keys[here]
        return here

    def at(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of those of these keys that are here and alive."""
        rows = np.searchsorted(self.keys[: self.rows], keys[self.holds(keys)])
        return rows[self.alive[rows]]

    def scores(self, rows: NDArray[np.int64], aim: SearchAim) -> NDArray[np.float32]:
        """Of these rows, from the vectors in full; the same to the last bit whatever rows are asked for together."""
        products = np.einsum("nd,d->n", self.vectors[rows].astype(np.float32), aim.vector)
        return np.asarray(products - np.float32(aim.less), np.float32)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The 8-bit scores of some rows of a part (None: of all rows), and the standard deviation of their error."""

    part: FamilyVectors
    aim: SearchAim
    rows: NDArray[np.int64] | None
    scores: NDArray[np.float32]
    error: float

    def above(self, least: float) -> NDArray[np.int64]:
        chosen = np.flatnonzero(self.scores >= least)
        return chosen if self.rows is None else self.rows[chosen]


@dataclass(frozen=True, slots=True, eq=False)
class ExactView:
    """The passages at one moment. Codes of language, outlet and kind are positions in the vocabularies."""

    parts: tuple[FamilyVectors, ...] = ()
    languages: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def __len__(self) -> int:
        return sum(part.rows - part.dead for part in self.parts)

    def search(
        self,
        vector: Vector,
        *,
        limit: int,
        filters: Filters = Filters(),  # noqa: B008
        aims: Mapping[str, SearchAim] = PLAIN,
    ) -> list[ScoredKey]:
        """The `limit` nearest by inner product (cosine, as vectors are units), best first, equal scores by key.

        `aims` holds what the passages of a family are compared with in place of the vector.
        """
        if limit <= 0:
            return []
        plain = SearchAim(np.ascontiguousarray(vector, np.float32))
        drawn = [d for part in self.parts if (d := self._drawn(part, filters, aims.get(part.family, plain)))]
        if not drawn:
            return []
        least = _reached([d.scores for d in drawn], limit) - 2 * _SIGMAS * max(d.error for d in drawn)
        rows = [d.above(least) for d in drawn]
        keys = np.concatenate([d.part.keys[some] for d, some in zip(drawn, rows, strict=True)])
        exact = np.concatenate([d.part.scores(some, d.aim) for d, some in zip(drawn, rows, strict=True)])
        return _best(keys, exact, limit)

    def scores(self, vector: Vector, keys: Sequence[int], *, aims: Mapping[str, SearchAim] = PLAIN) -> dict[int, float]:
        """The scores of `search` for these keys; unknown ones are left out."""
        plain = SearchAim(np.ascontiguousarray(vector, np.float32))
        wanted = np.unique(np.asarray(keys, np.int64))
        found: dict[int, float] = {}
        for part in self.parts:
            if len(rows := part.at(wanted)):
                scores = part.scores(rows, aims.get(part.family, plain))
                known = np.isfinite(scores)
                found.update(zip(part.keys[rows][known].tolist(), scores[known].tolist(), strict=True))
        return found

    def keys(self) -> NDArray[np.int64]:
        """Of all passages that can be found, ascending."""
        held = [part.keys[: part.rows][part.alive[: part.rows]] for part in self.parts]
        return np.sort(np.concatenate([np.empty(0, np.int64), *held]))

    def mask(self, part: FamilyVectors, filters: Filters) -> NDArray[np.bool_]:
        """Which rows of a part may be found under the filters, (rows,)."""
        allowed = part.alive[: part.rows].copy()
        days = part.published_day[: part.rows]
        if filters.published_from is not None or filters.published_to is not None:
            allowed &= days != NO_DAY
        if filters.published_from is not None:
            allowed &= days >= filters.published_from.toordinal() - _EPOCH
        if filters.published_to is not None:
            allowed &= days <= filters.published_to.toordinal() - _EPOCH
        if filters.languages:
            allowed &= _words([speaks(word, filters.languages) for word in self.languages], part.language[: part.rows])
        if filters.outlets:
            allowed &= _words(_same(self.outlets, filters.outlets), part.outlet[: part.rows])
        if filters.kinds:
            allowed &= _words(_same(self.kinds, filters.kinds), part.kind[: part.rows])
        return allowed

    def _drawn(self, part: FamilyVectors, filters: Filters, aim: SearchAim) -> _Drawn | None:
        """None when no row of the part may be found."""
        if filters.languages and not any(
            speaks(word, filters.languages) for word in self.languages if family(word) == part.family
        ):
            return None
        rows: NDArray[np.int64] | None = None
        if not filters.empty or part.dead:
            rows = np.flatnonzero(self.mask(part, filters))
            if len(rows) == part.rows:
                rows = None
        if part.rows == 0 or (rows is not None and not len(rows)):
            return None
        code, step = quantise(aim.vector[None, :])
        if rows is not None and len(rows) < part.rows * _GATHER_SHARE:
            whole, scales = _products(code, part.codes[rows]), part.scales[rows]
        else:
            whole, scales = _products(code, part.codes[: part.rows]), part.scales[: part.rows]
            if rows is not None:
                whole, scales = whole[rows], scales[rows]
        scores: NDArray[np.float32] = whole * (scales * step[0]) - np.float32(aim.less)
        return _Drawn(part, aim, rows, scores, _error(float(scales.max()), float(step[0]), aim.vector))


def quantise(vectors: NDArray[Any]) -> tuple[Codes, NDArray[np.float32]]:
    """Vectors (n, d) in 8 bits, and the length of a step of each (n,): about codes * steps[:, None]."""
    full = np.asarray(vectors, np.float32)
    steps = (np.abs(full).max(axis=1, initial=0.0) / _STEPS).astype(np.float32)
    codes = np.rint(full / np.where(steps > 0, steps, 1)[:, None]).astype(np.int8)
    return codes, steps


def speaks(language: str, wanted: tuple[str, ...]) -> bool:
    """Does a BCP 47 tag begin with the subtags of one of those wanted?"""
    tag = language.lower()
    return any(tag == want.lower() or tag.startswith(want.lower() + "-") for want in wanted)


_EPOCH = 719163  # date(1970, 1, 1).toordinal()


def _products(code: Codes, codes: Codes) -> NDArray[np.float32]:
    """The inner products of one code (1, d) with many (n, d); simsimd chooses the instructions that the machine has.

    Many are shared with another thread, stretch by stretch: a busy machine is waited for at one stretch at most.
    """
    found = np.empty((1, len(codes)), np.float32)
    starts = iter(range(0, len(codes), _STRETCH))

    def work() -> None:
        for at in starts:  # each goes to one of the threads
            simsimd.cdist(code, codes[at : at + _STRETCH], "dot", out=found[:, at : at + _STRETCH])

    helper = _helpers().submit(work) if len(codes) > _STRETCH else None
    work()
    if helper is not None and not helper.cancel():
        helper.result()
    return found.reshape(-1)


@cache
def _helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="telal-exact")


def _reached(scores: Sequence[NDArray[np.float32]], limit: int) -> float:
    """A score that at least `limit` rows reach, close to the highest such score; -inf where there are fewer rows.

    For many rows it is estimated from the best of each block: 0.1 instead of 1.6 ms for 300,000 rows.
    """
    best = [np.maximum.reduceat(some, np.arange(0, len(some), _BLOCK)) for some in scores]
    if sum(map(len, best)) < 4 * limit:
        best = list(scores)
    whole = np.concatenate(best)
    return float(np.partition(whole, len(whole) - limit)[len(whole) - limit]) if limit <= len(whole) else -np.inf


def _error(largest_step: float, own_step: float, vector: Vector) -> float:
    """The standard deviation of an 8-bit score: rounding is uniform over a step in each of two unit vectors."""
    length = float(np.linalg.norm(vector))
    return float(np.sqrt((largest_step * length) ** 2 + own_step**2) / np.sqrt(12))


def _same(words: tuple[str, ...], wanted: tuple[str, ...]) -> list[bool]:
    folded = {want.casefold() for want in wanted}
    return [word.casefold() in folded for word in words]


def _words(wanted: list[bool], codes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which codes stand for a wanted word."""
    return np.array(wanted, np.bool_)[codes]


def _best(keys: NDArray[np.int64], scores: NDArray[np.float32], limit: int) -> list[ScoredKey]:
    """The best `limit`, ordered by score and, where scores are equal, by key; without what is no number."""
    known = np.isfinite(scores)
    keys, scores = keys[known], scores[known]
    order = np.lexsort((keys, -scores))[:limit]
    return [ScoredKey(int(key), float(score)) for key, score in zip(keys[order], scores[order], strict=True)]
