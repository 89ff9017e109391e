"""From the trained verifier to the ONNX graph that is shipped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from rag.reader.verify import FEATURES, LOG_ODDS, VECTORS
from research.train.reader.export import IR, OPSET

LAYERS = ("first", "middle", "last")


def write_verifier(weights: Mapping[str, NDArray[np.float16]], path: Path, *, epsilon: float) -> None:
    """Input `features` (proposals, 6, hidden) float32; output `log_odds` (proposals,).

    `weights` go by the names of `VerifierNetwork`, are kept in half precision and used in single.
    """
    nodes = [helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT) for name in weights]
    held = [numpy_helper.from_array(values, f"{name}.half") for name, values in weights.items()]
    numbers = {"flat": [0, -1], "odds": [-1]} | {f"at{i}": i for i in (0, 1, 3)}
    held += [numpy_helper.from_array(np.array(value, np.int64), name) for name, value in numbers.items()]

    def node(kind: str, inputs: list[str], output: str, **attributes: object) -> None:
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))

    node("LayerNormalization", [FEATURES, "norm.weight", "norm.bias"], "normed", epsilon=epsilon)
    node("Reshape", ["normed", "flat"], "all")
    for i in (0, 1, 3):
        node("Gather", ["normed", f"at{i}"], f"vector{i}", axis=1)
    node("Mul", ["vector1", "vector3"], "with_question")
    node("Mul", ["vector0", "vector3"], "with_whole")
    node("Concat", ["all", "with_question", "with_whole"], "value0", axis=1)
    for i, name in enumerate(LAYERS):
        if i:
            node("Gelu", [f"dense{i}"], f"value{i}", approximate="tanh")
        node("Gemm", [f"value{i}", f"{name}.weight", f"{name}.bias"], f"dense{i + 1}", transB=1)
    node("Reshape", [f"dense{len(LAYERS)}", "odds"], LOG_ODDS)
    graph = helper.make_graph(
        nodes,
        path.stem,
        [helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, ["proposals", VECTORS, len(weights["norm.bias"])])],
        [helper.make_tensor_value_info(LOG_ODDS, TensorProto.FLOAT, ["proposals"])],
        held,
    )
    opsets = [helper.make_opsetid("", OPSET)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=IR, producer_name="telal"), path)
