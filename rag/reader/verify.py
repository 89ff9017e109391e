"""Judges what the reader read, by its last states: whether proposed words are right, and whether a sentence bears out
what the question takes for granted.

Two small networks that `python -m research.train verifier` makes; they read nothing a second time.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.reader.weights import open_graph

Floats = NDArray[np.float32]
VECTORS = 6  # that are judged of words
FEATURES, LOG_ODDS = "features", "log_odds"  # what the verifier's graph takes and gives
QUESTION, TOKENS, MEMBERS, FIRST, LOG_PROBABILITIES = "question", "tokens", "members", "first", "log_probabilities"
HOLDS, CONTRADICTED, UNTOLD = range(3)  # the outcomes of the premise's graph, in its order


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


class PremiseCheck:
    """The graph of a `premise.onnx`: whether each sentence bears out what a question takes for granted, contradicts it,
    or leaves it untold.

    Each token of the question is compared with what it attends to in a sentence (decomposable attention: Parikh et al.,
    EMNLP 2016). May be called from several threads at once, and each call runs on one.
    """

    def __init__(self, path: Path) -> None:
        """Raises ModelBroken when the graph cannot be opened."""
        self._session = open_graph(path)

    def __call__(self, states: Floats, question: slice, members: Floats) -> Floats:
        """For each sentence, (sentences, tokens) with 1 where a token is of it, the log odds of each outcome,
        (sentences, 3)."""
        given = {QUESTION: states[question], TOKENS: states, MEMBERS: members, FIRST: states[0]}
        told: Floats = self._session.run([LOG_PROBABILITIES], given)[0]
        return told - np.log(np.maximum(-np.expm1(told), 1e-9))
