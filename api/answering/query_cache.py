"""The vectors of the questions that are asked most: what hundreds of readers ask on one day is embedded once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.models.embed import Embedder

KEPT = 2048  # vectors; 3 MB


class Remembered:
    """An embedder that keeps the last vectors of questions, under digests: no question's words are kept."""

    def __init__(self, embedder: Embedder, *, kept: int = KEPT) -> None:
        self._embedder, self._kept = embedder, kept
        self._lock = threading.Lock()
        self._vectors: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()

    @property
    def model_id(self) -> str:
        return self._embedder.model_id

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    @property
    def max_tokens(self) -> int:
        return self._embedder.max_tokens

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embedder.embed_passages(texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            found = self._vectors.get(digest)
            if found is not None:
                self._vectors.move_to_end(digest)
                return found
        vector = self._embedder.embed_query(text)
        vector.flags.writeable = False  # it is many readers' now
        with self._lock:
            self._vectors[digest] = vector
            if len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)
