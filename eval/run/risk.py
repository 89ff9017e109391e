"""Risk against coverage of what was shown: answers by their confidence, short answers by theirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from eval.core.record import CaseRecord

PRECISION = 0.95  # at which coverage is told


@dataclass(frozen=True, slots=True)
class Point:
    """Showing all from this confidence on: the share of questions that get it, and the share of it that is wrong."""

    confidence: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class Given:
    """Something that was shown: how sure the system was of it, and whether it was right."""

    confidence: float
    right: bool


def points(given: Sequence[Given], asked: int) -> tuple[Point, ...]:
    """The curve of `asked` questions, most confident first (Geifman and El-Yaniv 2017).

    It ends at the share that was shown. Cases of equal confidence are shown together.
    """
    made, shown, wrong = list[Point](), 0, 0
    for confidence, group in groupby(sorted(given, key=_sureness, reverse=True), key=_sureness):
        rights = [g.right for g in group]
        shown, wrong = shown + len(rights), wrong + rights.count(False)
        made.append(Point(confidence, shown / asked, wrong / shown))
    return tuple(made)


def coverage_at(curve: Sequence[Point], precision: float) -> float | None:
    """The largest coverage at which at least so much of what is shown is right; None for a curve without points."""
    return max((p.coverage for p in curve if p.risk <= 1 - precision + 1e-9), default=0.0) if curve else None


def answers(cases: Sequence[CaseRecord]) -> tuple[Point, ...]:
    """The curve of the answers given."""
    judged = [c for c in cases if c.judged]
    return points(
        [Given(c.confidence, c.right) for c in judged if c.answered and c.confidence is not None], len(judged)
    )


def short_answers(cases: Sequence[CaseRecord]) -> tuple[Point, ...]:
    """The curve of the short answers shown."""
    judged = [c for c in cases if c.judged]
    shown = [(c.short_score, c.scores["short_right"]) for c in judged if "short_right" in c.scores]
    return points([Given(score, right > 0) for score, right in shown if score is not None], len(judged))


CURVES: dict[str, Callable[[Sequence[CaseRecord]], tuple[Point, ...]]] = {
    "coverage": answers,
    "short_coverage": short_answers,
}


def _sureness(given: Given) -> float:
    return given.confidence
