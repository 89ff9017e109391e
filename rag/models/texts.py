"""Keeps unusable characters away from a tokenizer and unusable numbers away from an index."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelBroken

_SURROGATE = re.compile("[\ud800-\udfff]")


def encodable(texts: Sequence[str]) -> list[str]:
    """Lone surrogates, which no tokenizer takes, become U+FFFD."""
    return [_SURROGATE.sub("\ufffd", text) for text in texts]


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length one. Raises ModelBroken when a model gives numbers that no search can use."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths == 0).any():
        raise ModelBroken("The embedding model gave a vector that is zero or not finite.", hint="Use another model.")
    return np.asarray(vectors / lengths, dtype=np.float32)
