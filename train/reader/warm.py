"""Trained parameters of the reader out of a training's result or out of a shipped graph, to train on from there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from rag.errors import BadInput

_ZERO = 128  # the unsigned byte that stands for zero


def parameters(path: Path) -> dict[str, torch.Tensor]:
    """By the names of `ReaderNetwork`: from `reader.pt`, or from `reader.onnx`, whose matrices are int8.

    Raises BadInput where the file is neither.
    """
    if path.suffix == ".pt" and path.is_file():
        found: dict[str, torch.Tensor] = torch.load(path, weights_only=True)
        return found
    if path.suffix == ".onnx" and path.is_file():
        held = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
        return {name: torch.from_numpy(value.astype(np.float32)) for name, value in _plain(held).items()}
    raise BadInput(f"{path} is no weights of the reader.", hint="Name a reader.pt of a training, or a reader.onnx.")


def _plain(held: dict[str, NDArray[np.generic]]) -> dict[str, NDArray[np.float32]]:
    found: dict[str, NDArray[np.float32]] = {}
    for name, values in held.items():
        if name.endswith(".w"):
            scales = held[f"{name[:-1]}s"].astype(np.float32)
            whole = (values.astype(np.float32) - _ZERO) * scales[:, :, None]
            found[f"{name[:-1]}weight"] = whole.reshape(len(whole), -1)
        elif name.endswith((".weight", ".bias")):
            linear = name.split(".")[0] in ("head", "stated_in", "stated_out") and name.endswith(".weight")
            found[name] = (values.T if linear else values).astype(np.float32)
    return found
