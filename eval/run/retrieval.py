"""Engines with one way of searching switched off: what each of the two indexes is worth alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from rag.engine import Engine
from rag.store.indexes import Indexes
from rag.store.upkeep.results import Scored

MODES = ("hybrid", "dense", "keyword")


class OneSided:
    """Indexes that find by vectors alone or by BM25 alone; everything else is the real ones'."""

    def __init__(self, indexes: Indexes, mode: str) -> None:
        self._indexes = indexes
        self._mode = mode

    def dense(self, vector: NDArray[np.float32], **how: Any) -> list[Scored]:
        return [] if self._mode == "keyword" else self._indexes.dense(vector, **how)

    def cosines(self, vector: NDArray[np.float32], keys: Sequence[int], **how: Any) -> dict[int, float]:
        return {} if self._mode == "keyword" else self._indexes.cosines(vector, keys, **how)

    def keyword(self, text: str, **how: Any) -> list[Scored]:
        return [] if self._mode == "dense" else self._indexes.keyword(text, **how)

    def naming(self, text: str, **how: Any) -> list[Scored]:
        return []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._indexes, name)


def restricted(engine: Engine, mode: str) -> Engine:
    """The engine with one way of searching; it shares its archive and must not be closed.

    With words alone no score says whether the archive holds the answer, so nothing is refused.
    """
    if mode == "hybrid":
        return engine
    settings = engine.settings
    if mode == "keyword":
        answer = settings.answer.model_copy(update={"threshold": 0.0})
        settings = settings.model_copy(update={"answer": answer})
    return Engine(engine.archive, cast(Indexes, OneSided(engine.indexes, mode)), engine.embedder, settings)
