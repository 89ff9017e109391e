"""A keyword index of one's own: the words of each passage in memory, written to one file at every change."""

from __future__ import annotations

import math
import pickle
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.store.backends import KeywordQuery, WordWeights
from rag.store.database.records import Batch
from rag.store.upkeep.catchup import IndexBroken, IndexState, ScoredKey, sort_scores
from rag.text.words import words
from rag.types import Filters, Passage


class PlainIndex:
    """A passage scores the rarity of each word of the question that it holds."""

    def __init__(self, directory: Path, *, write: bool) -> None:
        self._file = directory / "words.pickle"
        self._held: dict[int, tuple[frozenset[str], Passage]] = {}
        self._state: IndexState | None = None
        if self._file.exists():
            self.state()
        elif not write:
            raise IndexBroken(f"There is no index in {directory}.")

    def apply(self, removed: NDArray[np.int64], added: Iterable[Batch], state: IndexState) -> None:
        held = {key: one for key, one in self._held.items() if key not in removed}
        for batch in added:
            for key, passage in zip(batch.keys.tolist(), batch.passages, strict=True):
                held[key] = frozenset(words(f"{passage.title} {passage.text}")), passage
        self._file.with_suffix(".new").write_bytes(pickle.dumps((held, state)))
        self._file.with_suffix(".new").replace(self._file)
        self._held, self._state = held, state

    def state(self) -> IndexState | None:
        if self._file.exists():
            self._held, self._state = pickle.loads(self._file.read_bytes())
        return self._state

    def count(self) -> int:
        return len(self._held)

    def search(self, query: KeywordQuery) -> list[ScoredKey]:
        rarity = self.weigh(words(query.text) if query.names_outside is None else []).rarity
        found = {}
        for key, (own, passage) in self._held.items():
            if (query.among is None or key in query.among) and _allowed(passage, query.filters) and own & rarity.keys():
                found[key] = sum(rarity[word] for word in sorted(own & rarity.keys()))
        return sort_scores(found)[: query.limit]

    def weigh(self, asked: Sequence[str]) -> WordWeights:
        counts = {word: sum(word in own for own, _ in self._held.values()) for word in asked}
        rarity = {word: math.log(1 + len(self._held) / (count + 0.5)) for word, count in counts.items()}
        return WordWeights(rarity, sum(rarity.values()))

    def close(self) -> None:
        """Nothing is open."""


def _allowed(passage: Passage, filters: Filters) -> bool:
    day = passage.published.date() if passage.published else None
    return (
        (not filters.languages or any(passage.language.split("-")[0] == one.split("-")[0] for one in filters.languages))
        and (not filters.outlets or passage.outlet in filters.outlets)
        and (not filters.kinds or passage.kind in filters.kinds)
        and (filters.published_from is None or (day is not None and day >= filters.published_from))
        and (filters.published_to is None or (day is not None and day <= filters.published_to))
    )
