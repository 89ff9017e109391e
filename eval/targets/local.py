"""Telal in this process: the same Engine that the API uses."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from eval.core.cases import Case, Reply, TargetFailed, Timing
from eval.targets.replies import to_reply
from rag.engine import Engine
from rag.errors import BadInput, TelalError
from rag.store.indexes import Indexes
from rag.store.upkeep.catchup import ScoredKey
from rag.types import Delta, Event, Filters, Finished, Passage, PassagesFound
from rag.wire import answer_json

LOCAL, BM25, VECTORS = "local", "bm25", "vectors"
HALVES = (BM25, VECTORS)  # of the search, each alone


@dataclass(frozen=True)
class LocalTarget:
    """Questions go through Engine.stream, texts to find through Engine.search."""

    engine: Engine
    name: str = LOCAL

    def ask(self, case: Case) -> Reply:
        try:
            return self._search(case) if case.search_only else self._answer(case)
        except BadInput as error:  # Telal says that this is no question: an answer of a kind, not a failure
            return Reply("refused", (), refusal_reason=error.kind, notices=(error.message,))
        except TelalError as error:
            raise TargetFailed(f"{type(error).__name__}: {error.message}", hint=error.hint) from error
        except Exception as error:  # a fault of Telal's on one question must not end the run of the others
            raise TargetFailed(f"Telal broke: {error!r}") from error

    def _search(self, case: Case) -> Reply:
        started = time.perf_counter()
        hits = self.engine.search(
            case.question, filters=Filters(languages=case.search_in), history=case.history, as_of=case.as_of,
            limit=self.engine.settings.search.limit,
        )  # fmt: skip
        spent = _since(started)
        return Reply("answered", tuple(h.passage for h in hits), timing=Timing(spent, None, spent))

    def _answer(self, case: Case) -> Reply:
        started = time.perf_counter()
        events = self.engine.stream(
            case.question, history=case.history, as_of=case.as_of, filters=Filters(languages=case.search_in)
        )
        return collect(events, started)


def collect(events: Iterator[Event], started: float) -> Reply:
    """The reply of a stream of events that began at `started` (perf_counter). Raises TargetFailed if it breaks off."""
    first_event: float | None = None
    first_word: float | None = None
    ranking: tuple[Passage, ...] = ()
    for event in events:
        first_event = first_event or _since(started)
        if isinstance(event, PassagesFound):
            ranking = tuple(h.passage for h in event.hits)
        elif isinstance(event, Delta):
            first_word = first_word or _since(started)
        elif isinstance(event, Finished):
            timing = Timing(first_event, first_word, _since(started))
            return to_reply(answer_json(event.answer), ranking, timing)
    raise TargetFailed("The stream broke off before its end.")


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


class OneSidedIndexes:
    """Indexes that search by vectors alone or by BM25 alone, and pass everything else on."""

    def __init__(self, indexes: Indexes, mode: str) -> None:
        self._indexes = indexes
        self._mode = mode

    def dense(self, vector: NDArray[np.float32], **how: Any) -> list[ScoredKey]:
        return [] if self._mode == BM25 else self._indexes.dense(vector, **how)

    def cosines(self, vector: NDArray[np.float32], keys: Sequence[int], **how: Any) -> dict[int, float]:
        return {} if self._mode == BM25 else self._indexes.cosines(vector, keys, **how)

    def keyword(self, text: str, **how: Any) -> list[ScoredKey]:
        return [] if self._mode == VECTORS else self._indexes.keyword(text, **how)

    def search_names(self, text: str, **how: Any) -> list[ScoredKey]:
        return []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._indexes, name)


def restrict_engine(engine: Engine, mode: str) -> Engine:
    """The engine with one way of searching. It shares its archive and must not be closed.

    With words alone no score says whether the archive holds the answer, so nothing is refused.
    """
    if mode == LOCAL:
        return engine
    settings = engine.settings
    if mode == BM25:
        answer = settings.answer.model_copy(update={"threshold": 0.0})
        settings = settings.model_copy(update={"answer": answer})
    return Engine(engine.archive, cast(Indexes, OneSidedIndexes(engine.indexes, mode)), engine.embedder, settings)
