"""Fits on dev how the reader's scores become probabilities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from eval.metrics.refusal import auroc, calibration_error
from train.reader.figures import (
    CLEAREST,
    Joining,
    Read,
    Result,
    by_both,
    by_reader,
    first_is_gold,
    mean,
    stopped,
    top_holds,
)

CLAIM_SETS = ("dev/squad-claims", "dev/ntrex-claims")
STRONG = 10.0  # margins beyond this say no more


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Coefficients for the description of the weights, and how well they do on what they were fitted on."""

    not_here: tuple[float, float, float]
    supports: tuple[float, float]
    not_here_auroc: float
    not_here_error: float
    supports_auroc: float
    supports_error: float


def calibrate(found: Sequence[Result]) -> Calibrated:
    """Passages of dev that answer or do not, and claims that are true or not; both sides weigh the same."""
    passages = [(read, bool(read.holds)) for r in found if _asked_on_dev(r) for read in r.read]
    claims = [(r.read[0], r.here) for r in found if r.set in CLAIM_SETS and r.read]
    here = _fit([[_bounded(read), read.stated] for read, _ in passages], [not holds for _, holds in passages])
    true = _fit([[read.stated] for read, _ in claims], [holds for _, holds in claims])
    return Calibrated(
        (here.weights[0], here.weights[1], here.weights[2]), (true.weights[0], true.weights[1]),
        here.auroc, here.error, true.auroc, true.error,
    )  # fmt: skip


def _asked_on_dev(result: Result) -> bool:
    return result.set.startswith("dev/") and not result.claim


def _bounded(read: Read) -> float:
    return max(-STRONG, min(STRONG, read.margin))


@dataclass(frozen=True, slots=True)
class _Fitted:
    weights: tuple[float, ...]
    auroc: float
    error: float


def _fit(features: Sequence[Sequence[float]], truths: Sequence[bool]) -> _Fitted:
    model = LogisticRegression(C=1.0, class_weight="balanced").fit(np.asarray(features), np.asarray(truths))
    given = model.predict_proba(np.asarray(features))[:, 1].tolist()
    weights = (float(model.intercept_[0]), *(float(c) for c in model.coef_[0]))
    area, error = auroc(given, list(truths)), calibration_error(given, list(truths))
    return _Fitted(tuple(round(w, 4) for w in weights), area or 0.0, error or 0.0)


JOINTS = (0.0, 0.002, 0.005, 0.01, 0.02, 0.04)  # what a log odd of the reader counts beside a cosine
COST = 0.005  # of right top sentences, what stopping a walk may cost


def fitted(found: Sequence[Result]) -> Joining:
    """The weights by which most dev trials come out right, of equals the smallest; and when a walk may stop."""
    pick = [r for r in found if r.set.startswith("dev/") and r.here and not r.claim and any(x.holds for x in r.read)]
    walks = [r for r in pick if r.set.endswith("/walk")]
    return Joining(
        *(_weights([r for r in pick if not r.crossing])), *(_weights([r for r in pick if r.crossing])),
        clear=clear_margin(walks),
    )  # fmt: skip


def _weights(pick: Sequence[Result]) -> tuple[float, float]:
    """Of sentences and of passages."""
    walks = [r for r in pick if r.set.endswith("/walk")]
    return (
        _best(lambda w: _balanced(pick, lambda r: top_holds(r, by_both(w)))),
        _best(lambda w: _balanced(walks, lambda r: first_is_gold(r, w))),
    )


def clear_margin(walks: Sequence[Result]) -> float:
    """The least margin at which stopping costs at most half a point of right top sentences."""
    answerable = [r for r in walks if any(read.holds for read in r.read)]
    if len({r.set for r in answerable}) < 2:
        return float(CLEAREST)  # one set of walks is too little to stop by
    whole = mean([top_holds(r, by_reader) for r in answerable])
    for clear in range(CLEAREST):
        if mean([top_holds(stopped(r, clear), by_reader) for r in answerable]) >= whole - COST:
            return float(clear)
    return float(CLEAREST)


def _best(value: Callable[[float], float]) -> float:
    return max(JOINTS, key=lambda w: (value(w), -w))


def _balanced(found: Sequence[Result], right: Callable[[Result], bool]) -> float:
    """The mean over the sets, each counting the same."""
    names = dict.fromkeys(r.set for r in found)
    return mean([mean([right(r) for r in found if r.set == n]) for n in names]) if names else 0.0
