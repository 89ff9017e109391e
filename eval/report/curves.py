"""The report's plots as values: risk by coverage, calibration."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from eval.metrics.refusal import Point, calibration_bins, coverage_at
from eval.report.draw import Plot, Series, Table
from eval.report.runs import Run
from eval.run.summary import PRECISION, confident, curve

POINTS = 100  # of a curve: more are not seen and only make the page heavy
COVERAGES = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0)


def plots(runs: Sequence[Run]) -> list[Plot]:
    """Those for which some run has the data."""
    makers: tuple[Callable[[Sequence[Run]], Plot | None], ...] = (risk, calibration)
    return [plot for maker in makers if (plot := maker(runs)) is not None]


def risk(runs: Sequence[Run]) -> Plot | None:
    """How much would be wrong if everything from a confidence on were stated."""
    made = [(n, run, points) for n, run in enumerate(runs) if (points := curve(run.record.per_case))]
    if not made:
        return None
    rows = [[f"{x:.0%}", *(_risk_at(points, x) for *_, points in made)] for x in COVERAGES]
    # From coverage 0 on: of cases of equal confidence any are stated first, with the risk of all in expectation.
    series = [
        Series(_name(r), *_thin((0.0, *(p.coverage for p in c)), (c[0].risk, *(p.risk for p in c))), n, marks=False)
        for n, r, c in made
    ]
    says = "; ".join(
        f"{r.name}: {coverage_at(c, PRECISION) or 0.0:.2f} could be stated at {PRECISION:.0%} right" for _, r, c in made
    )
    highest = max(p.risk for *_, c in made for p in c)
    return Plot(
        "risk", "Risk and coverage", f"Share that would be wrong against share that would be stated. {says}.",
        "questions stated, most confident first", "of these wrong", series,
        Table(["stated", *(_name(r) for _, r, _ in made)], rows),
        note="Wrong: the first thing shown does not hold the answer, or there is none.",
        x_percent=True, y_percent=True, x_range=(0, 1.02), y_range=(0, 1.05 * max(0.3, highest)),
    )  # fmt: skip


def calibration(runs: Sequence[Run]) -> Plot | None:
    """Confidence against how often the first thing shown was right."""
    series, rows, says = [], [], []
    for n, run in enumerate(runs):
        seen = confident(run.record.per_case)
        bins = calibration_bins([c.confidence or 0.0 for c in seen], [c.right_first for c in seen])
        if not bins:
            continue
        most = max(b.count for b in bins)
        sizes = [b.count / most for b in bins]
        series.append(Series(_name(run), [b.confidence for b in bins], [b.truth for b in bins], n, sizes))
        rows += [[_name(run), f"{b.confidence:.2f}", f"{b.truth:.2f}", str(b.count)] for b in bins]
        says.append(f"{run.name}: calibration error {run.record.metrics.get('calibration_error') or 0.0:.3f}")
    if not series:
        return None
    return Plot(
        "calibration", "Calibration", f"Confidence against truth, in ten bins. {'; '.join(says)}.",
        "confidence", "share where the first thing shown is right", series,
        Table(["run", "mean confidence", "share that is right", "questions"], rows),
        note="On the dotted line confidence is what it says. A larger dot stands for more questions.",
        x_percent=True, y_percent=True, x_range=(0, 1.02), y_range=(0, 1.04), diagonal=True,
    )  # fmt: skip


def _risk_at(points: Sequence[Point], coverage: float) -> str:
    """The risk at the least coverage that reaches this one."""
    return next((f"{p.risk:.3f}" for p in points if p.coverage >= coverage - 1e-9), "–")


def _name(run: Run) -> str:
    return f"{run.letter} {run.name}"


def _thin(xs: Sequence[float], ys: Sequence[float]) -> tuple[list[float], list[float]]:
    """At most POINTS of the points, the ends among them."""
    kept = sorted({round(i) for i in np.linspace(0, len(xs) - 1, min(POINTS, len(xs)))})
    return [xs[i] for i in kept], [ys[i] for i in kept]
