"""An embedding model of one's own is checked before it is used: what was expected and what came."""

from __future__ import annotations

import numpy as np
import pytest

from rag.errors import ModelBroken
from rag.models.embed import check_embedder


class Own:
    """All texts alike."""

    model_id, dimension, max_tokens = "own@1", 4, 100

    def embed_passages(self, texts):
        return np.full((len(texts), 4), 0.5, np.float32)

    def embed_query(self, text):
        return np.full(4, 0.5, np.float32)

    def count_tokens(self, texts):
        return [len(text.split()) for text in texts]


def test_one_that_fits_is_taken():
    embedder = Own()
    assert check_embedder(embedder) is embedder


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"dimension": 8}, "expected float32 vectors of shape (2, 8); came float32 of shape (2, 4)"),
        ({"dimension": "4"}, "expected dimension to be int; came '4'"),
        ({"model_id": None}, "expected model_id to be str; came None"),
        (
            {"embed_passages": lambda self, texts: np.full((2, 4), 0.5)},
            "expected float32 vectors of shape (2, 4); came float64 of shape (2, 4)",
        ),
        (
            {"embed_passages": lambda self, texts: np.ones((2, 4), np.float32)},
            "expected vectors of length one; came lengths [2.0, 2.0]",
        ),
        (
            {"embed_query": lambda self, text: np.full((1, 4), 0.5, np.float32)},
            "expected float32 vectors of shape (4,); came float32 of shape (1, 4)",
        ),
        ({"count_tokens": lambda self, texts: [1.0, 2.0]}, "expected a number of tokens for each of two texts; came"),
        ({"embed_query": lambda self, text: text.nothing}, "expected vectors of two texts; came AttributeError"),
    ],
)
def test_what_it_gives_is_refused(changed, told):
    with pytest.raises(ModelBroken) as refused:
        check_embedder(type("Changed", (Own,), changed)())
    assert refused.value.message.startswith(f"Changed is no embedding model: {told}")
    assert refused.value.hint == "docs/contributing.md shows one: Add an embedding model."


@pytest.mark.parametrize(
    "name", ["model_id", "dimension", "max_tokens", "embed_passages", "embed_query", "count_tokens"]
)
def test_what_is_missing_is_named(name):
    members = {key: getattr(Own, key) for key in ("model_id", "dimension", "max_tokens")}
    members |= {key: getattr(Own, key) for key in ("embed_passages", "embed_query", "count_tokens")}
    del members[name]
    with pytest.raises(ModelBroken, match=f"expected {name}; came no such attribute"):
        check_embedder(type("Partial", (), members)())
