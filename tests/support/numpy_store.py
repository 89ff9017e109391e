"""A vector store of one's own: an array in memory, written to one file when it is closed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.config import VectorsSettings
from rag.store.database.records import Batch
from rag.store.upkeep.catchup import IndexState, ScoredKey


class NumpyStore:
    """Every search compares all vectors."""

    def __init__(self, settings: VectorsSettings, directory: Path | None, *, dimension: int, empty: bool) -> None:
        assert directory is not None, "it knows no server"
        self._file = directory / "vectors.npz"
        self._held = np.empty(0, np.int64), np.empty((0, dimension), np.float32)  # replaced as one: threads search
        self._state: IndexState | None = None
        if not empty and self._file.exists():
            with np.load(self._file) as file:
                self._held = file["keys"], file["vectors"]
                self._state = IndexState.from_json(file["state"])

    def apply(self, removed: NDArray[np.int64], added: Iterable[Batch], state: IndexState) -> None:
        keys, vectors = self._held
        for batch in [Batch(removed, vectors[:0], []), *added]:
            stays = ~np.isin(keys, batch.keys)
            keys, vectors = keys[stays], vectors[stays]
            if len(batch.vectors):
                keys, vectors = np.append(keys, batch.keys), np.concatenate([vectors, batch.vectors])
        self._held, self._state = (keys, vectors), state

    def state(self) -> IndexState | None:
        return self._state

    def count(self) -> int:
        return len(self._held[0])

    def search(self, vector: NDArray[np.float32], *, limit: int) -> list[ScoredKey]:
        keys, vectors = self._held
        scores = vectors @ vector
        return [ScoredKey(int(keys[n]), float(scores[n])) for n in np.lexsort((keys, -scores))[:limit]]

    def close(self) -> None:
        if self._state is not None:
            keys, vectors = self._held
            np.savez(self._file, keys=keys, vectors=vectors, state=self._state.to_json())
