"""Nearest passages when the vectors are too many for memory: from Chroma, or read from the archive."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from rag.errors import VectorsUnavailable
from rag.store.archive.archive import Archive
from rag.store.keyword.index import KeywordIndex
from rag.store.upkeep.results import Scored
from rag.store.vectors.chroma_keeper import ChromaKeeper
from rag.store.vectors.exact import ExactVectors
from rag.types import Filters

_WINDOW = 20_000  # changes whose vectors are in memory at once
_FEW = 5_000  # passages whose vectors are read one article at a time
_WIDEST = 8_000  # passages asked from Chroma at most

Vector = NDArray[np.float32]


class Large:
    """Exact where the passages that the filters leave are few; else Chroma, asked for more and filtered after.

    Filters are answered by the keyword index, which knows them exactly. Without it, or without Chroma, every vector
    passes through memory once a question: slow, and right.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def search(
        self,
        vector: Vector,
        *,
        limit: int,
        filters: Filters,
        keyword: KeywordIndex | None,
        chroma: ChromaKeeper | None,
    ) -> list[Scored]:
        """The nearest passages, best first."""
        last = self._archive.last_change()
        if keyword is not None and keyword.built.change != last:
            keyword = None
        if keyword is not None and not filters.empty:
            keys = keyword.matching(filters, limit=_FEW + 1)
            if len(keys) <= _FEW:
                return self._among(keys, vector, limit)
        found = None
        if chroma is not None and (filters.empty or keyword is not None):
            found = self._ask(chroma, vector, limit, filters, keyword, last)
        return found if found is not None else self._scan(vector, limit, filters, since=0, upto=last)

    def _ask(
        self,
        chroma: ChromaKeeper,
        vector: Vector,
        limit: int,
        filters: Filters,
        keyword: KeywordIndex | None,
        last: int,
    ) -> list[Scored] | None:
        """Chroma's nearest that fulfil the filters, with what it has not taken in yet; None when it cannot say."""
        change, asked = chroma.change, 2 * limit
        if change is None:
            return None
        while asked <= _WIDEST:
            try:
                found = chroma.search(vector, limit=asked)
            except VectorsUnavailable:
                return None
            kept = _fulfilling(found, filters, keyword)
            if len(kept) >= limit or len(found) < asked:
                newest = self._scan(vector, limit, filters, since=change, upto=last)
                return _merged([kept, newest], limit)
            asked *= 4
        return None

    def _among(self, keys: NDArray[np.int64], vector: Vector, limit: int) -> list[Scored]:
        held = self._archive.vectors(keys)
        scores = held.vectors @ vector
        return _merged([[Scored(int(key), float(score)) for key, score in zip(held.keys, scores, strict=True)]], limit)

    def _scan(self, vector: Vector, limit: int, filters: Filters, *, since: int, upto: int) -> list[Scored]:
        parts = []
        for start in range(since, upto, _WINDOW):
            columns = self._archive.columns(start, min(start + _WINDOW, upto))
            parts.append(ExactVectors.of(columns).search(vector, limit=limit, filters=filters))
        return _merged(parts, limit)


def _fulfilling(found: list[Scored], filters: Filters, keyword: KeywordIndex | None) -> list[Scored]:
    if keyword is None:
        return found
    kept = keyword.matching(filters, limit=len(found), among=[hit.key for hit in found])
    return [hit for hit in found if hit.key in set(kept.tolist())]


def _merged(parts: Iterable[list[Scored]], limit: int) -> list[Scored]:
    """The best of all parts, each key once."""
    best = {hit.key: hit for part in parts for hit in part}
    return heapq.nsmallest(limit, best.values(), key=lambda hit: (-hit.score, hit.key))
