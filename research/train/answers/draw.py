"""Draws how confidence is calibrated, one picture a suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.metrics.refusal import calibration_bins
from research.draw import Plot, Series, Table
from research.sheet import sheet
from research.train.answers.fit import Chosen


def calibration(found: Mapping[str, Sequence[tuple[Chosen, float]]]) -> str:
    """An SVG with a plot for each suite: confidence against the share that is right, in ten bins."""
    return sheet([_plot(name, [c for c, _ in some]) for name, some in found.items()], "Calibration by suite")


def _plot(name: str, chosen: Sequence[Chosen]) -> Plot:
    bins = calibration_bins([c.confidence for c in chosen], [c.right for c in chosen])
    most = max(b.count for b in bins)
    sizes = [b.count / most for b in bins]
    line = Series(name, [b.confidence for b in bins], [b.truth for b in bins], 0, sizes)
    rows = [[f"{b.confidence:.2f}", f"{b.truth:.2f}", str(b.count)] for b in bins]
    return Plot(
        name, name, f"{name}: confidence against the share that is right, in ten bins.", "confidence", "right",
        [line], Table(["confidence", "right", "questions"], rows),
        x_percent=True, y_percent=True, x_range=(0, 1.02), y_range=(0, 1.04), diagonal=True,
    )  # fmt: skip
