"""From a training's result to the weights that are shipped: what changed, by the packaged file's names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from rag.models.packaged import INNER, KIND, Floats
from rag.models.tuned import write_tuned
from train.embedder.train import FROZEN


def export(model: Path, folder: Path, **said: object) -> Path:
    """Writes the trained layers of the sentence-transformers directory `model` to `folder`; returns `folder`."""
    matrices: dict[str, Floats] = {}
    vectors: dict[str, Floats] = {}
    short = {f"{long}.{kind}": f"{part}.{tag}" for part, long in INNER.items() for tag, kind in KIND.items()}
    for name, values in load_file(model / "model.safetensors").items():
        _, _, rest = name.partition("encoder.layer.")
        layer, _, inner = rest.partition(".")
        if inner in short and int(layer) >= FROZEN:
            target = matrices if values.ndim == 2 else vectors
            target[f"l{layer}.{short[inner]}"] = values.astype(np.float32)
    write_tuned(matrices, vectors, folder, **said)
    return folder
