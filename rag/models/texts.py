"""What both runtimes do around a model: prefixes, unusable characters, unusable numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.config import EmbeddingSettings
from rag.errors import ModelBroken

_SURROGATE = re.compile("[\ud800-\udfff]")
_PASSAGE_NAMES = ("passage", "document", "corpus")  # as sentence-transformers' encode_document looks for them


@dataclass(frozen=True)
class Prefixes:
    """What a model wants before a query and before a passage; empty for many."""

    query: str
    passage: str


def prefixes(settings: EmbeddingSettings, prompts: Mapping[str, str]) -> Prefixes:
    """From the model's own description, unless settings override it."""
    own = next((prompts[name] for name in _PASSAGE_NAMES if prompts.get(name)), "")
    query = settings.query_prefix if settings.query_prefix is not None else prompts.get("query", "")
    passage = settings.passage_prefix if settings.passage_prefix is not None else own
    return Prefixes(query, passage)


def encodable(texts: Sequence[str]) -> list[str]:
    """Lone surrogates, which no tokenizer takes, become U+FFFD."""
    return [_SURROGATE.sub("\ufffd", text) for text in texts]


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length one. Raises ModelBroken when a model gives numbers that no search can use."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths == 0).any():
        hint = "Set TELAL_EMBEDDING__MODEL to another model."
        raise ModelBroken("The embedding model gave a vector that is zero or not finite.", hint=hint)
    return np.asarray(vectors / lengths, dtype=np.float32)
