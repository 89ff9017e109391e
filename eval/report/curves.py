"""The report's plots as values: recall by rank, risk by coverage, calibration, latency."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from eval.core.record import CaseRecord
from eval.metrics.refusal import calibration_bins
from eval.report.draw import Plot, Series, Table
from eval.report.results import Run
from eval.run.summary import CURVES, PRECISION, Point, confident, coverage_at, percentile

DEEPEST = 20
POINTS = 100  # of a curve: more are not seen and only make the page heavy
COVERAGES = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
SHARES = (5, 25, 50, 75, 90, 95, 99)


def plots(runs: Sequence[Run]) -> list[Plot]:
    """Those for which some run has the data."""
    makers: tuple[Callable[[Sequence[Run]], Plot | None], ...] = (recall, risk, short_risk, calibration, latency)
    return [plot for maker in makers if (plot := maker(runs)) is not None]


def recall_by_rank(cases: Sequence[CaseRecord]) -> list[float]:
    """Mean recall at each rank from 1, to the end of the longest ranking; empty without rankings."""
    counted = [c for c in cases if not c.failed and not c.unanswerable and c.gold_doc_ids and c.ranked_docs is not None]
    depth = min(DEEPEST, max((len(c.ranked_docs or ()) for c in counted), default=0))
    if not depth:
        return []
    found = np.zeros((len(counted), depth))
    for row, case in enumerate(counted):
        golds = {d for d, grade in case.grades.items() if grade > 0} or set(case.gold_doc_ids)
        ranked = (case.ranked_docs or [])[:depth]
        hits = np.asarray([d in golds for d in ranked] + [False] * (depth - len(ranked)), dtype=float)
        found[row] = np.cumsum(hits) / len(golds)
    return [float(v) for v in found.mean(axis=0)]


def recall(runs: Sequence[Run]) -> Plot | None:
    made = [(n, run, ys) for n, run in enumerate(runs) if (ys := recall_by_rank(run.record.per_case))]
    if not made:
        return None
    ranks = range(1, max(len(ys) for *_, ys in made) + 1)
    rows = [[str(k), *(f"{ys[k - 1]:.3f}" if k <= len(ys) else "–" for *_, ys in made)] for k in ranks]
    says = "; ".join(f"{run.name}: {ys[0]:.2f} at rank 1, {ys[-1]:.2f} at rank {len(ys)}" for _, run, ys in made)
    series = [Series(_name(run), range(1, len(ys) + 1), ys, n) for n, run, ys in made]
    low = min(ys[0] for *_, ys in made)
    return Plot(
        "recall", "Recall by rank", f"Share of the right articles found among the first k. {says}.",
        "articles looked at, k", "recall@k", series, Table(["k", *(_name(r) for _, r, _ in made)], rows),
        note="Mean share of a question's right articles among the first k.",
        x_whole=True, y_range=(min(0.5, low - 0.05) if low > 0.1 else 0.0, 1.02), y_percent=True,
    )  # fmt: skip


def risk(runs: Sequence[Run]) -> Plot | None:
    return _risk(runs, "coverage", "Risk and coverage", "answers")


def short_risk(runs: Sequence[Run]) -> Plot | None:
    return _risk(runs, "short_coverage", "Risk and coverage of short answers", "short answers")


def _risk(runs: Sequence[Run], key: str, title: str, what: str) -> Plot | None:
    made = [(n, run, curve) for n, run in enumerate(runs) if (curve := CURVES[key](run.record.per_case))]
    if not made:
        return None
    rows = [[f"{x:.0%}", *(_risk_at(curve, x) for *_, curve in made)] for x in COVERAGES]
    # From coverage 0 on: of cases of equal confidence any are answered first, with the risk of all in expectation.
    series = [
        Series(_name(r), *_thinned((0.0, *(p.coverage for p in c)), (c[0].risk, *(p.risk for p in c))), n, marks=False)
        for n, r, c in made
    ]
    says = "; ".join(
        f"{r.name}: {c[-1].risk:.2f} wrong of {c[-1].coverage:.2f} shown, "
        f"{coverage_at(c, PRECISION) or 0.0:.2f} could be shown at {PRECISION:.0%} right"
        for _, r, c in made
    )
    highest = max(p.risk for *_, c in made for p in c)
    return Plot(
        key.replace("coverage", "risk"), title, f"Share of wrong {what} against questions that get one. {says}.",
        f"questions with {what}, most confident first", "of these wrong", series,
        Table(["shown", *(_name(r) for _, r, _ in made)], rows),
        note="Wrong: nothing shown holds an accepted answer, or there is none. A line ends at what was shown.",
        x_percent=True, y_percent=True, x_range=(0, 1.02), y_range=(0, 1.05 * max(0.3, highest)),
    )  # fmt: skip


def calibration(runs: Sequence[Run]) -> Plot | None:
    series, rows, says = [], [], []
    for n, run in enumerate(runs):
        seen = confident(run.record.per_case)
        bins = calibration_bins([c.confidence or 0.0 for c in seen], [not c.unanswerable for c in seen])
        if not bins:
            continue
        most = max(b.count for b in bins)
        sizes = [b.count / most for b in bins]
        series.append(Series(_name(run), [b.confidence for b in bins], [b.truth for b in bins], n, sizes))
        rows += [[_name(run), f"{b.confidence:.2f}", f"{b.truth:.2f}", str(b.count)] for b in bins]
        error = run.record.metrics.get("calibration_error")
        says.append(f"{run.name}: calibration error {error:.3f}" if error is not None else run.name)
    if not series:
        return None
    return Plot(
        "calibration", "Calibration", f"Confidence against truth, in ten bins. {'; '.join(says)}.",
        "confidence that the archive holds the answer", "share where it does", series,
        Table(["run", "mean confidence", "share that holds", "questions"], rows),
        note="On the dotted line confidence is what it says. A larger dot stands for more questions.",
        x_percent=True, y_percent=True, x_range=(0, 1.02), y_range=(0, 1.04), diagonal=True,
    )  # fmt: skip


def latency(runs: Sequence[Run]) -> Plot | None:
    made = []
    for n, run in enumerate(runs):
        times = sorted(c.latency_ms for c in run.record.per_case if not c.failed and c.latency_ms)
        if times:
            made.append((n, run, times))
    if not made:
        return None
    rows = [[f"{p} %", *(f"{percentile(t, p):,.0f}" for *_, t in made)] for p in SHARES]
    says = "; ".join(
        f"{r.name}: half within {percentile(t, 50):,.0f} ms, 95 % within {percentile(t, 95):,.0f} ms"
        for _, r, t in made
    )
    series = [
        Series(_name(r), *_thinned(t, [(i + 1) / len(t) for i in range(len(t))]), n, marks=False, steps=True)
        for n, r, t in made
    ]
    low, high = min(t[0] for *_, t in made), max(t[-1] for *_, t in made)
    return Plot(
        "latency", "Latency", f"Share of questions answered within a time. {says}.",
        "milliseconds to the end of the answer", "questions answered within", series,
        Table(["questions", *(f"{_name(r)}, ms" for _, r, _ in made)], rows),
        note="Depends on the machine and on what else it did.", x_log=high > 10 * low,
        y_percent=True, y_range=(0, 1.02),
    )  # fmt: skip


def _risk_at(curve: Sequence[Point], coverage: float) -> str:
    """The risk at the least coverage that reaches this one."""
    return next((f"{p.risk:.3f}" for p in curve if p.coverage >= coverage - 1e-9), "–")


def _name(run: Run) -> str:
    return f"{run.letter} {run.name}"


def _thinned(xs: Sequence[float], ys: Sequence[float]) -> tuple[list[float], list[float]]:
    """At most POINTS of the points, the ends among them."""
    kept = sorted({round(i) for i in np.linspace(0, len(xs) - 1, min(POINTS, len(xs)))})
    return [xs[i] for i in kept], [ys[i] for i in kept]
