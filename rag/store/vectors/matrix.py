"""Every passage's vector in 8 bits, compared with a question one by one under any filter; the best again in full.

Rounding makes an 8-bit score too high or too low, equally likely in each dimension. A passage is scored again, with its
vector in 16 bits, when its 8-bit score lies within `_SIGMAS` standard deviations of that error of the last score
wanted, on either side. A passage that belongs among the best is missed with a probability below 1e-8 (Hoeffding), so
the order is that of a full comparison.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import simsimd
from numpy.typing import NDArray

from rag.store.database.records import NO_DAY, Columns
from rag.store.upkeep.catchup import NO_KEYS, IndexBroken, IndexState, ScoredKey
from rag.text.language import family
from rag.types import Filters

_GATHER_SHARE = 0.15  # fewer rows are copied together: of 100,000 as fast as comparing all and choosing after
_SIGMAS = 6.0
_BLOCK = 256  # rows of which the best is taken
_STEPS = 127  # of 8 bits, on either side of zero
_STRETCH = 8_192  # rows that one thread compares at once: half a millisecond
_ROOM = 20_000  # rows of a part to which further ones are joined by copying, 4 ms for a full one; then one begins anew
_EPOCH = 719163  # date(1970, 1, 1).toordinal()
_HEAD = "head.json"
_RECORD = ("keys", "steps", "published_day", "language", "outlet", "kind")
_VOCABULARIES = (("language", "languages"), ("outlet", "outlets"), ("kind", "kinds"))

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SearchAim:
    """What the passages of a language family are compared with: score = passage . vector - less."""

    vector: Vector
    less: float = 0.0


PLAIN: Mapping[str, SearchAim] = {}


@dataclass(frozen=True, slots=True)
class FamilyPart:
    """Passages of one language family in ascending order of their keys. Those taken out since are not `alive`.

    `codes` (n, d) in steps of `steps` (n,) are the vectors in 8 bits, `vectors` (n, d) in 16; `total` (d,) is the sum
    of those that are alive. The rows of a `mapped` part lie in files.
    """

    family: str
    keys: NDArray[np.int64]
    steps: NDArray[np.float32]
    published_day: NDArray[np.int32]
    language: NDArray[np.int32]
    outlet: NDArray[np.int32]
    kind: NDArray[np.int32]
    codes: NDArray[np.int8]
    vectors: NDArray[np.float16]
    alive: NDArray[np.bool_]
    dead: int
    total: NDArray[np.float64]
    mapped: bool = False

    def __len__(self) -> int:
        return len(self.keys)

    def at(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of those of these keys that are here and alive."""
        rows = np.searchsorted(self.keys, keys)
        here = rows < len(self)
        here[here] = self.keys[rows[here]] == keys[here]
        return rows[here][self.alive[rows[here]]]

    def scores(self, rows: NDArray[np.int64], aim: SearchAim) -> Vector:
        """Of these rows, from the vectors in full; the same to the last bit whatever rows are asked for together."""
        products = np.einsum("nd,d->n", self.vectors[rows].astype(np.float32), aim.vector)
        return np.asarray(products - np.float32(aim.less), np.float32)

    def without(self, keys: NDArray[np.int64]) -> FamilyPart:
        """The part without these keys; unknown ones are no error."""
        rows = self.at(np.unique(keys))
        if not len(rows):
            return self
        alive = self.alive.copy()
        alive[rows] = False
        total = self.total - self.vectors[rows].astype(np.float64).sum(axis=0)
        return replace(self, alive=alive, dead=self.dead + len(rows), total=total)

    def joined(self, after: FamilyPart) -> FamilyPart:
        """This part and one whose keys all come after its own, in memory."""
        arrays = (*_RECORD, "codes", "vectors", "alive")
        both: dict[str, Any] = {name: np.concatenate([getattr(self, name), getattr(after, name)]) for name in arrays}
        return replace(self, **both, dead=self.dead + after.dead, total=self.total + after.total)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The 8-bit scores of some rows of a part (None: of all rows), and the standard deviation of their error."""

    part: FamilyPart
    aim: SearchAim
    rows: NDArray[np.int64] | None
    scores: Vector
    error: float


@dataclass(frozen=True, slots=True, eq=False)
class MatrixView:
    """The passages at one moment. Codes of language, outlet and kind are positions in the vocabularies."""

    parts: tuple[FamilyPart, ...] = ()
    languages: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def __len__(self) -> int:
        return sum(len(part) - part.dead for part in self.parts)

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
        plain = SearchAim(np.ascontiguousarray(vector, np.float32))
        drawn = [d for part in self.parts if (d := self._drawn(part, filters, aims.get(part.family, plain)))]
        if limit <= 0 or not drawn:
            return []
        least = _reached([d.scores for d in drawn], limit) - 2 * _SIGMAS * max(d.error for d in drawn)
        keys, scores = [], []
        for d in drawn:
            rows = np.flatnonzero(d.scores >= least)
            rows = rows if d.rows is None else d.rows[rows]
            keys.append(d.part.keys[rows])
            scores.append(d.part.scores(rows, d.aim))
        return _best(np.concatenate(keys), np.concatenate(scores), limit)

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
        return np.sort(np.concatenate([NO_KEYS, *(part.keys[part.alive] for part in self.parts)]))

    def _drawn(self, part: FamilyPart, filters: Filters, aim: SearchAim) -> _Drawn | None:
        """None when no row of the part may be found."""
        if filters.languages and not any(
            speaks(word, filters.languages) for word in self.languages if family(word) == part.family
        ):
            return None
        rows = np.flatnonzero(self._allowed(part, filters)) if part.dead or not filters.empty else None
        if not len(part) or (rows is not None and not len(rows)):
            return None
        code, step = _quantised(aim.vector[None, :])
        if rows is not None and len(rows) < len(part) * _GATHER_SHARE:
            whole, steps = _products(code, part.codes[rows]), part.steps[rows]
        else:
            whole, steps = _products(code, part.codes), part.steps
            if rows is not None:
                whole, steps = whole[rows], steps[rows]
        scores: Vector = whole * (steps * step[0]) - np.float32(aim.less)
        # Rounding is uniform over a step in each of two vectors, of which the passage's is a unit.
        spread = (float(steps.max()) * float(np.linalg.norm(aim.vector))) ** 2 + float(step[0]) ** 2
        return _Drawn(part, aim, rows, scores, float(np.sqrt(spread / 12)))

    def _allowed(self, part: FamilyPart, filters: Filters) -> NDArray[np.bool_]:
        """Which rows of a part may be found under the filters, (n,)."""
        allowed, days = part.alive.copy(), part.published_day
        if filters.published_from is not None or filters.published_to is not None:
            allowed &= days != NO_DAY
        if filters.published_from is not None:
            allowed &= days >= filters.published_from.toordinal() - _EPOCH
        if filters.published_to is not None:
            allowed &= days <= filters.published_to.toordinal() - _EPOCH
        if filters.languages:
            spoken = [speaks(word, filters.languages) for word in self.languages]
            allowed &= np.array(spoken, np.bool_)[part.language]
        for codes, words, wanted in (
            (part.outlet, self.outlets, filters.outlets),
            (part.kind, self.kinds, filters.kinds),
        ):
            if wanted:
                folded = {want.casefold() for want in wanted}
                allowed &= np.array([word.casefold() in folded for word in words], np.bool_)[codes]
        return allowed


class Matrix:
    """The passages that `view` shows; a change makes a new view, so that searches never wait."""

    def __init__(self, dimension: int, view: MatrixView = MatrixView(), state: IndexState | None = None) -> None:  # noqa: B008
        self._dimension, self.view, self._state = dimension, view, state

    @classmethod
    def of(cls, columns: Columns) -> Matrix:
        """These passages alone."""
        made = cls(columns.vectors.shape[1])
        made.add(columns)
        return made

    @classmethod
    def load(cls, directory: Path, dimension: int) -> Matrix:
        """What `save` wrote, mapped, so that processes share it. Raises IndexBroken when it cannot be used."""
        try:
            head = json.loads((directory / _HEAD).read_text("utf-8"))
            columns = {name: np.load(directory / f"{name}.npy") for name in _RECORD}
            columns |= {name: np.load(directory / f"{name}.npy", mmap_mode="r") for name in ("codes", "vectors")}
            parts, at = list[FamilyPart](), 0
            for about in head["parts"]:
                own = slice(at, at := at + about["rows"])
                arrays = {name: np.asarray(column[own]) for name, column in columns.items()}
                alive, total = np.ones(about["rows"], np.bool_), np.array(about["total"], np.float64)
                parts.append(FamilyPart(about["family"], **arrays, alive=alive, dead=0, total=total, mapped=True))
            words = {plural: tuple(head[plural]) for _, plural in _VOCABULARIES}
            return cls(dimension, MatrixView(tuple(parts), **words), IndexState.from_json(head["built"]))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise IndexBroken(f"The vectors in {directory} cannot be read: {error}.") from error

    def save(self, directory: Path) -> None:
        """Write all passages into an empty directory, those of a family together. Raises OSError."""
        assert self._state is not None
        view = self.view
        parts = sorted(view.parts, key=lambda part: part.family)  # those of a family stay in the order of their keys
        for name in (*_RECORD, "codes", "vectors"):
            with (directory / f"{name}.npy").open("wb") as file:
                empty = getattr(_part("", _no_columns(self._dimension)), name)
                header = np.lib.format.header_data_from_array_1_0(empty)
                shape = (len(view), *empty.shape[1:])
                np.lib.format.write_array_header_1_0(file, header | {"shape": shape, "fortran_order": False})
                for part in parts:
                    rows = getattr(part, name)
                    (rows[part.alive] if part.dead else rows).tofile(file)
        families = dict.fromkeys(part.family for part in parts)
        described = [
            {
                "family": name,
                "rows": sum(len(part) - part.dead for part in parts if part.family == name),
                "total": np.sum([part.total for part in parts if part.family == name], axis=0).tolist(),
            }
            for name in families
        ]
        words = {plural: getattr(view, plural) for _, plural in _VOCABULARIES}
        head = {"built": self._state.to_json(), "parts": described, **words}
        (directory / _HEAD).write_text(json.dumps(head, ensure_ascii=False), "utf-8")

    def apply(self, removed: NDArray[np.int64], added: Iterable[Columns], state: IndexState) -> None:
        """Take passages in, take others out, and remember `state`. The new come first: a changed article is always
        found."""
        for columns in added:
            self.add(columns)
        self.remove(removed)
        self._state = state

    def add(self, columns: Columns) -> None:
        """Take in passages. Raises IndexBroken for a key below one of its family's: the archive hands them out in
        ascending order."""
        view, columns = _with_words(self.view, columns)
        parts = list(view.parts)
        for name, rows in _by_family(columns):
            part = _part(name, columns, rows)
            held = [n for n, other in enumerate(parts) if other.family == name]
            if held and parts[held[-1]].keys[-1] >= part.keys[0]:
                raise IndexBroken(f"Key {part.keys[0]} comes after key {parts[held[-1]].keys[-1]}.")
            if held and not parts[held[-1]].mapped and len(parts[held[-1]]) < _ROOM:
                parts[held[-1]] = parts[held[-1]].joined(part)
            else:
                parts.append(part)
        self.view = replace(view, parts=tuple(parts))

    def remove(self, keys: NDArray[np.int64]) -> None:
        """Forget these keys; unknown ones are no error."""
        if len(keys):
            self.view = replace(self.view, parts=tuple(part.without(keys) for part in self.view.parts))

    @property
    def unsaved(self) -> int:
        """How many rows lie in no file, or lie there in vain."""
        return sum(part.dead if part.mapped else len(part) for part in self.view.parts)

    def state(self) -> IndexState | None:
        """What was last remembered; None before that."""
        return self._state

    def count(self) -> int:
        """How many passages can be found."""
        return len(self.view)

    def close(self) -> None:
        """Nothing is open."""


def speaks(language: str, wanted: tuple[str, ...]) -> bool:
    """Does a BCP 47 tag begin with the subtags of one of those wanted?"""
    tag = language.lower()
    return any(tag == want.lower() or tag.startswith(want.lower() + "-") for want in wanted)


def _quantised(vectors: NDArray[Any]) -> tuple[NDArray[np.int8], Vector]:
    """Vectors (n, d) in 8 bits, and the length of a step of each (n,): about codes * steps[:, None]."""
    full = np.asarray(vectors, np.float32)
    steps = (np.abs(full).max(axis=1, initial=0.0) / _STEPS).astype(np.float32)
    codes = np.rint(full / np.where(steps > 0, steps, 1)[:, None]).astype(np.int8)
    return codes, steps


def _products(code: NDArray[np.int8], codes: NDArray[np.int8]) -> Vector:
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
    return ThreadPoolExecutor(thread_name_prefix="telal-matrix")


def _reached(scores: Sequence[Vector], limit: int) -> float:
    """A score that at least `limit` rows reach, close to the highest such score; -inf where there are fewer rows.

    For many rows it is estimated from the best of each block: 0.1 instead of 1.6 ms for 300,000 rows.
    """
    best = [np.maximum.reduceat(some, np.arange(0, len(some), _BLOCK)) for some in scores]
    if sum(map(len, best)) < 4 * limit:
        best = list(scores)
    whole = np.concatenate(best)
    return float(np.partition(whole, len(whole) - limit)[len(whole) - limit]) if limit <= len(whole) else -np.inf


def _best(keys: NDArray[np.int64], scores: Vector, limit: int) -> list[ScoredKey]:
    """The best `limit`, ordered by score and, where scores are equal, by key; without what is no number."""
    known = np.isfinite(scores)
    keys, scores = keys[known], scores[known]
    order = np.lexsort((keys, -scores))[:limit]
    return [ScoredKey(int(key), float(score)) for key, score in zip(keys[order], scores[order], strict=True)]


def _with_words(view: MatrixView, columns: Columns) -> tuple[MatrixView, Columns]:
    """The view with the words of the columns in its vocabularies, and the columns with its codes."""
    changed: dict[str, Any] = {}
    words: dict[str, Any] = {}
    for name, plural in _VOCABULARIES:
        known = {word: code for code, word in enumerate(getattr(view, plural))}
        places = [known.setdefault(word, len(known)) for word in getattr(columns, plural)]
        changed[name] = np.array(places, np.int32)[getattr(columns, name)]
        words[plural] = tuple(known)
    return replace(view, **words), replace(columns, **changed, **words)


def _by_family(columns: Columns) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """The rows of each family, in ascending order of their keys."""
    names = [family(tag) for tag in columns.languages]
    order = np.argsort(columns.keys, kind="stable")
    for name in dict.fromkeys(names):
        rows = order[np.array([own == name for own in names])[columns.language[order]]]
        if len(rows):
            yield name, rows


def _part(name: str, columns: Columns, rows: NDArray[np.int64] | slice = slice(None)) -> FamilyPart:
    vectors = columns.vectors[rows]
    codes, steps = _quantised(vectors)
    values: dict[str, Any] = {
        column: getattr(columns, column)[rows] for column in ("keys", "published_day", "language", "outlet", "kind")
    }
    total = vectors.sum(axis=0, dtype=np.float64)
    alive = np.ones(len(codes), np.bool_)
    return FamilyPart(name, steps=steps, codes=codes, vectors=vectors, alive=alive, dead=0, total=total, **values)


def _no_columns(dimension: int) -> Columns:
    none = np.empty(0, np.int32)
    return Columns(NO_KEYS, np.empty((0, dimension), np.float16), none, none, none, none, (), (), ())
