"""Does the work for equal questions once: caches their vectors, and shares running answers."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator

import numpy as np
from numpy.typing import NDArray

from api.answering.worker_threads import EventReader, SharedStream, WorkerPool
from rag.models.embed import Embedder, WrappedEmbedder
from rag.types import Event

CACHE_SIZE = 2048  # vectors; 3 MB


class CachingEmbedder(WrappedEmbedder):
    """An embedder that caches the vectors of recent questions by digests, so that it keeps no words of theirs."""

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
        vector.flags.writeable = False  # several readers share it
        with self._lock:
            self._vectors[digest] = vector
            if len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)
        return vector


class InFlightAnswers:
    """Answers that are being made, by question, so that equal questions can share one. Finished answers are not kept.

    Belongs to one event loop. `change` returns the number of the archive's last change. A question may share an answer
    until its passages are searched, and afterwards as long as the archive does not change: so an article stored before
    the question can be in the answer, and one erased before it cannot.
    """

    def __init__(self, change: Callable[[], int]) -> None:
        self._change = change
        self._running: dict[Hashable, SharedStream] = {}

    def join(self, question: Hashable) -> EventReader | None:
        """Returns a reader of the running answer to an equal question; None if there is none that may be shared."""
        work = self._running.get(question)
        if work is None or work.stopped or work.searched not in (None, self._change()):
            return None
        return work.join()

    def begin(self, question: Hashable, make: Callable[[], Iterator[Event]], workers: WorkerPool) -> EventReader:
        """Starts an answer that others may share, and returns a reader of it."""
        work = self._running[question] = SharedStream(make, workers, self._change)
        reading = work.join()
        work.start(lambda: self._forget(question, work))
        return reading

    def _forget(self, question: Hashable, work: SharedStream) -> None:
        if self._running.get(question) is work:
            del self._running[question]
