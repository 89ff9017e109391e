"""Draws a plot as SVG that takes its colours from the page, so that it is readable on light and on dark."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, PercentFormatter


@dataclass(frozen=True, slots=True)
class Series:
    """One line; `number` picks its colour, dash and marker. `sizes`: of dots, 0 to 1, the line faint."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    number: int = 0
    sizes: Sequence[float] | None = None
    marks: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """The data of a plot, for those who do not see it and for those who want the figures."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot with its words: `says` is its text alternative, `note` stands under it."""

    key: str
    title: str
    says: str
    x: str
    y: str
    series: Sequence[Series]
    table: Table
    note: str = ""
    x_log: bool = False
    y_log: bool = False
    x_percent: bool = False
    y_percent: bool = False
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    diagonal: bool = False


# Stand-ins that no plot has for itself; the SVG says var(--...) in their place.
_INK, _MUTED, _LINE = "#010203", "#010204", "#010205"
_RUNS = tuple(f"#0a0b0{n}" for n in range(6))
_NAMES = {_INK: "ink", _MUTED: "muted", _LINE: "line"} | {c: f"run-{n}" for n, c in enumerate(_RUNS)}
DASHES: tuple[str | tuple[int, tuple[int, ...]], ...] = ("-", (0, (5, 2)), (0, (1, 1)), "-.", (0, (8, 2, 2, 2)), ":")
MARKERS = ("o", "s", "^", "D", "v", "P")
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "telal",
    "font.size": 9.0,
    "text.color": _INK,
    "axes.labelcolor": _MUTED,
    "axes.edgecolor": _MUTED,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _LINE,
    "grid.linewidth": 0.7,
    "xtick.color": _MUTED,
    "ytick.color": _MUTED,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
}
SIZE_IN = (4.0, 2.9)  # small, so that its letters are readable 340 pixels wide


def svg(plot: Plot) -> str:
    """The plot as one <svg> element with title and description. Deterministic."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=SIZE_IN, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        for series in plot.series:
            _draw(axes, series)
        _axes(axes, plot)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return _embedded(out.getvalue(), plot)


def _draw(axes: Axes, series: Series) -> None:
    n = series.number % len(_RUNS)
    colour, dash, marker = _RUNS[n], DASHES[n], MARKERS[n]
    if series.sizes is not None:
        axes.plot(series.xs, series.ys, color=colour, linestyle=dash, linewidth=1, alpha=0.4)
        areas = [15 + 135 * size for size in series.sizes]
        axes.scatter(
            series.xs, series.ys, s=areas, color=colour, marker=marker, alpha=0.75, linewidths=0, label=series.name
        )
        return
    axes.plot(
        series.xs, series.ys, color=colour, linestyle=dash, linewidth=1.6, label=series.name,
        marker=marker if series.marks else None, markersize=4,
    )  # fmt: skip


def _axes(axes: Axes, plot: Plot) -> None:
    axes.set_xlabel(plot.x)
    axes.set_ylabel(plot.y)
    if plot.diagonal:
        axes.plot([0, 1], [0, 1], color=_MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
    for axis, log, percent in (
        (axes.xaxis, plot.x_log, plot.x_percent),
        (axes.yaxis, plot.y_log, plot.y_percent),
    ):
        if log:
            axes.set_xscale("log") if axis is axes.xaxis else axes.set_yscale("log")
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=9))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))
            axis.set_minor_formatter(NullFormatter())
        if percent:
            axis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    if plot.x_range:
        axes.set_xlim(*plot.x_range)
    if plot.y_range:
        axes.set_ylim(*plot.y_range)
    if len(plot.series) > 1:
        axes.legend(loc="best", handlelength=2.6, scatterpoints=1)


def _embedded(whole: str, plot: Plot) -> str:
    """Only the element: colours and letters of the page, ids that are the plot's own, a name and a description."""
    body = re.sub(r"<metadata>.*?</metadata>", "", whole[whole.index("<svg") :], flags=re.DOTALL)
    inner = body[body.index(">") + 1 :]
    box = re.search(r'viewBox="([^"]+)"', body)
    for colour, name in _NAMES.items():
        inner = inner.replace(colour, f"var(--{name})")
    inner = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", inner)
    inner = re.sub(r'\bid="([^"]+)"', rf'id="{plot.key}-\1"', inner)
    inner = re.sub(r'(url\(#|href="#)', rf"\1{plot.key}-", inner)
    named = f"{plot.key}-title {plot.key}-desc"
    return (
        f'<svg viewBox="{box[1] if box else ""}" role="img" aria-labelledby="{named}" class="plot">'
        f'<title id="{plot.key}-title">{escape(plot.title)}</title>'
        f'<desc id="{plot.key}-desc">{escape(plot.says)}</desc>'
        f"{inner.strip()}"
    )
