"""Exact nearest passages: every vector compared in memory, filters as masks."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.store.archive.archive import Archive
from rag.store.database.records import NO_DAY, Columns
from rag.store.upkeep.results import Scored
from rag.types import Filters

_GROWTH = 1.5  # room is taken half as much again, so that adding costs little however often it happens
_DEAD_SHARE = 0.25  # removed rows are only masked until they are this share, then left behind in a new copy
_GATHER_SHARE = 0.2  # 100,000 rows: comparing a copied 20 % took two thirds of comparing all, 30 % nearly twice


@dataclass(frozen=True, slots=True)
class ExactView:
    """The vectors as they stood at one moment; rows may hold removed passages, which no mask and no search shows.

    Arrays have room for more rows than `rows`; only the first `rows` belong to the view.
    """

    rows: int
    dead: int
    keys: NDArray[np.int64]
    vectors: NDArray[np.float32]
    alive: NDArray[np.bool_]
    published_day: NDArray[np.int32]
    language: NDArray[np.int32]
    outlet: NDArray[np.int32]
    kind: NDArray[np.int32]
    languages: tuple[str, ...]
    outlets: tuple[str, ...]
    kinds: tuple[str, ...]

    def __len__(self) -> int:
        return self.rows - self.dead

    def mask(self, filters: Filters) -> NDArray[np.bool_]:
        """Which rows may be found under the filters, (rows,)."""
        allowed = self.alive[: self.rows].copy()
        days = self.published_day[: self.rows]
        if filters.published_from is not None or filters.published_to is not None:
            allowed &= days != NO_DAY
        if filters.published_from is not None:
            allowed &= days >= filters.published_from.toordinal() - _EPOCH
        if filters.published_to is not None:
            allowed &= days <= filters.published_to.toordinal() - _EPOCH
        if filters.languages:
            allowed &= _words([speaks(word, filters.languages) for word in self.languages], self.language[: self.rows])
        if filters.outlets:
            allowed &= _words(_same(self.outlets, filters.outlets), self.outlet[: self.rows])
        if filters.kinds:
            allowed &= _words(_same(self.kinds, filters.kinds), self.kind[: self.rows])
        return allowed

    def search(
        self,
        vector: NDArray[np.float32],
        *,
        limit: int,
        filters: Filters = Filters(),  # noqa: B008
        allowed: NDArray[np.bool_] | None = None,
        lean: NDArray[np.float32] | None = None,
    ) -> list[Scored]:
        """The `limit` nearest by inner product (cosine, as vectors are units), best first, equal scores by key.

        `allowed` (rows,) narrows further; it belongs to this view, like a mask of it. `lean` (rows,) is taken
        off the scores.
        """
        if limit <= 0 or not len(self):
            return []
        whole = filters.empty and allowed is None
        may = self.alive[: self.rows] if whole else self.mask(filters)
        if allowed is not None:
            may = may & allowed
        query = np.ascontiguousarray(vector, np.float32)
        if whole and not self.dead:
            return _best(self.keys[: self.rows], self._scores(query, slice(0, self.rows), lean), limit)
        if np.count_nonzero(may) < self.rows * _GATHER_SHARE:
            rows = np.flatnonzero(may)
            return _best(self.keys[rows], self._scores(query, rows, lean), limit)
        scores = self._scores(query, slice(0, self.rows), lean)[may]  # blanked out instead, choosing takes 17 times
        return _best(self.keys[: self.rows][may], scores, limit)

    def scores(
        self, vector: NDArray[np.float32], keys: Sequence[int], *, lean: NDArray[np.float32] | None = None
    ) -> dict[int, float]:
        """The inner product with each of these keys' vectors, less `lean`; unknown keys are left out."""
        rows = np.flatnonzero(np.isin(self.keys[: self.rows], keys) & self.alive[: self.rows])
        found = self._scores(np.ascontiguousarray(vector, np.float32), rows, lean)
        return dict(zip(self.keys[rows].tolist(), found.tolist(), strict=True))

    def _scores(
        self, query: NDArray[np.float32], rows: slice | NDArray[np.int64], lean: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        found: NDArray[np.float32] = self.vectors[rows] @ query
        return found if lean is None else found - lean[rows]


class ExactVectors:
    """Vectors in memory, float32. Searching never waits: it uses the newest whole view; changing takes a lock."""

    def __init__(self, dimension: int) -> None:
        self._lock = threading.Lock()
        self._view = _empty(dimension)

    @classmethod
    def of(cls, columns: Columns) -> ExactVectors:
        """All passages of `archive.columns()`."""
        vectors = cls(columns.vectors.shape[1])
        vectors.add(columns)
        return vectors

    def __len__(self) -> int:
        return len(self._view)

    def view(self) -> ExactView:
        """The vectors as they stand now, for a mask and a search that must agree."""
        return self._view

    def search(
        self,
        vector: NDArray[np.float32],
        *,
        limit: int,
        filters: Filters = Filters(),  # noqa: B008
        allowed: NDArray[np.bool_] | None = None,
    ) -> list[Scored]:
        """See ExactView.search; `allowed` must be made from `view()` when vectors may change meanwhile."""
        return self._view.search(vector, limit=limit, filters=filters, allowed=allowed)

    def add(self, columns: Columns) -> None:
        """Take in passages; those whose keys are held already are left as they are."""
        with self._lock:
            view = self._view
            columns = _only(columns, ~np.isin(columns.keys, view.keys[: view.rows]))
            if len(columns.keys):
                self._view = _appended(_with_room(view, len(columns.keys)), columns)

    def remove(self, keys: NDArray[np.int64]) -> None:
        """Forget these keys; unknown ones are no error."""
        with self._lock:
            view = self._view
            alive = view.alive.copy()
            alive[: view.rows] &= ~np.isin(view.keys[: view.rows], keys)
            dead = view.rows - int(np.count_nonzero(alive[: view.rows]))
            view = replace(view, alive=alive, dead=dead)
            self._view = _compacted(view) if dead > view.rows * _DEAD_SHARE else view


def speaks(language: str, wanted: tuple[str, ...]) -> bool:
    """Does a BCP 47 tag begin with the subtags of one of those wanted?"""
    tag = language.lower()
    return any(tag == want.lower() or tag.startswith(want.lower() + "-") for want in wanted)


_EPOCH = 719163  # date(1970, 1, 1).toordinal()
_CODED = (("language", "languages"), ("outlet", "outlets"), ("kind", "kinds"))
_PER_ROW = ("keys", "vectors", "published_day", "language", "outlet", "kind")


def _same(words: tuple[str, ...], wanted: tuple[str, ...]) -> list[bool]:
    folded = {want.casefold() for want in wanted}
    return [word.casefold() in folded for word in words]


def _words(wanted: list[bool], codes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which codes stand for a wanted word."""
    return np.array(wanted, np.bool_)[codes]


def _best(keys: NDArray[np.int64], scores: NDArray[np.float32], limit: int) -> list[Scored]:
    """The best `limit`, ordered by score and, where scores are equal, by key."""
    if 0 < limit < len(scores):
        least = np.partition(scores, len(scores) - limit)[len(scores) - limit]
        rows = np.flatnonzero(scores >= least)  # every equal of the last one, so that keys decide
        keys, scores = keys[rows], scores[rows]
    order = np.lexsort((keys, -scores))[:limit]
    return [Scored(int(key), float(score)) for key, score in zip(keys[order], scores[order], strict=True)]


def _empty(dimension: int) -> ExactView:
    codes = np.empty(0, np.int32)
    return ExactView(
        rows=0,
        dead=0,
        keys=np.empty(0, np.int64),
        vectors=np.empty((0, dimension), np.float32),
        alive=np.empty(0, np.bool_),
        published_day=codes,
        language=codes,
        outlet=codes,
        kind=codes,
        languages=(),
        outlets=(),
        kinds=(),
    )


def _only(columns: Columns, rows: NDArray[np.bool_]) -> Columns:
    if rows.all():
        return columns
    return replace(columns, **{name: getattr(columns, name)[rows] for name in _PER_ROW})


def _with_room(view: ExactView, more: int) -> ExactView:
    """The view in larger arrays when `more` rows do not fit in its own. Untouched room costs no memory."""
    needed = view.rows + more
    if needed <= len(view.keys):
        return view
    room = int(needed * _GROWTH)
    grown: dict[str, Any] = {}
    for name in (*_PER_ROW, "alive"):
        old = getattr(view, name)
        grown[name] = np.empty((room, *old.shape[1:]), old.dtype)
        grown[name][: view.rows] = old[: view.rows]
    return replace(view, **grown)


def _appended(view: ExactView, columns: Columns) -> ExactView:
    """Write behind the last row, where no reader of an older view looks, and show it in a new view."""
    upto = view.rows + len(columns.keys)
    new = slice(view.rows, upto)
    view.keys[new] = columns.keys
    view.vectors[new] = columns.vectors
    view.published_day[new] = columns.published_day
    view.alive[new] = True
    vocabularies: dict[str, Any] = {}
    for name, plural in _CODED:
        known = {word: code for code, word in enumerate(getattr(view, plural))}
        codes = [known.setdefault(word, len(known)) for word in getattr(columns, plural)]
        getattr(view, name)[new] = np.array(codes, np.int32)[getattr(columns, name)]
        vocabularies[plural] = tuple(known)
    return replace(view, rows=upto, **vocabularies)


def _compacted(view: ExactView) -> ExactView:
    """The view without its removed rows, in arrays of their own."""
    rows = np.flatnonzero(view.alive[: view.rows])
    kept: dict[str, Any] = {name: getattr(view, name)[rows] for name in (*_PER_ROW, "alive")}
    return replace(view, rows=len(rows), dead=0, **kept)


class Memory:
    """Exact search that follows the archive. Above `limit` passages nothing is kept: `vectors` is None then."""

    def __init__(self, archive: Archive, *, dimension: int, limit: int) -> None:
        self._archive = archive
        self._limit = limit
        self._dimension = dimension
        self._lock = threading.Lock()
        self._vectors: ExactVectors | None = ExactVectors(dimension)
        self._change = 0

    @property
    def vectors(self) -> ExactVectors | None:
        """The vectors; None when there are more than may be kept."""
        return self._vectors

    @property
    def change(self) -> int:
        """The last change of the archive that was seen."""
        return self._change

    @property
    def passages(self) -> int:
        """How many passages can be found; counted in the archive when they are not kept."""
        vectors = self._vectors
        return len(vectors) if vectors is not None else self._archive.stats().passages

    def catch_up(self) -> bool:
        """Take in what came since. Was there anything?"""
        with self._lock:
            last = self._archive.last_change()
            if last == self._change:
                return False
            if last < self._change:  # an older archive was put in its place
                self._vectors, self._change = ExactVectors(self._dimension), 0
            if self._vectors is not None:
                self._take_in(self._vectors, last)
            self._change = last
            return True

    def _take_in(self, vectors: ExactVectors, last: int) -> None:
        if self._change == 0 and self._archive.stats().passages > self._limit:
            self._vectors = None
            return
        vectors.add(self._archive.columns(self._change, last))  # before the old go: a changed article is always found
        if self._change > 0:
            vectors.remove(self._archive.removed(self._change, last))
        if len(vectors) > self._limit:
            self._vectors = None
