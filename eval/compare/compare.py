"""Compares two runs case by case: differences, intervals, p-values, and which cases got better or worse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eval.core.record import CaseRecord, RunRecord
from eval.run.summary import RATIOS, Metric, grouped, metrics
from rag.errors import BadInput

SAMPLES = 10_000  # of the bootstrap and of the permutations: p-values down to .0001
SEED = 20250318
BY_CONFIDENCE = ("calibration_error", "auroc_right", "auroc_answerable", "coverage@95")
BY_GROUP = ("seen@1", "stated", "stated_wrong", "false_absence", "calibration_error")
_CHUNK = 500  # samples drawn at once; keeps a comparison of 20,000 cases under 200 MB

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric in both runs over the cases that count in either."""

    metric: str
    better: str  # higher, lower, neither
    a: float
    b: float
    low: float  # of b - a, 95 % interval
    high: float
    p: float  # that a difference as large comes by chance
    p_corrected: float  # Holm, for the number of metrics compared
    cases: int

    @property
    def difference(self) -> float:
        return self.b - self.a

    @property
    def verdict(self) -> str:
        """better, worse, changed, or nothing when the difference may be chance."""
        if self.p_corrected >= 0.05:
            return ""
        if self.better == "neither":
            return "changed"
        return "better" if (self.difference > 0) == (self.better == "higher") else "worse"


@dataclass(frozen=True, slots=True)
class Change:
    """A case whose score differs."""

    id: str
    metric: str
    a: float
    b: float

    @property
    def improved(self) -> bool:
        return (self.b > self.a) == CHANGE_METRICS[self.metric]


@dataclass(frozen=True, slots=True)
class GroupChange:
    """One figure of a group of cases in both runs, without a test: groups are small."""

    key: str  # language, pair, languages; all: of every case
    group: str
    cases: int
    metric: str
    a: float | None
    b: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of it; `left_out` counts the cases that only one run has or that failed in one."""

    differences: tuple[Difference, ...]
    groups: tuple[GroupChange, ...]
    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    cases: int
    left_out: int


@dataclass(frozen=True, slots=True)
class _Paired:
    """Numerators and denominators of each case in both runs, (n, 4): a above, a below, b above, b below."""

    metric: Metric
    parts: Floats


def compare(a: RunRecord, b: RunRecord, *, samples: int = SAMPLES, seed: int = SEED) -> Comparison:
    """Run b against run a over the cases that both have.

    Raises BadInput when they have no case in common.

    Intervals: paired bootstrap over cases, percentiles. P-values: a permutation test that swaps the runs' results
    of each case (Smucker et al. 2007). Corrected by Holm (1979) over all metrics.
    """
    if a.environment.get("cases_digest") != b.environment.get("cases_digest") and a.suite != b.suite:
        raise BadInput(f"The runs are of other suites: {a.suite} and {b.suite}.")
    left, right = ({c.id: c for c in run.per_case if not c.failed} for run in (a, b))
    ids = [i for i in left if i in right]
    if not ids:
        raise BadInput("The runs have no case in common.", hint="Compare two runs of the same suite.")
    pairs = [p for m in RATIOS if (p := _pair(m, [left[i] for i in ids], [right[i] for i in ids])) is not None]
    rng = np.random.default_rng(seed)
    raw = [_difference(p, samples, rng) for p in pairs]
    corrected = holm([d.p for d in raw])
    differences = tuple(replace(d, p_corrected=p) for d, p in zip(raw, corrected, strict=True))
    ours = [left[i] for i in ids], [right[i] for i in ids]
    better, worse = _changes(*ours)
    every = {c.id for run in (a, b) for c in run.per_case}
    return Comparison(
        differences, tuple(_group_changes(*ours)), better, worse, cases=len(ids), left_out=len(every) - len(ids)
    )


def _group_changes(a: Sequence[CaseRecord], b: Sequence[CaseRecord]) -> Iterator[GroupChange]:
    yield from _figures("all", "all", a, b, BY_CONFIDENCE)
    for key in ("languages", "language", "pair"):
        for group, cases in grouped(a, key).items():
            held = {c.id for c in cases}
            yield from _figures(key, group, cases, [c for c in b if c.id in held], BY_GROUP)


def _figures(
    key: str, group: str, a: Sequence[CaseRecord], b: Sequence[CaseRecord], names: Sequence[str]
) -> Iterator[GroupChange]:
    left, right = metrics(a), metrics(b)
    for name in names:
        if left[name] is not None or right[name] is not None:
            yield GroupChange(key, group, len(a), name, left[name], right[name])


def holm(ps: Sequence[float]) -> list[float]:
    """P-values corrected for their number, in the given order (Holm 1979)."""
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    corrected, highest = [0.0] * len(ps), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, ps[i] * (len(ps) - rank)))
        corrected[i] = highest
    return corrected


def _pair(metric: Metric, a: Sequence[CaseRecord], b: Sequence[CaseRecord]) -> _Paired | None:
    rows = []
    for one, other in zip(a, b, strict=True):
        left, right = metric.of(one), metric.of(other)
        if left is not None or right is not None:
            rows.append((*(left or (0.0, 0.0)), *(right or (0.0, 0.0))))
    parts = np.asarray(rows, dtype=float).reshape(-1, 4)
    return _Paired(metric, parts) if parts[:, 1].sum() and parts[:, 3].sum() else None


def _difference(pair: _Paired, samples: int, rng: np.random.Generator) -> Difference:
    parts, n = pair.parts, len(pair.parts)
    sums = parts.sum(axis=0)
    observed = float(sums[2] / sums[3] - sums[0] / sums[1])
    boots: list[Floats] = []
    extreme = 0
    for start in range(0, samples, _CHUNK):
        size = min(_CHUNK, samples - start)
        counts = rng.multinomial(n, np.full(n, 1 / n), size=size).astype(float)
        boots.append(_gap(counts @ parts))
        extreme += int((np.abs(_gap(_swap(parts, rng, size))) >= abs(observed) - 1e-12).sum())
    drawn = np.concatenate(boots)
    low, high = np.nanpercentile(drawn, (2.5, 97.5)) if not np.isnan(drawn).all() else (np.nan, np.nan)
    return Difference(
        pair.metric.name, pair.metric.better, float(sums[0] / sums[1]), float(sums[2] / sums[3]),
        float(low), float(high), (extreme + 1) / (samples + 1), 1.0, n,
    )  # fmt: skip


def _swap(parts: Floats, rng: np.random.Generator, size: int) -> Floats:
    """Sums after the runs' results of each case are swapped or not, (size, 4)."""
    swap = rng.integers(0, 2, size=(size, len(parts))).astype(float)
    moved = swap @ (parts[:, [2, 3, 0, 1]] - parts)
    return np.asarray(parts.sum(axis=0) + moved)


def _gap(sums: Floats) -> Floats:
    """b - a of rows of sums; nan where a side has no case that counts."""
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = sums[:, 2] / sums[:, 3] - sums[:, 0] / sums[:, 1]
    return np.where(np.isfinite(gap), gap, np.nan)


# The first that differs is the one that tells, and whether the higher figure is the better one.
CHANGE_METRICS = {"seen@1": True, "stated": True, "stated_wrong": False, "mrr@10": True, "withheld": True}


def _changes(a: Sequence[CaseRecord], b: Sequence[CaseRecord]) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Cases whose first telling score differs, the largest differences first."""
    found = [c for one, other in zip(a, b, strict=True) if (c := _change(one, other)) is not None]
    found.sort(key=lambda c: (-abs(c.b - c.a), c.id))
    return tuple(c for c in found if c.improved), tuple(c for c in found if not c.improved)


def _change(a: CaseRecord, b: CaseRecord) -> Change | None:
    for name in CHANGE_METRICS:
        left, right = _telling(a, name), _telling(b, name)
        if left is not None and right is not None and abs(left - right) > 1e-9:
            return Change(a.id, name, left, right)
    return None


def _telling(case: CaseRecord, name: str) -> float | None:
    if name == "withheld":
        return float(not case.stated) if case.unanswerable else None
    if name in ("stated", "stated_wrong"):
        told = case.stated and case.right_first == (name == "stated")
        return float(told) if "seen" in case.scores else None
    return case.scores.get(name)
