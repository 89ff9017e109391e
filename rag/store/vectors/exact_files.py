"""The exact vectors in files that every process of the machine maps, so that memory holds one copy.

A directory holds, for each part (a language family), `N.codes` (8 bits, n x d), `N.vectors` (float16, n x d) and
`N.rows` (one record for each passage), and `head.json`, which says how many rows count and what they were built from.
New rows are written behind those that count, and count once the head is replaced, so that a kill or a power cut leaves
the old state or the new one. Removed rows are overwritten with zeros, so that nothing of an erased article remains.
"""

from __future__ import annotations

import json
import os
import weakref
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.store.database.records import Columns
from rag.store.upkeep.catchup import IndexBroken, IndexState
from rag.store.upkeep.index_directory import write_atomically
from rag.store.vectors.exact import Codes, ExactView, FamilyVectors, Halves
from rag.store.vectors.exact_vectors import ExactVectors, Storage

FORMAT = 1  # raise it with what is stored: the files are then made anew

_HEAD = "head.json"
_RECORD = np.dtype(
    [
        ("keys", "<i8"),
        ("scales", "<f4"),
        ("published_day", "<i4"),
        ("language", "<i4"),
        ("outlet", "<i4"),
        ("kind", "<i4"),
        ("alive", "?"),
        ("_", "V3"),
    ]
)
_ALIVE_AT = 28  # bytes into a record
_VALUES = ("keys", "scales", "published_day", "language", "outlet", "kind", "alive")


class FileStorage(Storage):
    """The files of one part, for the one process that writes them. Mapped arrays are only read."""

    def __init__(self, directory: Path, number: int, dimension: int) -> None:
        self._dimension = dimension
        self._paths = [directory / f"{number}.{name}" for name in ("codes", "vectors", "rows")]
        self._files = [os.open(path, os.O_RDWR | os.O_CREAT, 0o600) for path in self._paths]
        self._widths = (dimension, 2 * dimension, _RECORD.itemsize)
        for file in self._files:
            weakref.finalize(self, os.close, file)

    def enlarge(self, part: FamilyVectors, rows: int) -> tuple[Codes, Halves]:
        for file, width in zip(self._files[:2], self._widths, strict=False):
            os.ftruncate(file, rows * width)  # a hole takes no room on the disk
        return _mapped(self._paths[0], np.int8, self._dimension), _mapped(self._paths[1], np.float16, self._dimension)

    def put(self, part: FamilyVectors, codes: Codes, columns: Columns) -> None:
        records = np.zeros(len(codes), _RECORD)
        new = slice(part.rows, part.rows + len(codes))
        for name in _VALUES:
            records[name] = getattr(part, name)[new]
        whole = (codes.tobytes(), columns.vectors.astype("<f2").tobytes(), records.tobytes())
        for file, width, data in zip(self._files, self._widths, whole, strict=True):
            _write(file, data, part.rows * width)

    def trim(self, rows: int) -> None:
        """Forget what was written behind the rows that count: an erased article may be among it."""
        for file, width in zip(self._files, self._widths, strict=True):
            os.ftruncate(file, rows * width)

    def clear(self, rows: list[int]) -> None:
        """Overwrite rows with zeros."""
        codes, vectors, records = self._files
        for row in rows:
            _write(codes, bytes(self._widths[0]), row * self._widths[0])
            _write(vectors, bytes(self._widths[1]), row * self._widths[1])
            _write(records, b"\0", row * self._widths[2] + _ALIVE_AT)

    def sync(self) -> None:
        """Return when all is on the disk."""
        for file in self._files:
            os.fdatasync(file)


class FileVectors(ExactVectors):
    """Exact vectors that are kept in files; nothing counts before `commit`."""

    def __init__(self, directory: Path, dimension: int, view: ExactView = ExactView()) -> None:  # noqa: B008
        super().__init__(dimension, view)
        self.directory = directory
        self._clearing: dict[int, list[int]] = {}  # rows by the number of their part
        self._changed: set[int] = set()
        self._files = [FileStorage(directory, number, dimension) for number in range(len(view.parts))]
        self._storages = list(self._files)

    @classmethod
    def open(cls, directory: Path, dimension: int) -> tuple[FileVectors, IndexState]:
        """Files to go on writing; raises IndexBroken when they are not whole."""
        saved = load(directory, dimension)
        vectors = cls(directory, dimension, saved.view)
        for number, part in enumerate(saved.view.parts):
            vectors._files[number].trim(part.rows)
            vectors._files[number].clear(saved.clearing.get(number, []))
        return vectors, saved.state

    def commit(self, built: IndexState) -> None:
        """Make everything since the last commit count, in one step with what it was built from."""
        for number in self._changed | self._clearing.keys():
            self._files[number].sync()
        view = self.view()
        head = {
            "built": built.to_json(),
            "parts": [_described(part) for part in view.parts],
            "languages": view.languages,
            "outlets": view.outlets,
            "kinds": view.kinds,
            "clearing": self._clearing,
        }
        write_atomically(self.directory / _HEAD, json.dumps(head, ensure_ascii=False))
        for number, rows in self._clearing.items():
            self._files[number].clear(rows)
            self._files[number].sync()
        self._clearing, self._changed = {}, set()

    def _added(self, view: ExactView, name: str, columns: Columns) -> ExactView:
        after = super()._added(view, name, columns)
        same = [one is other for one, other in zip(after.parts, view.parts, strict=False)]
        self._changed |= {number for number in range(len(after.parts)) if number >= len(same) or not same[number]}
        return after

    def _storage(self, number: int) -> Storage:
        self._files.append(FileStorage(self.directory, number, self._dimension))
        return self._files[number]

    def _removed(self, number: int, rows: NDArray[np.int64]) -> None:
        self._clearing.setdefault(number, []).extend(rows.tolist())


@dataclass(frozen=True, slots=True)
class SavedIndex:
    """What a directory holds. `clearing`: removed rows, by part, that may not be overwritten yet."""

    view: ExactView
    state: IndexState
    clearing: dict[int, list[int]]


def stamp(directory: Path) -> tuple[str, int, int] | None:
    """Changes with every commit; None when there is nothing."""
    try:
        found = (directory / _HEAD).stat()
    except OSError:
        return None
    return str(directory), found.st_ino, found.st_mtime_ns


def load(directory: Path, dimension: int) -> SavedIndex:
    """What a directory holds, mapped; raises IndexBroken when it is not whole."""
    try:
        head = json.loads((directory / _HEAD).read_text("utf-8"))
        built = IndexState.from_json(head["built"])
        if built.format != FORMAT or built.identity.dimension != dimension:
            raise IndexBroken(f"{directory} holds vectors of another format.")
        clearing = {int(number): [int(row) for row in rows] for number, rows in head["clearing"].items()}
        parts = tuple(_part(directory, number, about, dimension) for number, about in enumerate(head["parts"]))
        parts = tuple(_settled(part, clearing.get(number, [])) for number, part in enumerate(parts))
        words = {name: tuple(map(str, head[name])) for name in ("languages", "outlets", "kinds")}
        view = ExactView(parts, **words)
        _must_be_sound(view, directory)
        return SavedIndex(view, built, clearing)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise IndexBroken(f"The vectors in {directory} cannot be read: {error}.") from error


def _part(directory: Path, number: int, about: dict[str, Any], dimension: int) -> FamilyVectors:
    rows = int(about["rows"])
    records = np.fromfile(directory / f"{number}.rows", _RECORD, rows)
    codes = _mapped(directory / f"{number}.codes", np.int8, dimension)
    vectors = _mapped(directory / f"{number}.vectors", np.float16, dimension)
    if min(len(records), len(codes), len(vectors)) < rows:
        raise IndexBroken(f"A file of {directory} is cut short.")
    total = np.array(about["total"], np.float64)
    values = {name: np.ascontiguousarray(records[name]) for name in _VALUES}
    return FamilyVectors(
        str(about["family"]), rows, int(about["dead"]), total, codes=codes[:rows], vectors=vectors[:rows], **values
    )


def _settled(part: FamilyVectors, cleared: list[int]) -> FamilyVectors:
    """The part without its removed rows: a kill may have come between the head and the marks of these rows."""
    alive = part.alive.copy()
    alive[cleared] = False
    return replace(part, alive=alive)


def _must_be_sound(view: ExactView, directory: Path) -> None:
    for part in view.parts:
        ascending = bool((np.diff(part.keys) > 0).all())
        counted = part.rows - int(np.count_nonzero(part.alive)) == part.dead
        known = all(
            not part.rows or 0 <= int(codes.min()) <= int(codes.max()) < len(words)
            for codes, words in ((part.language, view.languages), (part.outlet, view.outlets), (part.kind, view.kinds))
        )
        if not (ascending and counted and known and len(part.total) == part.codes.shape[1]):
            raise IndexBroken(f"The files of {directory} do not fit each other.")


def _described(part: FamilyVectors) -> dict[str, Any]:
    return {"family": part.family, "rows": part.rows, "dead": part.dead, "total": part.total.tolist()}


def _mapped(path: Path, kind: type[Any], dimension: int) -> NDArray[Any]:
    """A file as rows, read only; what another process writes is seen."""
    if not path.stat().st_size:
        return np.empty((0, dimension), kind)
    return np.asarray(np.memmap(path, kind, "r")).reshape(-1, dimension)


def _write(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        done = os.pwrite(file, view, offset)
        view, offset = view[done:], offset + done
