"""Caches the vectors of recent questions: one question is embedded once, whoever needs its vector."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from rag.models.embed import Embedder, WrappedEmbedder

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
