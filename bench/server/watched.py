"""A process as the operating system sees it: memory, threads, open handles, CPU. For the measures beside this file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a process."""

    memory_mb: float
    threads: int
    handles: int
    cpu_s: float


def look(pid: int) -> Look:
    """How the process fares now (Linux)."""
    place = Path(f"/proc/{pid}")
    fields = (place / "stat").read_text().rsplit(")", 1)[1].split()
    memory = int((place / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    cpu_s = (int(fields[11]) + int(fields[12])) / _TICKS
    return Look(round(memory, 1), int(fields[17]), len(os.listdir(place / "fd")), cpu_s)


def percentiles(values: list[float]) -> dict[str, float]:
    """p50, p95 and p99 by the nearest rank."""
    ordered = sorted(values) or [0.0]
    return {f"p{p}": round(ordered[min(len(ordered) - 1, len(ordered) * p // 100)], 1) for p in (50, 95, 99)}
