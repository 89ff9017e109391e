"""Questions that are asked again are not embedded again, and their words are not kept."""

from __future__ import annotations

import gc
from types import SimpleNamespace

import numpy as np
import pytest

from rag.models.caching_embedder import CachingEmbedder


@pytest.fixture
def model():
    asked: list[str] = []

    def embed_query(text):
        asked.append(text)
        return np.array([len(text), 0], np.float32)

    return SimpleNamespace(
        model_id="fake@1",
        dimension=2,
        max_tokens=9,
        asked=asked,
        embed_query=embed_query,
        embed_passages=lambda texts: np.zeros((len(texts), 2), np.float32),
        count_tokens=lambda texts: [1] * len(texts),
    )


def test_the_last_ones_are_kept(model):
    embedder = CachingEmbedder(model, kept=2)
    for text in ("a", "bb", "a", "ccc", "a", "bb"):
        assert embedder.embed_query(text)[0] == len(text)
    assert model.asked == ["a", "bb", "ccc", "bb"]  # bb was asked longest ago when ccc came


def test_nobody_can_change_anothers_vector(model):
    with pytest.raises(ValueError, match="read-only"):
        CachingEmbedder(model).embed_query("a")[0] = 5


def test_words_are_not_kept(model):
    embedder = CachingEmbedder(model)
    embedder.embed_query("zanimljivost \ud800")
    model.asked.clear()
    assert not any("zanimljivost" in str(kept) for kept in gc.get_referents(embedder._vectors))


def test_everything_else_is_the_models(model):
    embedder = CachingEmbedder(model)
    assert (embedder.model_id, embedder.dimension, embedder.max_tokens) == ("fake@1", 2, 9)
    assert embedder.embed_passages(["a"]).shape == (1, 2) and embedder.count_tokens(["a", "b"]) == [1, 1]
