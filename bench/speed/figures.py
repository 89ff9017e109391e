"""The figures of a measurement of speed, and writing them: speed.json and latency.svg."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from bench.speed.texts import FILTERS
from eval.report.draw import Plot, Series, Table, sheet
from eval.run.summary import percentile

PERCENTILES = (50, 95, 99)
Better = Literal["lower", "higher"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. None where a system has no such thing."""

    name: str
    unit: str
    telal: float | None
    reference: float | None = None
    better: Better = "lower"

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

    def of(self, name: str) -> Figure | None:
        return next((f for f in self.figures if f.name == name), None)


@dataclass(frozen=True, slots=True)
class Report:
    """The whole measurement; `notes` say how it was made, for a figure without them misleads."""

    sizes: Sequence[SizeFigures]
    notes: Sequence[str]
    environment: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of calls that took turns with those of the other system."""

    telal: Sequence[float]
    reference: Sequence[float] = ()

    def figures(self, name: str) -> list[Figure]:
        """The percentiles of both."""
        return [
            Figure(f"{name}, p{p}", "ms", percentile(self.telal, p), percentile(self.reference, p)) for p in PERCENTILES
        ]


def take_turns(
    asked: Sequence[str], telal: Callable[[str], object], reference: Callable[[str], object] | None = None
) -> Times:
    """Both systems are asked each question in turn, so that what else the machine does disturbs them alike."""
    ours: list[float] = []
    theirs: list[float] = []
    for question in asked:
        ours.append(milliseconds(telal, question))
        if reference is not None:
            theirs.append(milliseconds(reference, question))
    return Times(ours, theirs)


def milliseconds(act: Callable[[str], object], question: str) -> float:
    started = time.perf_counter()
    act(question)
    return (time.perf_counter() - started) * 1000


def number(value: float | None) -> str:
    """Three digits that matter, thousands whole."""
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


SYSTEMS = ("Telal", "tutorial")


def plots(sizes: Sequence[SizeFigures]) -> list[Plot]:
    """One for each filter: the medians of both systems."""
    return [_plot(f"n{i}", name, sizes) for i, name in enumerate(FILTERS)]


def picture(sizes: Sequence[SizeFigures]) -> str:
    """The plots side by side in one file that needs nothing else."""
    return sheet(plots(sizes), "Search latency against passages")


def _plot(key: str, name: str, sizes: Sequence[SizeFigures]) -> Plot:
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


FORMAT = 1


def write(report: Report, out: Path) -> list[Path]:
    """Both files in the folder, made if needed; their paths."""
    out.mkdir(parents=True, exist_ok=True)
    record = {
        "format": FORMAT,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "notes": list(report.notes),
        "environment": dict(report.environment),
        "sizes": [
            {"passages": s.passages, "figures": [{**asdict(f), "ratio": f.ratio} for f in s.figures]}
            for s in report.sizes
        ],
    }
    files = {
        out / "speed.json": json.dumps(record, ensure_ascii=False, indent=1) + "\n",
        out / "latency.svg": picture(report.sizes),
    }
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    return list(files)
