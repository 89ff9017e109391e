"""Writes a measurement of speed: speed.json and latency.svg."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from research.draw import Plot, Series, Table
from research.sheet import sheet
from research.speed.figures import Report, SizeFigures, number
from research.speed.texts import FILTERS

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
