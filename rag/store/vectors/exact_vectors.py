"""Exact vectors that change while they are searched: one part for each language family, new rows behind the old."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.store.database.records import Columns
from rag.store.upkeep.catchup import IndexBroken, ScoredKey
from rag.store.vectors.exact import Codes, ExactView, FamilyVectors, Halves, Vector, quantise
from rag.text.language import family
from rag.types import Filters

_GROWTH = 1.5  # room is taken half as much again, so that adding costs little however often it happens
_CODED = (("language", "languages"), ("outlet", "outlets"), ("kind", "kinds"))
_PER_ROW = ("keys", "vectors", "published_day", "language", "outlet", "kind")
_VALUES = ("keys", "scales", "alive", "published_day", "language", "outlet", "kind")


class Storage(Protocol):
    """Where the vectors of one family lie, in 8 bits and in full."""

    def enlarge(self, part: FamilyVectors, rows: int) -> tuple[Codes, Halves]:
        """Arrays with room for so many rows that begin with those of the part."""

    def put(self, part: FamilyVectors, codes: Codes, columns: Columns) -> None:
        """Write passages behind the last row of the part, whose arrays have room for them."""


class MemoryStorage:
    """In memory."""

    def enlarge(self, part: FamilyVectors, rows: int) -> tuple[Codes, Halves]:
        return _enlarged(part.codes, part.rows, rows), _enlarged(part.vectors, part.rows, rows)

    def put(self, part: FamilyVectors, codes: Codes, columns: Columns) -> None:
        new = slice(part.rows, part.rows + len(codes))
        part.codes[new], part.vectors[new] = codes, columns.vectors


class ExactVectors:
    """The passages by language family. Searching never waits, as it uses the newest complete view. Changes take a
    lock."""

    def __init__(self, dimension: int, view: ExactView = ExactView()) -> None:  # noqa: B008
        """`view`: what is there already; its arrays are never written to."""
        self._dimension = dimension
        self._lock = threading.Lock()
        self._view = view
        self._storages: list[Storage | None] = [None] * len(view.parts)  # of each part; None: it takes in no more

    @classmethod
    def of(cls, columns: Columns) -> ExactVectors:
        """All passages of `archive.columns()`."""
        vectors = cls(columns.vectors.shape[1])
        vectors.add(columns)
        return vectors

    def __len__(self) -> int:
        return len(self._view)

    @property
    def in_memory(self) -> int:
        """How many rows only this process holds."""
        parts = zip(self._view.parts, self._storages, strict=False)
        return sum(part.rows for part, storage in parts if isinstance(storage, MemoryStorage))

    def view(self) -> ExactView:
        """The passages as they stand now."""
        return self._view

    def search(self, vector: Vector, *, limit: int, filters: Filters = Filters()) -> list[ScoredKey]:  # noqa: B008
        """See ExactView.search."""
        return self._view.search(vector, limit=limit, filters=filters)

    def add(self, columns: Columns) -> None:
        """Take in passages; those whose keys are held already are left as they are.

        Raises IndexBroken for a new key below one of its family's: the archive hands them out in ascending order.
        """
        with self._lock:
            view = self._view
            view, columns = _with_words(view, columns)
            for part in view.parts:
                columns = _only(columns, ~part.holds(columns.keys))
            for name, some in _by_family(columns):
                view = self._added(view, name, some)
            self._view = view

    def remove(self, keys: NDArray[np.int64]) -> None:
        """Forget these keys; unknown ones are no error."""
        with self._lock:
            parts = [self._without(part, number, keys) for number, part in enumerate(self._view.parts)]
            self._view = replace(self._view, parts=tuple(parts))

    def _added(self, view: ExactView, name: str, columns: Columns) -> ExactView:
        open_parts = (n for n, p in enumerate(view.parts) if p.family == name and self._storages[n] is not None)
        number = next(open_parts, len(view.parts))
        if number == len(view.parts):
            self._storages.append(self._storage(number))
            view = replace(view, parts=(*view.parts, _empty(name, self._dimension)))
        part, storage = view.parts[number], self._storages[number]
        assert storage is not None
        part = _appended(_with_room(part, storage, len(columns.keys)), storage, columns)
        return replace(view, parts=(*view.parts[:number], part, *view.parts[number + 1 :]))

    def _without(self, part: FamilyVectors, number: int, keys: NDArray[np.int64]) -> FamilyVectors:
        rows = part.at(np.unique(keys))
        if not len(rows):
            return part
        alive = part.alive.copy()
        alive[rows] = False
        total = part.total - part.vectors[rows].astype(np.float64).sum(axis=0)
        self._removed(number, rows)
        return replace(part, alive=alive, dead=part.dead + len(rows), total=total)

    def _storage(self, number: int) -> Storage:
        """For the vectors of a new part."""
        return MemoryStorage()

    def _removed(self, number: int, rows: NDArray[np.int64]) -> None:
        """Rows of a part are about to be removed."""


def _empty(name: str, dimension: int) -> FamilyVectors:
    return FamilyVectors(
        family=name,
        rows=0,
        dead=0,
        total=np.zeros(dimension),
        keys=np.empty(0, np.int64),
        codes=np.empty((0, dimension), np.int8),
        scales=np.empty(0, np.float32),
        vectors=np.empty((0, dimension), np.float16),
        alive=np.empty(0, np.bool_),
        published_day=np.empty(0, np.int32),
        language=np.empty(0, np.int32),
        outlet=np.empty(0, np.int32),
        kind=np.empty(0, np.int32),
    )


def _only(columns: Columns, rows: NDArray[np.bool_]) -> Columns:
    if rows.all():
        return columns
    return replace(columns, **{name: getattr(columns, name)[rows] for name in _PER_ROW})


def _with_words(view: ExactView, columns: Columns) -> tuple[ExactView, Columns]:
    """The view with the words of the columns in its vocabularies, and the columns with its codes."""
    vocabularies: dict[str, Any] = {}
    codes: dict[str, Any] = {}
    for name, plural in _CODED:
        known = {word: code for code, word in enumerate(getattr(view, plural))}
        places = [known.setdefault(word, len(known)) for word in getattr(columns, plural)]
        codes[name] = np.array(places, np.int32)[getattr(columns, name)]
        vocabularies[plural] = tuple(known)
    return replace(view, **vocabularies), replace(columns, **codes, **vocabularies)


def _by_family(columns: Columns) -> Iterator[tuple[str, Columns]]:
    """The passages of each family, in ascending order of their keys."""
    names = [family(tag) for tag in columns.languages]
    order = np.argsort(columns.keys, kind="stable")
    for name in dict.fromkeys(names):
        rows = order[np.array([own == name for own in names])[columns.language[order]]]
        if len(rows):
            yield name, replace(columns, **{column: getattr(columns, column)[rows] for column in _PER_ROW})


def _with_room(part: FamilyVectors, storage: Storage, more: int) -> FamilyVectors:
    """The part in larger arrays when `more` rows do not fit. Unused room costs no memory."""
    needed = part.rows + more
    if needed <= len(part.keys):
        return part
    room = int(needed * _GROWTH)
    codes, vectors = storage.enlarge(part, room)
    values: dict[str, Any] = {name: _enlarged(getattr(part, name), part.rows, room) for name in _VALUES}
    return replace(part, codes=codes, vectors=vectors, **values)


def _enlarged(old: NDArray[Any], rows: int, room: int) -> NDArray[Any]:
    grown = np.empty((room, *old.shape[1:]), old.dtype)
    grown[:rows] = old[:rows]
    return grown


def _appended(part: FamilyVectors, storage: Storage, columns: Columns) -> FamilyVectors:
    """Writes rows behind the last one, where no reader of an older view looks, and returns the new part."""
    if part.rows and columns.keys[0] <= part.keys[part.rows - 1]:
        raise IndexBroken(f"Key {columns.keys[0]} comes after key {part.keys[part.rows - 1]}.")
    upto = part.rows + len(columns.keys)
    new = slice(part.rows, upto)
    codes, part.scales[new] = quantise(columns.vectors)
    part.keys[new] = columns.keys
    part.alive[new] = True
    for name in ("published_day", "language", "outlet", "kind"):
        getattr(part, name)[new] = getattr(columns, name)
    storage.put(part, codes, columns)
    return replace(part, rows=upto, total=part.total + columns.vectors.astype(np.float64).sum(axis=0))
