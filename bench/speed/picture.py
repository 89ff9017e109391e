"""Latency against the number of passages, as one SVG file for light and dark."""

from __future__ import annotations

from collections.abc import Sequence

from bench.speed.figures import Measured, number
from bench.speed.texts import FILTERS
from eval.report.plot import Plot, Series, Table
from eval.report.sheet import sheet

SYSTEMS = ("Telal", "tutorial")


def plots(sizes: Sequence[Measured]) -> list[Plot]:
    """One for each filter: the medians of both systems."""
    return [_plot(f"n{i}", name, sizes) for i, name in enumerate(FILTERS)]


def picture(sizes: Sequence[Measured]) -> str:
    """The plots side by side in one file that needs nothing else."""
    return sheet(plots(sizes), "Search latency against passages")


def _plot(key: str, name: str, sizes: Sequence[Measured]) -> Plot:
    found = [(s.passages, f) for s in sizes if (f := s.of(f"search, {name}, p50")) is not None]
    xs = [n for n, _ in found]
    columns = [[f.telal for _, f in found], [f.reference for _, f in found]]
    held = [[(x, v) for x, v in zip(xs, values, strict=True) if v is not None] for values in columns]
    series = [
        Series(system, [x for x, _ in points], [v for _, v in points], n)
        for n, (system, points) in enumerate(zip(SYSTEMS, held, strict=True))
        if points
    ]
    rows = [[f"{n:,}", number(f.telal), number(f.reference)] for n, f in found]
    says = "; ".join(f"{n} passages: Telal {a} ms, tutorial {b} ms" for n, a, b in rows)
    return Plot(
        key, f"Search, {name}: median", f"Median search latency, {name}. {says}.", "passages", "milliseconds",
        series, Table(["passages", *SYSTEMS], rows), x_log=len(set(xs)) > 1, y_log=True,
    )  # fmt: skip
