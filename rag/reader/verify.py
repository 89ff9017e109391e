"""Says how likely proposed words are right, by what the reader's last states say of question, sentence and words.

A small network of three layers whose weights `python -m research.train verifier` makes; it reads nothing a second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
LAYERS = ("first", "middle", "last")
EPSILON = 1e-5


def verifier_features(states: Floats, question: slice, sentence: NDArray[np.intp], words: slice) -> Floats:
    """What is judged of words, (6, hidden): the states of the first token, the question's and the sentence's mean, the
    words' mean, their first and their last.
    """
    own = states[words]
    return np.stack([states[0], states[question].mean(0), states[sentence].mean(0), own.mean(0), own[0], own[-1]])


class Verifier:
    """May be called from several threads at once."""

    def __init__(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        """`weights`: `norm.weight`, `norm.bias`, and each of `LAYERS` with `.weight` (outputs, inputs) and `.bias`."""
        self._weights = {name: np.asarray(values, np.float32) for name, values in weights.items()}

    def __call__(self, features: Floats) -> list[float]:
        """For each proposal, (proposals, 6, hidden) by `verifier_features`, the log odds that its words are right."""
        mean, spread = features.mean(-1, keepdims=True), features.var(-1, keepdims=True)
        x = (features - mean) / np.sqrt(spread + EPSILON) * self._weights["norm.weight"] + self._weights["norm.bias"]
        products = [x[:, 1] * x[:, 3], x[:, 0] * x[:, 3]]  # of the words with the question and the whole
        x = np.concatenate([x.reshape(len(x), -1), *products], 1)
        for name in LAYERS:
            x = (gelu(x) if name != LAYERS[0] else x) @ self._weights[f"{name}.weight"].T + self._weights[
                f"{name}.bias"
            ]
        return [float(value) for value in x[:, 0]]


def gelu(x: Floats) -> Floats:
    """By its approximation with the hyperbolic tangent (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415)."""
    made: Floats = 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi).astype(np.float32) * (x + 0.044715 * x**3)))
    return made


def load_verifier(path: Path) -> Verifier:
    """The verifier of a file that `numpy.savez` wrote."""
    with np.load(path) as held:
        return Verifier(dict(held.items()))
