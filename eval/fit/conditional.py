"""Fits which of several passages answers, or none: a conditional logit with an outside option.

Source: McFadden, Conditional Logit Analysis of Qualitative Choice Behavior, in Frontiers in Econometrics, 1973. A
logistic model of each passage by itself knows nothing of the others; docs/decisions/111 has what comparing is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.answer.evidence.judge import LogisticModel

PENALTY = 1.0  # half of it times the squared weights of standardised features; 3 and 10 times as much are no better

Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """One question: the features of its passages (passages, features), which of them are right, what it weighs."""

    values: Table
    right: Sequence[bool]
    weight: float


def fit_choice(names: Sequence[str], choices: Sequence[Choice]) -> LogisticModel:
    """The model whose log odds, passed through `shares`, make the right passages of each question likeliest.

    Where none is right, the outside option is; where several are, their probabilities add up.
    """
    from scipy.optimize import minimize  # `telal --help` reads this file too
    from scipy.special import log_softmax

    every = np.vstack([c.values for c in choices])
    mean, spread = every.mean(axis=0), every.std(axis=0) + 1e-6
    scaled = [(c.values - mean) / spread for c in choices]

    def loss(parameters: Table) -> tuple[float, Table]:
        weights, bias = parameters[:-1], parameters[-1]
        total, slope = PENALTY / 2 * float(weights @ weights), np.append(PENALTY * weights, 0.0)
        for c, values in zip(choices, scaled, strict=True):
            chosen = np.append(c.right, not any(c.right))
            logs = log_softmax(np.append(values @ weights + bias, 0.0))
            held = np.exp(logs) * chosen
            total -= c.weight * float(np.log(held.sum()))
            pull = c.weight * (np.exp(logs) - held / held.sum())[:-1]
            slope += np.append(values.T @ pull, pull.sum())
        return total, slope

    found = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B").x
    weight = found[:-1] / spread
    bias = float(found[-1] - weight @ mean)
    return LogisticModel({n: round(float(w), 4) for n, w in zip(names, weight, strict=True)}, round(bias, 4))
