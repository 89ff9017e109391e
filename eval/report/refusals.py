"""Refusals: who was refused, who was not, by reason and by category."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from eval.core.record import CaseRecord
from eval.report.runs import Run


@dataclass(frozen=True, slots=True)
class Split:
    """Answerable and unanswerable questions of one group, and how many of each were refused."""

    name: str
    answerable: int
    needless: int  # answerable, refused
    unanswerable: int
    rightly: int  # unanswerable, refused


@dataclass(frozen=True, slots=True)
class Refusals:
    """Of one run: in all, by category of unanswerable questions, and the reasons given with their counts."""

    run: Run
    total: Split
    categories: tuple[Split, ...]
    reasons: tuple[tuple[str, int, int], ...]  # reason, rightly, needlessly


def refusals(runs: Sequence[Run]) -> list[Refusals]:
    """For each run in which something was asked, not only searched, and answered."""
    made = []
    for run in runs:
        asked = [c for c in run.record.per_case if not c.failed and not c.search_only]
        if asked:
            made.append(_of(run, asked))
    return made


def _of(run: Run, asked: Sequence[CaseRecord]) -> Refusals:
    names = sorted({c.category for c in asked if c.unanswerable or c.refused})
    splits = tuple(_split(name, [c for c in asked if c.category == name]) for name in names)
    rightly = Counter(c.refusal_reason or "no reason given" for c in asked if c.refused and c.unanswerable)
    needless = Counter(c.refusal_reason or "no reason given" for c in asked if c.refused and not c.unanswerable)
    reasons = tuple((r, rightly[r], needless[r]) for r in sorted({*rightly, *needless}))
    return Refusals(run, _split("all", asked), splits, reasons)


def _split(name: str, cases: Sequence[CaseRecord]) -> Split:
    without = [c for c in cases if c.unanswerable]
    having = [c for c in cases if not c.unanswerable]
    return Split(name, len(having), sum(c.refused for c in having), len(without), sum(c.refused for c in without))
