"""Work done once for all who ask the same: vectors of questions are kept, an answer that is being made is shared."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

import numpy as np
from numpy.typing import NDArray

from api.answering.worker_threads import EventReader, Work
from rag.models.embed import Embedder, WrappedEmbedder

CACHE_SIZE = 2048  # vectors; 3 MB


class CachingEmbedder(WrappedEmbedder):
    """An embedder that keeps the last vectors of questions, under digests: no question's words are kept."""

    def __init__(self, embedder: Embedder, *, kept: int = CACHE_SIZE) -> None:
        super().__init__(embedder)
        self._kept = kept
        self._lock = threading.Lock()
        self._vectors: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()

    def embed_query(self, text: str) -> NDArray[np.float32]:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            found = self._vectors.get(digest)
            if found is not None:
                self._vectors.move_to_end(digest)
                return found
        vector = self._inner.embed_query(text)
        vector.flags.writeable = False  # it is many readers' now
        with self._lock:
            self._vectors[digest] = vector
            if len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)
        return vector


class InFlightAnswers:
    """The answers that are being made, by question. Nothing is kept of an answer that is finished.

    Belongs to one event loop. `change` gives the archive's last change: an answer may be joined while nobody looks for
    its passages yet, and later only if the archive is as it was then. So what is pushed before a question is asked can
    be in its answer, and what is erased before it cannot.
    """

    def __init__(self, change: Callable[[], int]) -> None:
        self._change = change
        self._running: dict[Hashable, tuple[Work, SearchedChange]] = {}

    def join(self, question: Hashable) -> EventReader | None:
        """A place in the answer to this question, if one is being made that still holds."""
        work, seen = self._running.get(question, (None, None))
        if work is None or seen is None or work.stopped:
            return None
        if work.begun and seen.change != self._change():
            return None
        return work.join()

    def begin(self, question: Hashable, make: Callable[[Callable[[], None]], Work]) -> EventReader:
        """A place in a new answer, which others may join. `make` is given what has to be called before searching."""
        seen = SearchedChange()

        def look() -> None:
            seen.change = self._change()

        work = make(look)
        self._running[question] = (work, seen)
        reading = work.join()
        work.start(lambda: self._forget(question, work))
        return reading

    def _forget(self, question: Hashable, work: Work) -> None:
        if self._running.get(question, (None,))[0] is work:
            del self._running[question]


class SearchedChange:
    """The change that the archive was at, before it was searched; -1 until then."""

    change = -1
