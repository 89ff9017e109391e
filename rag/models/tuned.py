"""Telal's own embedding model: the packaged one with some layers trained for the region (docs/reader.md).

Only the trained layers are shipped, as int8 in blocks of 32. Word embeddings, lowest layers and tokenizer come from the
package.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelBroken, ModelMissing
from rag.models import packaged
from rag.models.packaged import PackedWeights, QuantisedMatrix

NAME = "telal-e5-small"
FOLDER = Path(__file__).parent / "weights"
FORMAT = 1
REINSTALL = "Install Telal anew."


def about(folder: Path | None = None) -> dict[str, Any]:
    """What is written beside the weights: digest, base, data. Raises ModelMissing, ModelBroken."""
    folder = folder or FOLDER
    path = folder / f"{NAME}.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        ours = (found["format"], found["base"], type(found["sha256"])) == (FORMAT, packaged.SOURCE_SHA256, str)
    except OSError as error:
        raise ModelMissing(f"The weights of {NAME} are not in {folder}.", hint=REINSTALL) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelBroken(f"{path} is damaged: {error}.", hint=REINSTALL) from error
    if not ours:
        raise ModelBroken(f"{path} is of another version than this Telal.", hint=REINSTALL)
    return found


def read_tuned(packed: PackedWeights, folder: Path | None = None) -> PackedWeights:
    """The packaged weights with the trained ones in their places. Raises ModelMissing, ModelBroken."""
    path, digest = (folder or FOLDER) / f"{NAME}.npz", about(folder)["sha256"]
    if not path.is_file():
        raise ModelMissing(f"The weights {path} are missing.", hint=REINSTALL)
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise ModelBroken(f"{path} is damaged.", hint=REINSTALL)
    matrices, vectors = dict(packed.matrices), dict(packed.vectors)
    with np.load(path) as held:
        for key in held.files:
            name, _, kind = key.partition(":")
            if kind == "levels":
                matrices[name] = QuantisedMatrix(held[key], held[f"{name}:scales"].astype(np.float32))
            elif kind == "":
                vectors[name] = held[key].astype(np.float32)
    return replace(packed, matrices=matrices, vectors=vectors)
