"""The report's two curves as SVG that takes its colours from the page: risk by coverage, and calibration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from eval.metrics.refusal import Point, calibration_bins, coverage_at
from eval.report.runs import Run
from eval.run.summary import PRECISION, confident, curve

POINTS = 100  # of a curve: more are not seen and only make the page heavy
COVERAGES = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
_WIDTH, _HEIGHT, _LEFT, _BELOW, _ROOM = 400, 280, 44, 40, 14  # of the drawing, and around it
_STEPS = 5  # lines of the grid each way
_DASHES = ("", "8 3", "2 2", "8 3 2 3", "14 3", "1 4")


@dataclass(frozen=True, slots=True)
class Curve:
    """One figure with its words: `says` is its text alternative, `note` stands under it; `head` and `rows` its data."""

    title: str
    says: str
    note: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    drawing: Markup


@dataclass(frozen=True, slots=True)
class Line:
    """One run's points, shares of 1; `sizes`: of a dot at each, 0 to 1."""

    run: int
    letter: str
    xs: Sequence[float]
    ys: Sequence[float]
    sizes: Sequence[float] = ()


def curves(runs: Sequence[Run]) -> list[Curve]:
    """Draws the curves for which some run has the data."""
    return [made for made in (_risk(runs), _calibration(runs)) if made is not None]


def _risk(runs: Sequence[Run]) -> Curve | None:
    """How much would be wrong if everything from a confidence on were stated."""
    made = [(n, run, points) for n, run in enumerate(runs) if (points := curve(run.record.per_case))]
    if not made:
        return None
    # From coverage 0 on: of cases of equal confidence any are stated first, with the risk of all in expectation.
    lines = [
        Line(n, r.letter, *_thin((0.0, *(p.coverage for p in c)), (c[0].risk, *(p.risk for p in c))))
        for n, r, c in made
    ]
    says = "; ".join(
        f"{r.name}: {coverage_at(c, PRECISION) or 0.0:.2f} could be stated at {PRECISION:.0%} right" for _, r, c in made
    )
    title = "Risk and coverage"
    says = f"Share that would be wrong against share that would be stated. {says}."
    top = min(1.0, max(0.3, *(p.risk for *_, c in made for p in c)))
    return Curve(
        title, says, "Wrong: the first thing shown does not hold the answer, or there is none.",
        ["stated", *(_name(r) for _, r, _ in made)],
        [[f"{x:.0%}", *(_risk_at(points, x) for *_, points in made)] for x in COVERAGES],
        _drawn(title, says, "questions stated, most confident first", "of these wrong", lines, top),
    )  # fmt: skip


def _calibration(runs: Sequence[Run]) -> Curve | None:
    """Confidence against how often the first thing shown was right."""
    lines, rows, parts = [], [], []
    for n, run in enumerate(runs):
        seen = confident(run.record.per_case)
        bins = calibration_bins([c.confidence or 0.0 for c in seen], [c.right_first for c in seen])
        if not bins:
            continue
        most = max(b.count for b in bins)
        sizes = [b.count / most for b in bins]
        lines.append(Line(n, run.letter, [b.confidence for b in bins], [b.truth for b in bins], sizes))
        rows += [[_name(run), f"{b.confidence:.2f}", f"{b.truth:.2f}", str(b.count)] for b in bins]
        parts.append(f"{run.name}: calibration error {run.record.metrics.get('calibration_error') or 0.0:.3f}")
    if not lines:
        return None
    title, says = "Calibration", f"Confidence against truth, in ten bins. {'; '.join(parts)}."
    return Curve(
        title, says, "On the dotted line confidence is what it says. A larger dot stands for more questions.",
        ["run", "mean confidence", "share that is right", "questions"], rows,
        _drawn(title, says, "confidence", "share where the first thing shown is right", lines, 1.0, diagonal=True),
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


def _drawn(
    title: str, says: str, x: str, y: str, lines: Sequence[Line], top: float, *, diagonal: bool = False
) -> Markup:
    """One <svg> element with title and description; the y axis ends at `top`."""

    def at(share: float, height: float) -> str:
        return f"{_LEFT + share * _WIDTH:.1f} {_ROOM + (1 - height / top) * _HEIGHT:.1f}"

    def parts() -> Iterator[Markup]:
        for n in range(_STEPS + 1):
            share, height = n / _STEPS, n / _STEPS * top
            yield Markup('<path class="grid-line" d="M{}L{}M{}L{}"/>').format(
                at(share, 0), at(share, top), at(0, height), at(1, height)
            )
            across, up = at(share, 0).split()[0], at(0, height).split()[1]
            yield Markup('<text x="{}" y="{}" text-anchor="middle">{:.0%}</text>').format(
                across, _ROOM + _HEIGHT + 15, share
            )
            yield Markup('<text x="{}" y="{}" dy=".35em" text-anchor="end">{:.0%}</text>').format(_LEFT - 6, up, height)
        if diagonal:
            yield Markup('<path class="diagonal" d="M{}L{}"/>').format(at(0, 0), at(1, 1))
        for line in lines:
            points = [at(px, py) for px, py in zip(line.xs, line.ys, strict=True)]
            yield Markup('<g class="run-{}"><path class="curve" stroke-dasharray="{}" d="M{}"/>').format(
                line.run, _DASHES[line.run], "L".join(points)
            )
            for point, size in zip(points, line.sizes, strict=False):
                yield Markup('<circle cx="{}" cy="{}" r="{:.1f}"/>').format(*point.split(), 2 + 5 * size**0.5)
            yield Markup('<text x="{}" y="{}" dx="6" dy="-4">{}</text></g>').format(*points[-1].split(), line.letter)
        yield Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
            _LEFT + _WIDTH / 2, _ROOM + _HEIGHT + 33, x
        )
        yield Markup('<text x="{}" y="{}">{}</text>').format(_LEFT + 4, _ROOM - 3, y)

    box = f"0 0 {_LEFT + _WIDTH + 2 * _ROOM} {_ROOM + _HEIGHT + _BELOW}"
    return Markup('<svg viewBox="{}" role="img" aria-label="{}: {}" class="plot">{}</svg>').format(
        box, title, says, Markup("").join(parts())
    )
