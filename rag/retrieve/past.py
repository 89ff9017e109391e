"""The archive as it stood on a day: looked up and searched with what has been corrected or retracted since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.retrieve.rank import KEYWORD
from rag.store.archive.archive import Archive
from rag.store.archive.copies import Cluster
from rag.store.keyword.query import words
from rag.store.vectors.exact import SearchAim
from rag.store.vectors.exact_vectors import ExactVectors
from rag.types import Passage, Query

# BM25 over the highest score that can be reached, of a passage of mean length that holds every word once (k1 1.2).
_ONCE = 1 / 2.2


class IndexWeights(Protocol):
    """What the indexes know that is needed to score a passage as they do."""

    def aims(self, vector: NDArray[np.float32], language: str = ...) -> Mapping[str, SearchAim]: ...

    def rarity(self, words: Sequence[str]) -> Mapping[str, float]: ...


class Past:
    """Stands in for the archive in `search`. Superseded passages are in no index, so they are scored here."""

    def __init__(self, archive: Archive, day: date) -> None:
        self._archive, self._day = archive, day

    def passages(self, keys: Sequence[int]) -> dict[int, Passage]:
        """Those that answered at the end of the day."""
        return self._archive.passages_on(keys, self._day)

    def clusters(self, article_ids: Sequence[str]) -> Mapping[str, Cluster]:
        return self._archive.clusters(article_ids)

    def superseded(
        self, query: Query, vector: NDArray[np.float32], *, weights: IndexWeights, limit: int
    ) -> dict[int, float]:
        """Scores of the nearest passages that answered then and do not any more, about as fusing would give them."""
        columns = self._archive.columns_on(self._day)
        if not len(columns.keys):
            return {}
        aims = weights.aims(vector, query.language)
        found = ExactVectors.of(columns).view().search(vector, limit=limit, filters=query.filters, aims=aims)
        live = self.passages([scored.key for scored in found])
        rarity = weights.rarity(words(query.text))
        return {s.key: s.score + KEYWORD * _ONCE * _coverage(rarity, live[s.key]) for s in found if s.key in live}


def _coverage(rarity: Mapping[str, float], passage: Passage) -> float:
    held = set(words(f"{passage.title}\n{passage.text}"))
    return sum(value for word, value in rarity.items() if word in held) / (sum(rarity.values()) or 1.0)
