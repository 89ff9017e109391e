"""Estimates how likely a passage answers, by logistic models that `telal eval fit-answers` fits."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FITTED_FILE = "fitted.json"
ABOUT = ("shared", "foreign_shared")  # that an article is about the question, not that a passage of it answers


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


def about_articles(passages: Sequence[tuple[str, Mapping[str, float]]]) -> list[dict[str, float]]:
    """The features of passages (article and features of each), those in `ABOUT` as the most that a passage of the same
    article has.

    The sentence that repeats the question often stands before the one that answers it, in another passage.
    """
    most: dict[tuple[str, str], float] = {}
    for article, values in passages:
        for name in ABOUT:
            most[article, name] = max(most.get((article, name), 0.0), values[name])
    return [{**values, **{name: most[article, name] for name in ABOUT}} for article, values in passages]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which Telal answers, answers without doubt, shows a short answer."""

    answer: float
    sure: float
    short: float


@dataclass(frozen=True, slots=True)
class Judge:
    """The fitted models: which sentence of a passage answers, whether the passage does, whether a short answer is
    right.

    There are separate thresholds for passages in the question's language and in another.
    """

    sentence: LogisticModel  # a score within one passage, no probability
    passage: LogisticModel
    short: LogisticModel
    one: Thresholds
    two: Thresholds

    def thresholds(self, *, foreign: bool) -> Thresholds:
        """Those for a passage in the question's language, or in another."""
        return self.two if foreign else self.one


@cache
def judge() -> Judge:
    """The models and thresholds that are shipped."""
    raw = json.loads(files("rag.answer.evidence").joinpath(FITTED_FILE).read_text(encoding="utf-8"))
    models = {name: LogisticModel(raw[name]["weights"], raw[name]["bias"]) for name in ("sentence", "passage", "short")}
    return Judge(**models, one=Thresholds(**raw["one"]), two=Thresholds(**raw["two"]))
