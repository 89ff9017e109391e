"""Builds BERT as an ONNX graph straight from the packed weights, without the word embeddings: int8 matrices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from rag.models.packaged import Floats, PackedWeights

ONNX_OPSET = 21
ONNX_IR = 10  # what ONNX Runtime 1.22, our oldest, reads
RUNTIME = "com.microsoft"  # ONNX Runtime's own operators

# 7 bits, not 8: processors without VNNI add two int8 products in 16 bits and saturate above that, which would
# make vectors depend on the machine. Cosine to float32 .9962, with 8 bits .9967.
COLUMN_LEVEL = 63

# The last matrix of each layer gets activations with outliers (after the GELU). With one scale for a whole batch of
# them most of the error arises there, and an odd text spoils its neighbours'. With a scale for every token the cosine
# to float32 is .9974, as with one for every block of 256 (.9976, MatMulNBits), in .82 of that one's time a passage and
# .84 a question. docs/decisions/001-embedding-runtime.md
BY_TOKEN = ("fo",)
ROW_LEVEL = 127  # of their weights; .9966 with 63. Few sums of two saturate, for most activations lie near zero.
# A row after the GELU has no value below -.17: divided by its highest, at least 1.8, it lies between -.094 and 1.
AFTER_GELU, LEAST = (1 / 233, 22), 1.8  # scale and zero in bytes


def write_graph(packed: PackedWeights, path: Path) -> None:
    """Inputs `words`, the embeddings of the tokens (batch, tokens, hidden) float32, and `attention_mask` (batch,
    tokens) int64; output `last_hidden_state` float32.
    """
    graph = _Graph()
    hidden = _embeddings(graph, packed)
    mask = _mask(graph)
    for layer in range(packed.shape.layers):
        hidden = _layer(graph, packed, f"l{layer}.", hidden, mask)
    onnx.save(graph.model("last_hidden_state", hidden, packed.shape.hidden), path)


def integers(weights: Floats, *, level: int) -> tuple[NDArray[np.int8], Floats]:
    """Symmetric integers up to `level`, one scale along the last axis: `weights` is about `integers * scales`."""
    scales = np.abs(weights).max(axis=-1, keepdims=True) / level
    scales[scales == 0] = 1.0
    return np.rint(weights / scales).astype(np.int8), scales.astype(np.float32)


class _Graph:
    """Collects nodes and weights; every method returns the name of a value."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, values: NDArray[np.generic]) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def ints(self, name: str, *values: int) -> str:
        return self.weight(name, np.array(values, np.int64))

    def node(self, kind: str, *inputs: str, domain: str = "", **attributes: object) -> str:
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def model(self, output: str, value: str, width: int) -> onnx.ModelProto:
        self.nodes.append(helper.make_node("Identity", [value], [output]))
        axes = ["batch", "tokens"]
        inputs = [
            helper.make_tensor_value_info("words", TensorProto.FLOAT, [*axes, width]),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, axes),
        ]
        outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, [*axes, width])]
        graph = helper.make_graph(self.nodes, "encoder", inputs, outputs, self.weights)
        opsets = [helper.make_opsetid("", ONNX_OPSET), helper.make_opsetid(RUNTIME, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=ONNX_IR, producer_name="telal")


def _embeddings(graph: _Graph, packed: PackedWeights) -> str:
    shape, vectors = packed.shape, packed.vectors
    # Texts are never paired, so the token type is always the first and is added in here.
    places = vectors["emb.pos"].reshape(-1, shape.hidden) + vectors["emb.type"][: shape.hidden]
    length = graph.node("Slice", graph.node("Shape", "words"), graph.ints("one", 1), graph.ints("two", 2))
    place = graph.node("Slice", graph.weight("places", places), graph.ints("zero", 0), length)
    graph.ints("heads", 0, 0, shape.heads, shape.hidden // shape.heads)
    graph.ints("joined", 0, 0, shape.hidden)
    graph.ints("last", -1)
    graph.weight("least", np.full(1, LEAST, np.float32))
    graph.weight("gelu.scale", np.array(AFTER_GELU[0], np.float32))
    graph.weight("gelu.zero", np.array(AFTER_GELU[1], np.uint8))
    graph.weight("head_scale", np.full(1, (shape.hidden // shape.heads) ** -0.5, np.float32))
    return graph.node(
        "LayerNormalization",
        graph.node("Add", "words", place),
        graph.weight("emb.ln.w", vectors["emb.ln.w"]),
        graph.weight("emb.ln.b", vectors["emb.ln.b"]),
        epsilon=shape.epsilon,
    )


def _mask(graph: _Graph) -> str:
    """0 where a token is, -10000 where padding is, shaped to add to attention scores."""
    present = graph.node("Cast", "attention_mask", to=TensorProto.FLOAT)
    absent = graph.node("Sub", graph.weight("unit", np.ones(1, np.float32)), present)
    penalty = graph.node("Mul", absent, graph.weight("penalty", np.full(1, -10_000, np.float32)))
    return graph.node("Unsqueeze", penalty, graph.ints("mask_axes", 1, 2))


def _layer(graph: _Graph, packed: PackedWeights, prefix: str, hidden: str, mask: str) -> str:
    attended = _dense(graph, packed, f"{prefix}ao", _attention(graph, packed, prefix, hidden, mask))
    hidden = _add_and_normalise(graph, packed, f"{prefix}aln", attended, hidden)
    wide = graph.node("Gelu", _dense(graph, packed, f"{prefix}fi", hidden), domain=RUNTIME)
    return _add_and_normalise(graph, packed, f"{prefix}oln", _dense(graph, packed, f"{prefix}fo", wide), hidden)


def _attention(graph: _Graph, packed: PackedWeights, prefix: str, hidden: str, mask: str) -> str:
    query = graph.node("Mul", _dense(graph, packed, f"{prefix}q", hidden), "head_scale")
    key, value = (_dense(graph, packed, f"{prefix}{part}", hidden) for part in "kv")
    query, key, value = (graph.node("Reshape", part, "heads") for part in (query, key, value))
    query, value = (graph.node("Transpose", part, perm=[0, 2, 1, 3]) for part in (query, value))
    scores = graph.node("MatMul", query, graph.node("Transpose", key, perm=[0, 2, 3, 1]))
    weights = graph.node("Softmax", graph.node("Add", scores, mask), axis=-1)
    mixed = graph.node("Transpose", graph.node("MatMul", weights, value), perm=[0, 2, 1, 3])
    return graph.node("Reshape", mixed, "joined")


def _dense(graph: _Graph, packed: PackedWeights, name: str, value: str) -> str:
    weights = packed.matrices[f"{name}.w"].floats()
    bias = graph.weight(f"{name}.b", packed.vectors[f"{name}.b"])
    by_token = name.split(".")[-1] in BY_TOKEN
    return (_dense_by_token if by_token else _dense_by_batch)(graph, name, value, weights, bias)


def _dense_by_batch(graph: _Graph, name: str, value: str, weights: Floats, bias: str) -> str:
    """int8 products with one scale for all activations of a batch: fastest."""
    rows, scales = integers(weights, level=COLUMN_LEVEL)
    stored = (graph.weight(f"{name}.w", rows.T), graph.weight(f"{name}.s", scales[:, 0]))
    return graph.node("DynamicQuantizeMatMul", value, *stored, "", bias, domain=RUNTIME)


def _dense_by_token(graph: _Graph, name: str, value: str, weights: Floats, bias: str) -> str:
    """int8 products with a scale for every token, of what comes out of a GELU."""
    rows, scales = integers(weights, level=ROW_LEVEL)
    each = graph.node("Max", graph.node("ReduceMax", value, "last", keepdims=1), "least")
    integer = graph.node("QuantizeLinear", graph.node("Div", value, each), "gelu.scale", "gelu.zero")
    stored = (graph.weight(f"{name}.w", rows.T), "gelu.scale", graph.weight(f"{name}.s", scales[:, 0]), "gelu.zero")
    product = graph.node("MatMulIntegerToFloat", integer, *stored, domain=RUNTIME)
    return graph.node("Add", graph.node("Mul", product, each), bias)


def _add_and_normalise(graph: _Graph, packed: PackedWeights, name: str, value: str, residual: str) -> str:
    weight = graph.weight(f"{name}.w", packed.vectors[f"{name}.w"])
    bias = graph.weight(f"{name}.b", packed.vectors[f"{name}.b"])
    # ONNX Runtime's SkipLayerNormalization does both at once, and takes ten times as long.
    return graph.node(
        "LayerNormalization", graph.node("Add", value, residual), weight, bias, epsilon=packed.shape.epsilon
    )
