"""The logistic models behind an answer, fitted by `python -m research.train answers`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FITTED_FILE = "fitted.json"


def logistic(log_odds: float) -> float:
    """The probability of log odds."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, log_odds))))


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """A logistic model by feature name. Features that it does not name count nothing."""

    weights: Mapping[str, float]
    bias: float

    def log_odds(self, values: Mapping[str, float]) -> float:
        """Log odds for the values of features."""
        return self.bias + sum(weight * values[name] for name, weight in self.weights.items())

    def probability(self, values: Mapping[str, float]) -> float:
        """Between 0 and 1."""
        return logistic(self.log_odds(values))


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which Telal answers, shows passages in doubt, makes the likely words bold, gives a short
    answer.
    """

    answer: float
    partial: float
    mark: float
    short: float


@dataclass(frozen=True, slots=True)
class Judge:
    """The fitted models: which sentence of a passage answers, which passage does, how sure that is, and whether the
    likely words are right.
    """

    sentence: LogisticModel  # a score within one passage, no probability
    passage: LogisticModel  # a score within one question, no probability
    confidence: LogisticModel
    short: LogisticModel
    thresholds: Thresholds


@cache
def judge() -> Judge:
    """The models and thresholds that are shipped."""
    raw = json.loads(files("rag.answer.evidence").joinpath(FITTED_FILE).read_text(encoding="utf-8"))
    names = ("sentence", "passage", "confidence", "short")
    models = {name: LogisticModel(raw[name]["weights"], raw[name]["bias"]) for name in names}
    return Judge(**models, thresholds=Thresholds(**raw["thresholds"]))
