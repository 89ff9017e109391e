"""The weights of the reader and its verifier as shipped."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from rag.errors import ModelBroken, ModelMissing
from rag.models.session import open_session

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TokenScores:
    """What the graph gives: sentence score, start and end for each token (t,); "absent" and "stated" for the whole; the
    last states of the tokens (t, hidden), which the verifier judges by."""

    sentence: Floats
    start: Floats
    end: Floats
    absent: float
    stated: float
    states: Floats


class Graph:
    """May be called from several threads at once. Each call runs on one: two threads took 1.8 times the processor time
    of one over a passage of 220 tokens, and were no quicker than one."""

    def __init__(self, path: Path) -> None:
        """Raises ModelBroken when the graph cannot be opened."""
        self._path = path
        self._session = open_graph(path)

    def check(self, dimension: int) -> None:
        """Runs three tokens of word embeddings of that dimension. Raises ModelBroken unless the graph takes them and
        gives what `TokenScores` needs."""
        expected = f"words (1, 3, {dimension}) -> tokens (1, 3, 4), stated (1, 1), states (1, 3, {dimension})"
        given = ", ".join(f"{i.name} {tuple(i.shape)}" for i in self._session.get_inputs())
        try:
            names = ["tokens", "stated", "states"]
            found = self._session.run(names, {"words": np.zeros((1, 3, dimension), np.float32)})
            came = ", ".join(f"{name} {values.shape}" for name, values in zip(names, found, strict=True))
        except Exception as error:  # ONNX Runtime raises a dozen kinds of its own
            came = str(error).splitlines()[0]
        if f"words (1, 3, {dimension}) -> {came}" != expected:
            reason = f"{self._path.name} takes {given}; expected {expected}; came {came}"
            raise ModelBroken(f"The reader in {self._path.parent} does not fit: {reason}.", hint=_hint(self._path))

    def __call__(self, words: Floats) -> TokenScores:
        """Scores of one layout, given as its word embeddings (t, dimension)."""
        tokens, stated, states = self._session.run(["tokens", "stated", "states"], {"words": words[None]})
        values = tokens[0]
        return TokenScores(
            values[:, 0], values[:, 2], values[:, 3], float(values[0, 1]), float(stated[0, 0]), states[0]
        )


def open_graph(path: Path) -> InferenceSession:
    """A graph of the reader, each call of which runs on one thread. Raises ModelBroken when it cannot be opened."""
    try:
        return open_session(path, 1)
    except Exception as error:  # ONNX Runtime raises a dozen kinds of its own
        raise ModelBroken(f"The reader's {path.name} cannot be opened: {error}.", hint=_hint(path)) from error


FOLDER = Path(__file__).parent / "weights"
READER, VERIFIER, PREMISE, ABOUT = "reader.onnx", "verifier.onnx", "premise.onnx", "reader.json"
FORMAT = 4  # of the inputs and outputs of the graphs


def is_reader(folder: Path) -> bool:
    """Whether a directory holds a reader of Telal's form."""
    return (folder / ABOUT).is_file()


def _hint(path: Path) -> str:
    """What to do about a file of a reader."""
    return "Install Telal anew." if path.parent == FOLDER else "Set TELAL_READER__MODEL to another, or leave it out."


@dataclass(frozen=True, slots=True)
class Weights:
    """The ONNX graphs of reader, verifier and premise; `span_weight` is what the evidence of a short answer counts
    beside a sentence's own score.
    """

    graph: Path
    verifier: Path
    premise: Path
    span_weight: float


def find_weights(folder: Path = FOLDER) -> Weights:
    """The weights in `folder`, every byte checked (30 ms). Raises ModelMissing, ModelBroken."""
    about = _about(folder)
    weights = Weights(folder / READER, folder / VERIFIER, folder / PREMISE, _span_weight(folder / ABOUT, about))
    for path, key in (
        (weights.graph, "sha256"),
        (weights.verifier, "verifier_sha256"),
        (weights.premise, "premise_sha256"),
    ):
        _check(path, str(about.get(key)))
    return weights


def _span_weight(path: Path, about: dict[str, Any]) -> float:
    if about.get("format") != FORMAT:
        raise _broken(path, f"its format is {about.get('format')!r}, this Telal reads {FORMAT}")
    try:
        return float(about["span_weight"])
    except (KeyError, TypeError, ValueError) as error:
        raise _broken(path, f"{type(error).__name__}: {error}") from error


def _check(path: Path, digest: str) -> None:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelMissing(
            f"The reader's weights {path} cannot be read: {error.strerror}.", hint=_hint(path)
        ) from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise _broken(path, f"its {len(data)} bytes are not those that {ABOUT} names")


def _about(folder: Path) -> dict[str, Any]:
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelMissing(f"There are no weights of the reader in {folder}.", hint=_hint(folder / ABOUT)) from error
    except ValueError as error:
        raise _broken(folder / ABOUT, str(error)) from error
    if not isinstance(about, dict):
        raise _broken(folder / ABOUT, "it holds no object")
    return about


def _broken(path: Path, reason: str) -> ModelBroken:
    return ModelBroken(f"The reader's {path.name} is damaged: {reason}.", hint=_hint(path))
