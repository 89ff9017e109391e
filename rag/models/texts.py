"""What both runtimes do around a model: prefixes, the script read, unusable characters and numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.config import EmbeddingSettings
from rag.errors import ModelBroken
from rag.text.language import identify
from rag.text.script import to_latin

_CYRILLIC = re.compile("[\u0400-\u052f]")
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


def readable(texts: Sequence[str]) -> list[str]:
    """Texts as an embedding model reads them: encodable, and Serbian Cyrillic in Latin letters.

    A Serbian segment finds its English twin .986 instead of .959 of the time, back .969 instead of .887, and its
    twin in the other script always (docs/decisions/021). Macedonian must not be touched: .973 would fall to .938.
    """
    return [to_latin(text) if _is_serbian_cyrillic(text) else text for text in encodable(texts)]


def _is_serbian_cyrillic(text: str) -> bool:
    return _CYRILLIC.search(text) is not None and identify(text).language == "sr-Cyrl"


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length one. Raises ModelBroken when a model gives numbers that no search can use."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths == 0).any():
        hint = "Set TELAL_EMBEDDING__MODEL to another model."
        raise ModelBroken("The embedding model gave a vector that is zero or not finite.", hint=hint)
    return np.asarray(vectors / lengths, dtype=np.float32)
