"""What was measured, as values: each figure for Telal and for what stands beside it, with the ratio."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from eval.run.summary import percentile


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. None where a system has no such thing."""

    name: str
    unit: str
    telal: float | None
    reference: float | None = None
    better: Literal["lower", "higher"] = "lower"

    @property
    def ratio(self) -> float | None:
        """How many times better Telal is; under 1 it is worse."""
        if not self.telal or not self.reference:
            return None
        return self.reference / self.telal if self.better == "lower" else self.telal / self.reference


@dataclass(frozen=True, slots=True)
class SizeFigures:
    """All figures of one size of store."""

    passages: int
    figures: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of calls that took turns with those of the other system."""

    telal: Sequence[float]
    reference: Sequence[float] = ()

    def figures(self, name: str) -> list[Figure]:
        """The percentiles of both."""
        return [
            Figure(f"{name}, p{p}", "ms", percentile(self.telal, p), percentile(self.reference, p)) for p in (50, 95)
        ]


def take_turns(
    asked: Sequence[str], telal: Callable[[str], object], reference: Callable[[str], object] | None = None
) -> Times:
    """Both systems are asked each question in turn, so that what else the machine does disturbs them alike."""

    def milliseconds(act: Callable[[str], object], question: str) -> float:
        started = time.perf_counter()
        act(question)
        return (time.perf_counter() - started) * 1000

    ours: list[float] = []
    theirs: list[float] = []
    for question in asked:
        ours.append(milliseconds(telal, question))
        if reference is not None:
            theirs.append(milliseconds(reference, question))
    return Times(ours, theirs)


def number(value: float | None) -> str:
    """Three digits that matter, thousands whole."""
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
