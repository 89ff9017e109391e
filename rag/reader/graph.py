"""Runs the reader's ONNX graph on one layout at a time: padded batches were slower."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from rag.errors import ModelBroken
from rag.reader.weights import REINSTALL

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Raw:
    """What the graph gives: sentence score, start and end for each token (t,); "absent" and "stated" for the whole."""

    sentence: Floats
    start: Floats
    end: Floats
    absent: float
    stated: float


class Graph:
    """May be called from several threads at once."""

    def __init__(self, path: Path, threads: int | None) -> None:
        """Raises ModelBroken when the graph cannot be opened."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or _cores()
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # as for the embedding model
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises a dozen kinds of its own
            raise ModelBroken(f"The reader's {path.name} cannot be opened: {error}.", hint=REINSTALL) from error

    def __call__(self, words: Floats) -> Raw:
        """Scores of one layout, given as its word embeddings (t, dimension)."""
        tokens, stated = self._session.run(["tokens", "stated"], {"words": words[None]})
        values = tokens[0]
        return Raw(values[:, 0], values[:, 2], values[:, 3], float(values[0, 1]), float(stated[0, 0]))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
