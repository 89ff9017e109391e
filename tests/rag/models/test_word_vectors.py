"""Word embeddings are read from the model's file row by row, and stay on disk."""

import re
from pathlib import Path

import numpy as np
import pytest

from rag.config import EmbeddingSettings
from rag.errors import ModelBroken
from rag.models.files import prepare_model
from rag.models.word_vectors import FILE, WordVectors


@pytest.fixture
def model():
    return prepare_model(EmbeddingSettings()).path


def test_word_vectors_are_those_of_the_model(model):
    from safetensors import safe_open

    with safe_open(model / "model.safetensors", "numpy") as tensors:
        expected = tensors.get_slice("embeddings.word_embeddings.weight")[1000:1002]
    assert (WordVectors(model)([1000, 1001]) == expected).all()


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, (2).to_bytes(8, "little") + b"{}"])
def test_a_model_without_word_vectors(tmp_path, content):
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelBroken, match="telal doctor --repair"):
        WordVectors(tmp_path)


def test_the_table_of_words_does_not_creep_into_the_process(model):
    """Mapped into memory, every row that is touched would bring its neighbours in the file: 384 MB in the end."""
    vectors, rng = WordVectors(model), np.random.default_rng(0)
    status = Path("/proc/self/status")

    def mapped() -> int:
        found = re.search(r"RssFile:\s+(\d+)", status.read_text())
        return int(found[1]) // 1024 if found else 0

    (model / FILE).read_bytes()  # in the page cache, as after a start
    before = mapped()
    ids = rng.integers(0, 250_000, 3000)
    assert vectors(ids).shape == (3000, 384)
    assert mapped() - before < 30
    repeated = vectors(np.array([7, 9, 7]))
    assert (repeated[0] == repeated[2]).all() and (repeated[0] != repeated[1]).any()


def test_a_table_that_is_cut_short_is_refused(tmp_path, model):
    whole = (model / FILE).open("rb")
    with whole:
        (tmp_path / FILE).write_bytes(whole.read(1_000_000))
    with pytest.raises(ModelBroken, match="cut short"):
        WordVectors(tmp_path)
