"""From a training's result to the files that are shipped: the ONNX graph and how its scores are read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rag.reader.weights import ABOUT, FORMAT
from train.reader.network import ReaderNetwork
from train.reader.onnx_graph import Precision, write_graph

GRAPH = "reader.onnx"
# Before anything is fitted: the softmax's own balance of margin and absent, and the head's own probability.
SHIPPED = Precision()
NOTHING: Mapping[str, Any] = {}
SPAN_WEIGHT, NOT_HERE, SUPPORTS = 0.5, (0.0, -1.0, 0.0), (0.0, 1.0)


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


def export(
    model: Path, result: Path, folder: Path, *, precision: Precision = SHIPPED, about: Mapping[str, Any] = NOTHING
) -> Path:
    """Writes graph and description to `folder`; returns the folder. `about` replaces what is said of the scores."""
    folder.mkdir(parents=True, exist_ok=True)
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    graph = folder / GRAPH
    write_graph(
        weights_of(model, result), graph,
        heads=config["num_attention_heads"], epsilon=config["layer_norm_eps"], precision=precision,
    )  # fmt: skip
    describe(folder, about)
    return folder


def describe(folder: Path, about: Mapping[str, Any]) -> None:
    """Writes the description beside the graph, with its digest; what was said before stays unless it is said anew."""
    path = folder / ABOUT
    data = (folder / GRAPH).read_bytes()
    said = {"span_weight": SPAN_WEIGHT, "not_here": NOT_HERE, "supports": SUPPORTS}
    if path.is_file():
        said |= json.loads(path.read_text(encoding="utf-8"))
    said |= {**about, "format": FORMAT, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    path.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
