"""How well Telal knows that the archive does not hold an answer: every case also with its gold articles taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.fit_refusal import Example
from rag.answer.evidence import Calibration, calibration

_BINS = 10
_THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a threshold does: the share of the answerable that is answered, and of the others that is refused."""

    threshold: float
    answered: float
    recall: float


@dataclass(frozen=True, slots=True)
class Absence:
    """Figures at the threshold by which Telal answers; shares from 0 to 1, None where one kind is missing.

    `near_misses`: AUROC of the answerable against the cases that have no answer as they are, on themes that are there.
    `error`: expected calibration error over ten bins of equal width. `curve`: what other thresholds would do.
    """

    answerable: int
    absent: int
    auroc: float | None
    near_misses: float | None
    precision: float | None
    recall: float
    answered: float
    error: float
    curve: tuple[Choice, ...]


def figures(found: Sequence[Example], model: Calibration | None = None) -> Absence:
    """The figures of questions with and without their gold articles. Raises ValueError where there is none."""
    if not found:
        raise ValueError("no examples")
    model = model or calibration()
    held = np.array([e.held for e in found])
    near = np.array([e.near_miss for e in found])
    probability = np.array([model.probability(e.features) for e in found])
    refused = probability < model.threshold
    return Absence(
        answerable=int(held.sum()),
        absent=int((~held).sum()),
        auroc=_auroc(held, probability),
        near_misses=_auroc(held[held | near], probability[held | near]) if near.any() else None,
        precision=float((refused & ~held).sum() / refused.sum()) if refused.any() else None,
        recall=_share(refused[~held]),
        answered=_share(~refused[held]),
        error=_calibration_error(held, probability),
        curve=tuple(Choice(t, _share(probability[held] >= t), _share(probability[~held] < t)) for t in _THRESHOLDS),
    )


def _share(chosen: np.ndarray) -> float:
    return round(float(chosen.mean()), 4) if len(chosen) else 0.0


def _auroc(held: np.ndarray, probability: np.ndarray) -> float | None:
    from sklearn.metrics import roc_auc_score  # seconds that no other command should pay

    return float(roc_auc_score(held, probability)) if held.any() and not held.all() else None


def _calibration_error(held: np.ndarray, probability: np.ndarray) -> float:
    which = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    gaps = [abs(held[which == b].mean() - probability[which == b].mean()) * (which == b).sum() for b in set(which)]
    return float(sum(gaps) / len(held))
