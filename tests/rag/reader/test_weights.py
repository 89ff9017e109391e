"""Damaged or missing weights are told apart, with what to do."""

import json
import shutil

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from rag.errors import ModelBroken, ModelMissing
from rag.reader.weights import FOLDER, Graph, find_weights, is_reader


@pytest.fixture
def folder(tmp_path):
    copy = tmp_path / "weights"
    shutil.copytree(FOLDER, copy)
    return copy


def test_the_shipped_weights_are_whole_and_small_enough():
    weights = find_weights()
    assert weights.graph.stat().st_size <= 30_000_000 and weights.verifier.stat().st_size <= 2_000_000


def test_without_weights(tmp_path):
    with pytest.raises(ModelMissing, match="weights"):
        find_weights(tmp_path / "none")


@pytest.mark.parametrize("name", ["reader.onnx", "verifier.onnx", "premise.onnx"])
def test_without_the_graph_or_the_verifier(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelMissing, match=name):
        find_weights(folder)


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: data[:5000] + b"?" + data[5001:], lambda _: b""]
)
@pytest.mark.parametrize("name", ["reader.onnx", "verifier.onnx", "premise.onnx"])
def test_damaged_weights(folder, name, damage):
    path = folder / name
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelBroken, match="not those that reader.json names"):
        find_weights(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "\udcff"])
def test_a_damaged_description(folder, text):
    (folder / "reader.json").write_text(text, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(ModelBroken, match="reader.json"):
        find_weights(folder)


@pytest.mark.parametrize("change", [{"format": 99}, {"span_weight": "none"}, {"sha256": "0"}, {"verifier_sha256": "0"}])
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


def test_a_graph_of_another_shape_is_refused_with_what_was_expected(tmp_path):
    path = write_graph(tmp_path / "reader.onnx", dimension=64, heads=2)
    with pytest.raises(ModelBroken) as told:
        Graph(path).check(384)
    assert "takes words (1, 'tokens', 64)" in told.value.message
    assert "expected words (1, 3, 384) -> tokens (1, 3, 4), stated (1, 1), states (1, 3, 384)" in told.value.message
    with pytest.raises(ModelBroken, match=r"came tokens \(1, 3, 2\), stated \(1, 1\), states \(1, 3, 64\)"):
        Graph(path).check(64)
    Graph(write_graph(tmp_path / "fits.onnx", dimension=64, heads=4)).check(64)


def test_a_directory_of_its_own_is_read_and_told_from_the_shipped_one(folder, tmp_path):
    assert is_reader(folder) and not is_reader(tmp_path)
    (folder / "reader.onnx").write_bytes(b"?")
    with pytest.raises(ModelBroken) as told:
        find_weights(folder)
    assert told.value.hint == "Set TELAL_READER__MODEL to another, or leave it out."


def write_graph(path, *, dimension, heads):
    """A graph that gives each token `heads` numbers, and the text the first token's first."""
    weight = numpy_helper.from_array(np.ones((dimension, heads), np.float32), "weight")
    cut = [numpy_helper.from_array(np.array(at, np.int64), name) for name, at in CUT.items()]
    nodes = [
        helper.make_node("MatMul", ["words", "weight"], ["tokens"]),
        helper.make_node("Slice", ["tokens", "from", "to", "axes"], ["first"]),
        helper.make_node("Reshape", ["first", "shape"], ["stated"]),
        helper.make_node("Identity", ["words"], ["states"]),
    ]
    taken = helper.make_tensor_value_info("words", TensorProto.FLOAT, [1, "tokens", dimension])
    given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("tokens", "stated", "states")]
    graph = helper.make_graph(nodes, "reader", [taken], given, [weight, *cut])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


CUT = {"from": [0, 0], "to": [1, 1], "axes": [1, 2], "shape": [1, 1]}
