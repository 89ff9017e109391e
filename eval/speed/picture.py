"""Latency against the number of passages, as one SVG file for light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from eval.report.draw import SIZE_IN, svg
from eval.report.plot import Plot, Series, Table
from eval.speed.figures import Measured, number
from eval.speed.texts import FILTERS

SYSTEMS = ("Telal", "tutorial")
_STYLE = """\
:root { --ink: #1c1e22; --muted: #5b616b; --line: #e3e1dc; --paper: #fff; --run-0: #1f5c9e; --run-1: #b04a16; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9e6e0; --muted: #a5abb5; --line: #343940; --paper: #15171a; --run-0: #86b6ef; --run-1: #f2a27d; }
}
text { font-family: system-ui, "Noto Sans", sans-serif; }
"""
_COLUMNS, _WIDTH, _HEADING, _GAP = 2, 420, 26, 16


def plots(sizes: Sequence[Measured]) -> list[Plot]:
    """One for each filter: the medians of both systems."""
    return [_plot(f"n{i}", name, sizes) for i, name in enumerate(FILTERS)]


def picture(sizes: Sequence[Measured]) -> str:
    """The plots side by side in one file that needs nothing else."""
    height = round(_WIDTH * SIZE_IN[1] / SIZE_IN[0])
    parts = []
    for i, plot in enumerate(plots(sizes)):
        x, y = i % _COLUMNS * (_WIDTH + _GAP), i // _COLUMNS * (height + _HEADING + _GAP)
        heading = f'<text x="{x + 4}" y="{y + 17}" font-size="14" font-weight="600" fill="var(--ink)">'
        placed = svg(plot).replace("<svg ", f'<svg x="{x}" y="{y + _HEADING}" width="{_WIDTH}" height="{height}" ', 1)
        parts.append(f"{heading}{escape(plot.title)}</text>{placed}")
    rows = -(-len(parts) // _COLUMNS)
    width, all_high = _COLUMNS * (_WIDTH + _GAP) - _GAP, rows * (height + _HEADING + _GAP)
    box = f'viewBox="-12 -12 {width + 24} {all_high + 24}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box} '
        f'role="img" aria-label="Search latency against passages"><style>{_STYLE}</style>'
        f'<rect x="-12" y="-12" width="100%" height="100%" fill="var(--paper)"/>{"".join(parts)}</svg>\n'
    )


def _plot(key: str, name: str, sizes: Sequence[Measured]) -> Plot:
    found = [(s.passages, f) for s in sizes if (f := s.of(f"search, {name}, p50")) is not None]
    xs = [n for n, _ in found]
    columns = [[f.telal for _, f in found], [f.reference for _, f in found]]
    series = [
        Series(system, xs, [v for v in values if v is not None], n)
        for n, (system, values) in enumerate(zip(SYSTEMS, columns, strict=True))
        if values and None not in values
    ]
    rows = [[f"{n:,}", number(f.telal), number(f.reference)] for n, f in found]
    says = "; ".join(f"{n} passages: Telal {a} ms, tutorial {b} ms" for n, a, b in rows)
    return Plot(
        key, f"Search, {name}: median", f"Median search latency, {name}. {says}.", "passages", "milliseconds",
        series, Table(["passages", *SYSTEMS], rows), x_log=len(set(xs)) > 1, y_log=True,
    )  # fmt: skip
