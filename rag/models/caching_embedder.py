"""Caches the vectors of recent questions: one question is embedded once, whoever needs its vector."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.models.embed import Embedder

CACHE_SIZE = 2048  # vectors; 3 MB


class CachingEmbedder:
    """Caches the vectors of recent questions by digests, so that it keeps no words of theirs; passes all else on."""

    def __init__(self, embedder: Embedder, *, kept: int = CACHE_SIZE) -> None:
        self._inner, self._kept = embedder, kept
        self._lock = threading.Lock()
        self._vectors: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()

    @property
    def model_id(self) -> str:
        return self._inner.model_id

    @property
    def dimension(self) -> int:
        return self._inner.dimension

    @property
    def max_tokens(self) -> int:
        return self._inner.max_tokens

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._inner.embed_passages(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._inner.count_tokens(texts)

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
