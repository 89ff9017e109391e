"""Writes a measurement of speed: speed.json and latency.svg."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench.speed.figures import Report
from bench.speed.picture import picture

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
