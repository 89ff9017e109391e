"""The archive's vectors in memory for exact search, as long as they are not too many."""

from __future__ import annotations

import threading

from rag.store.archive import Archive
from rag.store.exact import ExactVectors
from rag.store.records import Identity


class Memory:
    """Exact search that follows the archive. Above `limit` passages nothing is kept: `vectors` is None then."""

    def __init__(self, archive: Archive, *, dimension: int, limit: int) -> None:
        self._archive = archive
        self._limit = limit
        self._dimension = dimension
        self._lock = threading.Lock()
        self._vectors: ExactVectors | None = ExactVectors(dimension)
        self._change = 0
        self._identity: Identity | None = None  # of the vectors held; none before the first

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
            if last == self._change or not self._same_model():
                return False
            if last < self._change:  # an older archive was put in its place
                self._vectors, self._change = ExactVectors(self._dimension), 0
            if self._vectors is not None:
                self._take_in(self._vectors, last)
            self._change = last
            return True

    def _same_model(self) -> bool:
        """Not when the archive was embedded anew: two models' vectors are never held side by side."""
        held = self._archive.identity
        self._identity = self._identity or held
        return held == self._identity

    def _take_in(self, vectors: ExactVectors, last: int) -> None:
        if self._change == 0 and self._archive.stats().passages > self._limit:
            self._vectors = None
            return
        vectors.add(self._archive.columns(self._change, last))  # before the old go: a changed article is always found
        if self._change > 0:
            vectors.remove(self._archive.removed(self._change, last))
        if len(vectors) > self._limit:
            self._vectors = None
