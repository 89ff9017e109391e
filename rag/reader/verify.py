"""Says how likely proposed words are right, by what the reader's last states say of question, sentence and words.

A small network of three layers that `python -m research.train verifier` makes; it reads nothing a second time.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.reader.weights import open_graph

Floats = NDArray[np.float32]
VECTORS = 6  # that are judged of words
FEATURES, LOG_ODDS = "features", "log_odds"  # what the graph takes and gives


def verifier_features(states: Floats, question: slice, sentence: NDArray[np.intp], words: slice) -> Floats:
    """What is judged of words, (6, hidden): the states of the first token, the question's and the sentence's mean, the
    words' mean, their first and their last.
    """
    own = states[words]
    return np.stack([states[0], states[question].mean(0), states[sentence].mean(0), own.mean(0), own[0], own[-1]])


class Verifier:
    """The graph of a `verifier.onnx`. May be called from several threads at once, and each call runs on one: NumPy's
    products wait for threads of their own, which took an answer 1.7 times as long.
    """

    def __init__(self, path: Path) -> None:
        """Raises ModelBroken when the graph cannot be opened."""
        self._session = open_graph(path)

    def __call__(self, features: Floats) -> list[float]:
        """For each proposal, (proposals, 6, hidden) by `verifier_features`, the log odds that its words are right."""
        odds: list[float] = self._session.run([LOG_ODDS], {FEATURES: features})[0].tolist()
        return odds
