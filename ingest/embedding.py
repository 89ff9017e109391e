"""Vectors for the passages of a batch; what the archive holds already, or the batch holds twice, is embedded once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.chunk import embedded_text
from rag.models.embed import Embedder
from rag.store.archive.archive import Archive
from rag.types import Passage

Vectors = NDArray[np.float32]


def embed(articles: Sequence[Sequence[Passage]], archive: Archive, embedder: Embedder) -> list[Vectors]:
    """One array (n, d) an article, for its n passages. A correction costs the passages that it touches."""
    texts = [[embedded_text(passage) for passage in passages] for passages in articles]
    vectors = _held(articles, archive)
    missing = list(dict.fromkeys(text for part in texts for text in part if text not in vectors))
    vectors.update(zip(missing, embedder.embed_passages(missing), strict=True))
    empty = np.empty((0, embedder.dimension), np.float32)
    return [np.stack([vectors[text] for text in part]) if part else empty for part in texts]


def _held(articles: Sequence[Sequence[Passage]], archive: Archive) -> dict[str, Vectors]:
    """The vectors of earlier revisions, by the text that they stand for."""
    ids = {passages[0].article_id for passages in articles if passages and passages[0].revision > 1}
    stored = {s.key: embedded_text(s.passage) for article_id in ids for s in archive.passages_of(article_id)}
    if not stored:
        return {}
    found = archive.vectors(list(stored))
    return {stored[key]: vector for key, vector in zip(found.keys.tolist(), found.vectors, strict=True)}
