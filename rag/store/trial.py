"""Tries a vector store or keyword index of somebody's own before it is used, and says what is wrong with it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from rag.config import VectorsSettings
from rag.errors import BadSettings
from rag.store.backends import (
    KEYWORD_INDEXES,
    VECTOR_STORES,
    KeywordIndex,
    KeywordQuery,
    VectorStore,
    keyword_index,
    vector_store,
)
from rag.store.database.records import Batch, Identity
from rag.store.upkeep.catchup import NO_KEYS, IndexState, ScoredKey
from rag.types import Filters, Passage

_KEYS = np.array([3, 5, 8])
_STATE = IndexState(1, Identity("tried", 1, "tried"), change=1)


def try_vector_store(name: str, settings: VectorsSettings, *, dimension: int) -> None:
    """Tries a store with three vectors, in an empty directory or a collection of its own, unless Telal brings it.

    Raises BadSettings, which says what was expected and what came.
    """
    if name in VECTOR_STORES:
        return
    made, trial = vector_store(name), _Trial("TELAL_VECTORS__MODE", name)
    apart = settings.model_copy(update={"collection": f"{settings.collection}-try-{uuid4().hex[:8]}"})
    vectors = np.eye(3, dimension, dtype=np.float32)[:, ::-1].copy()  # told apart by their last numbers alone
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) if settings.url is None else None
        store: VectorStore = trial.call("the constructor", made, apart, directory, dimension=dimension, empty=True)
        trial.call(
            f"apply() of three vectors of dimension {dimension}", store.apply, NO_KEYS, _batches(vectors), _STATE
        )
        trial.expect(3, "count() of three passages", store.count)
        trial.expect(_STATE, "state()", store.state)
        trial.expect_keys([5], "search() for the vector of key 5", store.search, vectors[1], limit=1)
        trial.call("close()", store.close)
        store = trial.call("opening again", made, apart, directory, dimension=dimension, empty=False)
        trial.expect(3, "count() after it was closed and opened", store.count)
        trial.call("apply() that takes out all", store.apply, np.append(_KEYS, 9), (), _STATE)
        trial.expect(0, "count() after all was taken out", store.count)
        trial.call("close()", store.close)


def try_keyword_index(name: str) -> None:
    """Tries an index with three passages in an empty directory, unless Telal brings it.

    Raises BadSettings, which says what was expected and what came.
    """
    if name in KEYWORD_INDEXES:
        return
    made, trial = keyword_index(name), _Trial("TELAL_SEARCH__KEYWORD", name)
    query = KeywordQuery("word1", limit=2, filters=Filters(languages=("en",)))
    with tempfile.TemporaryDirectory() as folder:
        index: KeywordIndex = trial.call("the constructor", made, Path(folder), write=True)
        trial.call("apply() of three passages", index.apply, NO_KEYS, _batches(np.eye(3, 1, dtype=np.float32)), _STATE)
        trial.expect(3, "count() of three passages", index.count)
        trial.expect(_STATE, "state()", index.state)
        trial.expect_keys([5], f"search({query})", index.search, query)
        for other in (replace(query, filters=Filters(languages=("sr",))), replace(query, among=[3, 8])):
            trial.expect_keys([], f"search({other})", index.search, other)
        weights = trial.call('weigh(["word1"])', index.weigh, ["word1"])
        trial.expect(["word1"], f"the words of the rarity in {weights}", lambda: list(weights.rarity))
        enough = f"that {weights}.reachable is at least the score of the best"
        trial.expect(True, enough, lambda: weights.reachable >= index.search(query)[0].score)
        trial.call("close()", index.close)
        index = trial.call("opening to read", made, Path(folder), write=False)
        trial.expect(3, "count() after it was closed and opened to read", index.count)
        trial.call("close()", index.close)


@dataclass(frozen=True, slots=True)
class _Trial:
    """Calls somebody's methods, and refuses them when they raise or return something else."""

    setting: str
    name: str
    hint: str = "docs/contributing.md shows one that works."

    def call(self, what: str, method: Callable[..., Any], *given: Any, **named: Any) -> Any:
        try:
            return method(*given, **named)
        except Exception as error:
            raise self._refusal(f"{what} raised {type(error).__name__}: {error}") from error

    def expect(self, wanted: Any, what: str, method: Callable[..., Any], *given: Any, **named: Any) -> None:
        got = self.call(what, method, *given, **named)
        if got != wanted:
            raise self._refusal(f"{what} should be {wanted!r}, and is {got!r}")

    def expect_keys(self, wanted: list[int], what: str, method: Callable[..., Any], *given: Any, **named: Any) -> None:
        got = self.call(what, method, *given, **named)
        if not isinstance(got, list) or not all(isinstance(hit, ScoredKey) for hit in got):
            raise self._refusal(f"{what} should be a list of ScoredKey, and is {got!r}")
        self.expect(wanted, f"the keys of {what}", lambda: [hit.key for hit in got])

    def _refusal(self, what: str) -> BadSettings:
        return BadSettings(f"{self.setting}: {self.name} cannot be used: {what}.", hint=self.hint)


def _batches(vectors: np.ndarray) -> list[Batch]:
    return [Batch(_KEYS, vectors, [_passage(n) for n in range(len(_KEYS))])]


def _passage(number: int) -> Passage:
    text = f"word{number} common"
    day = datetime(2026, 1, 1, tzinfo=UTC)
    return Passage(f"id{number}", f"a{number}", 1, 0, text, 0, len(text), "Title", "Outlet", None, "en", day)
