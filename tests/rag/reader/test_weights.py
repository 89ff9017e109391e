"""Damaged or missing weights are told apart, with what to do."""

import json
import shutil

import pytest

from rag.errors import ModelBroken, ModelMissing
from rag.reader.weights import FOLDER, Graph, find_weights


@pytest.fixture
def folder(tmp_path):
    copy = tmp_path / "weights"
    shutil.copytree(FOLDER, copy)
    return copy


def test_the_shipped_weights_are_whole_and_small_enough():
    weights = find_weights()
    assert weights.graph.stat().st_size <= 30_000_000


def test_without_weights(tmp_path):
    with pytest.raises(ModelMissing, match="weights"):
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


@pytest.mark.parametrize("change", [{"format": 99}, {"span_weight": "none"}, {"sha256": "0"}])
def test_a_description_of_something_else(folder, change):
    path = folder / "reader.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelBroken):
        find_weights(folder)


def test_a_graph_that_is_none(tmp_path):
    path = tmp_path / "reader.onnx"
    path.write_bytes(b"no graph")
    with pytest.raises(ModelBroken, match="cannot be opened"):
        Graph(path)
