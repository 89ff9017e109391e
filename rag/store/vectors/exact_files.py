"""The exact vectors in files that every process of the machine maps, so that memory holds one copy.

A directory holds, for each part (a language family), `N.codes` (8 bits, n x d), `N.vectors` (float16, n x d) and
`N.rows` (one record for each passage), and `head.json`, which says how many rows count, what they were built from, and
the checksum of every block of the files. New rows are written behind those that count, and count once the head is
replaced, so that a kill or a power cut leaves the old state or the new one. Removed rows are overwritten with zeros, so
that nothing of an erased article remains.
"""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rag.store.database.records import Columns
from rag.store.upkeep.catchup import IndexBroken, IndexState
from rag.store.upkeep.checksums import BLOCK, BlockSums, IndexDamaged, Untouched, zeroed
from rag.store.upkeep.index_directory import write_atomically
from rag.store.vectors.exact import Codes, ExactView, FamilyVectors, Halves
from rag.store.vectors.exact_vectors import ExactVectors, Storage

FORMAT = 2  # raise it with what is stored: the files are then made anew

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
_NAMES = ("codes", "vectors", "rows")


@dataclass(frozen=True, slots=True)
class _Layout:
    """How long a row of each of the files of a part is, in bytes, and which bytes of it a removal makes zero."""

    width: int
    cleared_at: int
    cleared: int

    def spans(self, rows: Iterable[int]) -> list[tuple[int, int]]:
        """Start and length of what the removal of these rows makes zero."""
        return [(row * self.width + self.cleared_at, self.cleared) for row in rows]


def _layouts(dimension: int) -> tuple[_Layout, _Layout, _Layout]:
    """In the order of `_NAMES`."""
    wide = 2 * dimension
    return _Layout(dimension, 0, dimension), _Layout(wide, 0, wide), _Layout(_RECORD.itemsize, _ALIVE_AT, 1)


class FileStorage(Storage):
    """The files of one part, for the one process that writes them. Mapped arrays are only read."""

    def __init__(self, directory: Path, number: int, dimension: int, sums: Iterable[BlockSums] = ()) -> None:
        """`sums`: of what the files hold already."""
        self._dimension = dimension
        self._paths = [directory / f"{number}.{name}" for name in _NAMES]
        self._files = [os.open(path, os.O_RDWR | os.O_CREAT, 0o600) for path in self._paths]
        self._layouts = _layouts(dimension)
        self.sums = list(sums) or [BlockSums() for _ in _NAMES]
        for file in self._files:
            weakref.finalize(self, os.close, file)

    def enlarge(self, part: FamilyVectors, rows: int) -> tuple[Codes, Halves]:
        for file, layout in zip(self._files[:2], self._layouts, strict=False):
            os.ftruncate(file, rows * layout.width)  # a hole takes no room on the disk
        return _mapped(self._paths[0], np.int8, self._dimension), _mapped(self._paths[1], np.float16, self._dimension)

    def put(self, part: FamilyVectors, codes: Codes, columns: Columns) -> None:
        records = np.zeros(len(codes), _RECORD)
        new = slice(part.rows, part.rows + len(codes))
        for name in _VALUES:
            records[name] = getattr(part, name)[new]
        whole = (codes.tobytes(), columns.vectors.astype("<f2").tobytes(), records.tobytes())
        for file, layout, sums, data in zip(self._files, self._layouts, self.sums, whole, strict=True):
            _write(file, data, part.rows * layout.width)
            sums.append(data)

    def trim(self, rows: int) -> None:
        """Forget what was written behind the rows that count: an erased article may be among it."""
        for file, layout in zip(self._files, self._layouts, strict=True):
            os.ftruncate(file, rows * layout.width)

    def count_cleared(self, rows: list[int]) -> None:
        """Make the checksums those of the files after `clear`. Raises IndexBroken for a block that is damaged."""
        for file, layout, sums in zip(self._files, self._layouts, self.sums, strict=True):
            sums.replace(file, layout.spans(rows))

    def clear(self, rows: list[int]) -> None:
        """Overwrite rows with zeros."""
        for file, layout in zip(self._files, self._layouts, strict=True):
            for start, length in layout.spans(rows):
                _write(file, bytes(length), start)

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
        self._files: list[FileStorage] = []

    @classmethod
    def open(cls, directory: Path, dimension: int) -> tuple[FileVectors, IndexState]:
        """Files to go on writing; raises IndexBroken when they are not whole."""
        saved = load(directory, dimension)
        vectors = cls(directory, dimension, saved.view)
        vectors._files = [FileStorage(directory, n, dimension, sums) for n, sums in enumerate(saved.sums)]
        vectors._storages = list(vectors._files)
        for number, part in enumerate(saved.view.parts):
            vectors._files[number].trim(part.rows)
            vectors._files[number].clear(saved.clearing.get(number, []))
        return vectors, saved.state

    def commit(self, built: IndexState) -> None:
        """Make everything since the last commit count, in one step with what it was built from.

        Raises IndexBroken where what was removed stands in a block that is damaged.
        """
        for number in self._changed | self._clearing.keys():
            self._files[number].sync()
        for number, rows in self._clearing.items():
            self._files[number].count_cleared(rows)
        view = self.view()
        head = {
            "built": built.to_json(),
            "parts": [_described(part, file.sums) for part, file in zip(view.parts, self._files, strict=True)],
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

    def files(self) -> Untouched:
        """The files as they are now."""
        return _files(self.directory, self.view())

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
    """What a directory holds. `clearing`: removed rows, by part, that may not be overwritten yet; the checksums, of
    each part's three files, are those of the files after that."""

    view: ExactView
    state: IndexState
    clearing: dict[int, list[int]]
    sums: tuple[tuple[BlockSums, ...], ...]

    def files(self, directory: Path) -> Untouched:
        """The files as they are now, each with the bytes that it cannot do without."""
        return _files(directory, self.view)


def _files(directory: Path, view: ExactView) -> Untouched:
    least = {directory / _HEAD: 1}
    for number, part in enumerate(view.parts):
        for name, layout in zip(_NAMES, _layouts(part.codes.shape[1]), strict=True):
            least[directory / f"{number}.{name}"] = part.rows * layout.width
    return Untouched(least)


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
        sums = tuple(_sums(about, dimension) for about in head["parts"])
        for number, own in enumerate(sums):  # read whole in any case
            for _ in _compared(directory, number, own, clearing.get(number, []), dimension, names=_NAMES[2:]):
                pass
        parts = tuple(_part(directory, number, about, dimension) for number, about in enumerate(head["parts"]))
        parts = tuple(_settled(part, clearing.get(number, [])) for number, part in enumerate(parts))
        words = {name: tuple(map(str, head[name])) for name in ("languages", "outlets", "kinds")}
        view = ExactView(parts, **words)
        _must_be_sound(view, directory)
        return SavedIndex(view, built, clearing, sums)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise IndexBroken(f"The vectors in {directory} cannot be read: {error}.") from error


def check(directory: Path, dimension: int) -> Iterator[int]:
    """Compares the files with their checksums, and yields the bytes of each block; raises IndexDamaged for one that is
    another, unless the owner wrote meanwhile: then what is left is not compared."""
    begun = stamp(directory)
    saved = load(directory, dimension)
    try:
        for number, sums in enumerate(saved.sums):
            yield from _compared(directory, number, sums, saved.clearing.get(number, []), dimension)
    except (OSError, IndexBroken) as error:
        if stamp(directory) == begun:
            raise IndexDamaged(f"The vectors in {directory} are damaged: {error}.") from error


def _compared(
    directory: Path,
    number: int,
    sums: tuple[BlockSums, ...],
    cleared: list[int],
    dimension: int,
    names: tuple[str, ...] = _NAMES,
) -> Iterator[int]:
    for name, counted, layout in zip(_NAMES, sums, _layouts(dimension), strict=True):
        if name not in names:
            continue
        spans = layout.spans(cleared)
        with (directory / f"{number}.{name}").open("rb") as file:
            for block, expected in enumerate(counted.sums):
                data = counted.read(file.fileno(), block)
                if crc32(zeroed(data, block, spans)) != expected:
                    raise IndexDamaged(f"block {block} of {number}.{name} is not what was written")
                yield len(data)


def _sums(about: dict[str, Any], dimension: int) -> tuple[BlockSums, ...]:
    found = [
        BlockSums([int(value) for value in given], int(about["rows"]) * layout.width)
        for given, layout in zip(about["sums"], _layouts(dimension), strict=True)
    ]
    if any(len(one.sums) != -(-one.size // BLOCK) for one in found):
        raise IndexBroken("The checksums do not fit the rows.")
    return tuple(found)


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
        finite = bool(np.isfinite(part.scales[: part.rows]).all() and np.isfinite(part.total).all())
        if not (ascending and counted and known and finite and len(part.total) == part.codes.shape[1]):
            raise IndexBroken(f"The files of {directory} do not fit each other.")


def _described(part: FamilyVectors, sums: list[BlockSums]) -> dict[str, Any]:
    about = {"family": part.family, "rows": part.rows, "dead": part.dead, "total": part.total.tolist()}
    return {**about, "sums": [one.sums for one in sums]}


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
