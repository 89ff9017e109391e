"""From a training's result to the files that are shipped: the ONNX graph and how its scores are read."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from rag.models.graph import integers
from rag.reader.weights import ABOUT, FOLDER, FORMAT, PREMISE, READER, VERIFIER
from research.train.reader.network import ReaderNetwork

Floats = NDArray[np.float32]
OPSET, IR = 21, 10  # as the embedding model's graph
RUNTIME = "com.microsoft"
LEVEL = 127  # of the weights
SIGNED = (1 / 127, 128)  # scale and zero of a row between -1 and 1
# A row after the GELU has no value below -.17: divided by its highest, at least 1.8, it lies between -.094 and 1.
AFTER_GELU, LEAST = (1 / 233, 22), 1.8
# Beside a graph that divides each row before it is quantised, moves the heads apart, and has the exact GELU (ratio of
# processor time; the same matrices): each row by its own scale .97, products that take the heads where they lie .96,
# the GELU by tanh .97; all .90.

PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}


@dataclass(frozen=True, slots=True)
class Rows:
    """A value in bytes, row by row: names of the bytes, of each row's scale, and of the scale and zero of all."""

    bytes: str
    each: str
    scale: str
    zero: str


def write_graph(weights: Mapping[str, Floats], path: Path, *, heads: int, epsilon: float) -> None:
    """Input `words` (1, tokens, hidden) float32; outputs `tokens` (1, tokens, 4), `stated` (1, 1), and `states` (1,
    tokens, hidden), which the verifier judges by.

    `weights` go by the names of `train.reader.network.ReaderNetwork`. Matrices are int8 with a scale for each output;
    what they are multiplied with is quantised token by token.
    """
    builder = Builder(weights, heads, epsilon)
    layers = sum(name.endswith("attention.self.query.weight") for name in weights)
    hidden = builder.embeddings()
    for layer in range(layers):
        hidden = builder.layer(f"body.encoder.layer.{layer}.", hidden)
    tokens, stated = builder.heads_of(hidden)
    width = builder.hidden
    builder.save(
        path, {"words": [1, "tokens", width]},
        {"tokens": (tokens, [1, "tokens", 4]), "stated": (stated, [1, 1]), "states": (hidden, [1, "tokens", width])},
    )  # fmt: skip


class Builder:
    """Collects nodes and weights; every method returns the name of a value."""

    def __init__(self, weights: Mapping[str, Floats], heads: int, epsilon: float) -> None:
        self.weights, self.heads, self.epsilon = weights, heads, epsilon
        # Every layer's output is normalised by as many weights as it has values.
        self.hidden = len(next(v for name, v in weights.items() if name.endswith("output.LayerNorm.weight")))
        self.nodes: list[onnx.NodeProto] = []
        self.held: list[onnx.TensorProto] = []
        self._add_shapes()

    def _add_shapes(self) -> None:
        for name, values in {
            "apart": [-1, self.heads, self.hidden // self.heads], "together": [1, -1, self.hidden], "zero": [0],
            "one": [1], "two": [2], "last": [-1],
        }.items():  # fmt: skip
            self.put(name, np.array(values, np.int64))
        for name, (scale, zero) in {"signed": SIGNED, "after_gelu": AFTER_GELU}.items():
            self.put(f"{name}.scale", np.array(scale, np.float32))
            self.put(f"{name}.zero", np.array(zero, np.uint8))
        self.put("least", np.full(1, LEAST, np.float32))

    def put(self, name: str, values: NDArray[np.generic]) -> str:
        self.held.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def plain(self, name: str) -> str:
        return self.put(name, self.weights[name])

    def node(self, kind: str, *inputs: str, domain: str = "", **attributes: object) -> str:
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def embeddings(self) -> str:
        places = self.weights["body.embeddings.position_embeddings.weight"]
        places = places + self.weights["body.embeddings.token_type_embeddings.weight"][:1]
        length = self.node("Slice", self.node("Shape", "words"), "one", "two")
        self.put("places", places.astype(np.float16))
        near = self.node("Cast", self.node("Slice", "places", "zero", length), to=TensorProto.FLOAT)
        name = "body.embeddings.LayerNorm."
        both = self.node("Add", "words", near)
        scale = (self.plain(f"{name}weight"), self.plain(f"{name}bias"))
        return self.node("LayerNormalization", both, *scale, epsilon=self.epsilon)

    def layer(self, prefix: str, hidden: str) -> str:
        attended = self.dense(prefix, "ao", self.signed(self.attention(prefix, hidden)))
        hidden = self.normalised(f"{prefix}attention.output.LayerNorm.", attended, hidden)
        wide = self.node("FastGelu", self.dense(prefix, "fi", self.signed(hidden)), domain=RUNTIME)
        return self.normalised(f"{prefix}output.LayerNorm.", self.dense(prefix, "fo", self.after_gelu(wide)), hidden)

    def attention(self, prefix: str, hidden: str) -> str:
        rows = self.signed(hidden)
        query, key, value = (self.dense(prefix, part, rows) for part in "qkv")
        query, key, value = (self.node("Reshape", part, "apart") for part in (query, key, value))
        scale = (self.hidden // self.heads) ** -0.5
        scores = self.node(
            "FusedMatMul", query, key, domain=RUNTIME, alpha=scale, transBatchA=1, transBatchB=1, transB=1
        )
        mixed = self.node("FusedMatMul", self.node("Softmax", scores, axis=-1), value, domain=RUNTIME, transBatchB=1)
        return self.node("Reshape", self.node("Transpose", mixed, perm=[1, 0, 2]), "together")

    def signed(self, value: str) -> Rows:
        return self.rows("signed", value, self.node("ReduceMax", self.node("Abs", value), "last", keepdims=1))

    def after_gelu(self, value: str) -> Rows:
        highest = self.node("ReduceMax", value, "last", keepdims=1)
        return self.rows("after_gelu", value, self.node("Max", highest, "least"))

    def rows(self, kind: str, value: str, each: str) -> Rows:
        scale, zero = f"{kind}.scale", f"{kind}.zero"
        scales = self.node("Mul", self.node("Reshape", each, "last"), scale)
        zeros = self.node("Expand", zero, self.node("Shape", scales))
        return Rows(self.node("QuantizeLinear", value, scales, zeros, axis=1), each, scale, zero)

    def dense(self, prefix: str, part: str, rows: Rows) -> str:
        name = f"{prefix}{PARTS[part]}."
        matrix, scales = integers(self.weights[f"{name}weight"], level=LEVEL)
        stored = (self.put(f"{name}w", matrix.T), rows.scale, self.put(f"{name}s", scales[:, 0]), rows.zero)
        product = self.node("MatMulIntegerToFloat", rows.bytes, *stored, domain=RUNTIME)
        return self.node("Add", self.node("Mul", product, rows.each), self.plain(f"{name}bias"))

    def normalised(self, name: str, value: str, residual: str) -> str:
        # ONNX Runtime's SkipLayerNormalization does both at once, and takes ten times as long.
        scale = (self.plain(f"{name}weight"), self.plain(f"{name}bias"))
        return self.node("LayerNormalization", self.node("Add", value, residual), *scale, epsilon=self.epsilon)

    def heads_of(self, hidden: str) -> tuple[str, str]:
        tokens = self.linear("head", hidden)
        first = self.node("Slice", hidden, "zero", "one", "one")
        counts = self.node("Softmax", self.linear("pool", hidden), axis=1)
        pooled = self.node("MatMul", self.node("Transpose", counts, perm=[0, 2, 1]), hidden)
        whole = self.node("Squeeze", self.node("Concat", first, pooled, axis=2), "one")
        wide = self.node("Gelu", self.linear("stated_in", whole), domain=RUNTIME)
        return tokens, self.linear("stated_out", wide)

    def linear(self, name: str, value: str) -> str:
        matrix = self.put(f"{name}.weight", self.weights[f"{name}.weight"].T)
        return self.node("Add", self.node("MatMul", value, matrix), self.plain(f"{name}.bias"))

    def save(
        self, path: Path, inputs: Mapping[str, Sequence[int | str]],
        outputs: Mapping[str, tuple[str, Sequence[int | str]]],
    ) -> None:  # fmt: skip
        """Writes the graph. `inputs`: their shapes; `outputs`: under each name the value that it is, and its shape."""
        self.nodes += [helper.make_node("Identity", [value], [name]) for name, (value, _) in outputs.items()]
        shapes = {name: shape for name, (_, shape) in outputs.items()}
        graph = helper.make_graph(self.nodes, path.stem, _floats(inputs), _floats(shapes), self.held)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(RUNTIME, 1)]
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=IR, producer_name="telal"), path)


def _floats(shapes: Mapping[str, Sequence[int | str]]) -> list[onnx.ValueInfoProto]:
    return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]


NOTHING: Mapping[str, Any] = {}
SPAN_WEIGHT = 0.5  # before anything is fitted


def weights_of(model: Path, result: Path) -> dict[str, NDArray[np.float32]]:
    """The body of the embedding model with what training changed, by the network's names, as float32."""
    network = load_network(model, result)
    return {
        name: values.detach().float().numpy()
        for name, values in network.state_dict().items()
        if "word_embeddings" not in name
    }


def load_network(model: Path, result: Path) -> ReaderNetwork:
    network = ReaderNetwork(model)
    trained: dict[str, torch.Tensor] = torch.load(result, weights_only=True)
    network.load_state_dict({name: v.float() for name, v in trained.items()}, strict=False)
    return network.eval()


def export(model: Path, result: Path, folder: Path, *, about: Mapping[str, Any] = NOTHING) -> Path:
    """Writes graph and description to `folder`; returns the folder. `about` replaces what is said of the scores.

    A folder without a verifier gets the shipped ones, so that the reader can be measured; `verifier` and `premise` make
    their own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    graph = folder / READER
    write_graph(
        weights_of(model, result), graph,
        heads=config["num_attention_heads"], epsilon=config["layer_norm_eps"],
    )  # fmt: skip
    for name in (VERIFIER, PREMISE):
        if not (folder / name).is_file():
            shutil.copyfile(FOLDER / name, folder / name)
    describe(folder, about)
    return folder


def describe(folder: Path, about: Mapping[str, Any]) -> None:
    """Writes the description beside the graph, with its digest; what was said before stays unless it is said anew."""
    path = folder / ABOUT
    said: dict[str, Any] = {"span_weight": SPAN_WEIGHT}
    if path.is_file():
        said |= json.loads(path.read_text(encoding="utf-8"))
    said |= {**about, "format": FORMAT}
    for name, key in ((READER, "sha256"), (VERIFIER, "verifier_sha256"), (PREMISE, "premise_sha256")):
        if (folder / name).is_file():
            said[key] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    path.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
