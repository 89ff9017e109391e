"""Damaged or missing weights are told apart, with what to do."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from rag.config import EmbeddingSettings
from rag.errors import ModelBroken, ModelMissing
from rag.models.files import prepare_model
from rag.reader.weights import FILE, FOLDER, Graph, WordVectors, find_weights


@pytest.fixture
def model():
    return prepare_model(EmbeddingSettings()).path


@pytest.fixture
def folder(tmp_path):
    copy = tmp_path / "weights"
    shutil.copytree(FOLDER, copy)
    return copy


def test_the_shipped_weights_are_whole_and_small_enough():
    weights = find_weights()
    assert weights.graph.stat().st_size <= 30_000_000


def test_without_weights(tmp_path):
    with pytest.raises(ModelMissing, match="telal train reader"):
        find_weights(tmp_path / "none")


def test_without_the_graph(folder):
    (folder / "reader.onnx").unlink()
    with pytest.raises(ModelMissing, match="reader.onnx"):
        find_weights(folder)


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: data[:5000] + b"?" + data[5001:], lambda _: b""]
)
def test_a_damaged_graph(folder, damage):
    graph = folder / "reader.onnx"
    graph.write_bytes(damage(graph.read_bytes()))
    with pytest.raises(ModelBroken, match="not those that were shipped"):
        find_weights(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "\udcff"])
def test_a_damaged_description(folder, text):
    (folder / "reader.json").write_text(text, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(ModelBroken, match="reader.json"):
        find_weights(folder)


@pytest.mark.parametrize("change", [{"format": 99}, {"not_here": [1.0]}, {"supports": "none"}, {"sha256": "0"}])
def test_a_description_of_something_else(folder, change):
    path = folder / "reader.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelBroken):
        find_weights(folder)


def test_a_graph_that_is_none(tmp_path):
    path = tmp_path / "reader.onnx"
    path.write_bytes(b"no graph")
    with pytest.raises(ModelBroken, match="cannot be opened"):
        Graph(path, 1)


def test_word_vectors_are_those_of_the_model():
    from safetensors import safe_open

    model = prepare_model(EmbeddingSettings()).path
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
