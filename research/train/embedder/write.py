"""Writes trained layers of the embedding model as `rag.models.tuned` reads them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.models import packaged
from rag.models.packaged import BLOCK, Floats
from rag.models.tuned import FORMAT, NAME

LEVEL = 127


def write_tuned(matrices: dict[str, Floats], vectors: dict[str, Floats], folder: Path, **said: object) -> None:
    """Writes the trained weights, by the packaged file's names, and what is `said` of them, with their digest."""
    arrays: dict[str, NDArray[Any]] = {name: values.astype(np.float16) for name, values in vectors.items()}
    for name, values in matrices.items():
        blocks = values.reshape(len(values), -1, BLOCK)
        scales = np.maximum(np.abs(blocks).max(-1) / LEVEL, 1e-8).astype(np.float16)
        levels = np.clip(np.rint(blocks / scales[:, :, None].astype(np.float32)), -LEVEL, LEVEL)
        arrays[f"{name}:levels"], arrays[f"{name}:scales"] = levels.astype(np.int8).reshape(values.shape), scales
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}.npz"
    np.savez_compressed(path, allow_pickle=False, **arrays)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    described = {
        "format": FORMAT,
        "base": packaged.SOURCE_SHA256,
        "sha256": digest,
        "bytes": path.stat().st_size,
        **said,
    }
    (folder / f"{NAME}.json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
