"""Does the system know what it does not know? Order by confidence, risk against coverage, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Point:
    """When everything from this confidence on is stated: the share of the questions that is, and how much is wrong."""

    confidence: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases of like confidence: the mean confidence and the share that held true."""

    confidence: float
    truth: float
    count: int


def auroc(confidences: Sequence[float], truths: Sequence[bool]) -> float | None:
    """The probability that a true case is given more confidence than a false one; ties count half.

    The Mann-Whitney statistic (Hanley and McNeil 1982). None when all are true or all are false.
    """
    values, truth = np.asarray(confidences, dtype=float), np.asarray(truths, dtype=bool)
    good, bad = values[truth], values[~truth]
    if not len(good) or not len(bad):
        return None
    above = (good[:, None] > bad[None, :]).sum() + 0.5 * (good[:, None] == bad[None, :]).sum()
    return float(above / (len(good) * len(bad)))


def risk_curve(confidences: Sequence[float], rights: Sequence[bool]) -> tuple[Point, ...]:
    """The curve of answering the most confident first (Geifman and El-Yaniv 2017).

    Cases of equal confidence are answered together.
    """
    if not len(confidences):
        return ()
    values, wrong = np.asarray(confidences, dtype=float), 1.0 - np.asarray(rights, dtype=float)
    order = np.argsort(-values, kind="stable")
    values, wrong = values[order], wrong[order]
    ends = np.append(np.flatnonzero(np.diff(values)), len(values) - 1)
    given = ends + 1
    risks = np.cumsum(wrong)[ends] / given
    return tuple(
        Point(float(values[e]), float(n / len(values)), float(r)) for e, n, r in zip(ends, given, risks, strict=True)
    )


def coverage_at(curve: Sequence[Point], precision: float) -> float | None:
    """The largest coverage at which at least this share is right; None for a curve without points."""
    return max((p.coverage for p in curve if p.risk <= 1 - precision + 1e-9), default=0.0) if curve else None


def calibration_bins(confidences: Sequence[float], truths: Sequence[bool], *, bins: int = 10) -> list[Bin]:
    """Cases in bins of equal width over [0, 1]; empty bins are left out."""
    values, truth = np.asarray(confidences, dtype=float), np.asarray(truths, dtype=float)
    index = np.minimum((values * bins).astype(int), bins - 1)
    return [
        Bin(float(values[index == b].mean()), float(truth[index == b].mean()), int((index == b).sum()))
        for b in range(bins)
        if (index == b).any()
    ]


def calibration_error(confidences: Sequence[float], truths: Sequence[bool], *, bins: int = 10) -> float | None:
    """Expected calibration error (Guo et al. 2017): mean distance of confidence and truth, bins weighted by size."""
    if not len(confidences):
        return None
    made = calibration_bins(confidences, truths, bins=bins)
    return sum(b.count * abs(b.confidence - b.truth) for b in made) / len(confidences)
