"""Counts who tells the story of an article, for the pages on which it stands."""

from __future__ import annotations

import contextlib
import time
from functools import lru_cache

from rag.engine import Engine
from rag.errors import Erased, NotFound

HOLDS_S = 300.0  # a story is found in 30 to 200 ms, and every view of a page of a site asks
_KEPT = 2000  # articles


class StoryCounts:
    """What was counted holds for five minutes. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counted = lru_cache(_KEPT)(self._count)
        self._sourced = lru_cache(_KEPT)(self._sources)

    def of(self, article_id: str) -> tuple[int, int]:
        """Returns the articles and outlets that tell an article's story; none where it is gone meanwhile."""
        return self._counted(article_id, int(time.monotonic() / HOLDS_S))

    def sources(self, article_id: str) -> int:
        """Returns the independent sources of an article's story; none where it is gone meanwhile."""
        return self._sourced(article_id, int(time.monotonic() / HOLDS_S))

    def _sources(self, article_id: str, _: int) -> int:
        with contextlib.suppress(NotFound, Erased):
            return self._engine.sources(article_id)
        return 0

    def _count(self, article_id: str, _: int) -> tuple[int, int]:
        with contextlib.suppress(NotFound, Erased):
            story = self._engine.story(article_id, "en")
            return story.articles, story.outlets
        return 0, 0
