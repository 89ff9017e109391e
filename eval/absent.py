"""How well Telal knows that the archive does not hold an answer: every case also with its gold articles taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.fit_refusal import Example
from eval.metrics.refusal import auroc, calibration_error
from rag.answer.evidence import Calibration, calibration

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
        auroc=auroc(list(probability), list(held)),
        near_misses=auroc(list(probability[held | near]), list(held[held | near])) if near.any() else None,
        precision=float((refused & ~held).sum() / refused.sum()) if refused.any() else None,
        recall=_share(refused[~held]),
        answered=_share(~refused[held]),
        error=calibration_error(list(probability), list(held)) or 0.0,
        curve=tuple(Choice(t, _share(probability[held] >= t), _share(probability[~held] < t)) for t in _THRESHOLDS),
    )


def _share(chosen: np.ndarray) -> float:
    return round(float(chosen.mean()), 4) if len(chosen) else 0.0
