"""Many readers at once against a running server: `python -m research.load URL --pid PID`.

Two shapes of load. By default each reader asks, reads the stream to its end, thinks 5 to 35 s, asks again; one in
twenty vanishes in the middle. With `--at-once` all ask in the same instant, once. `--unlike` makes every question
another, so that nothing can be remembered. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx

QUESTIONS = (
    "Who signed the Tirana agreement?",
    "Ко је потписао споразум у Тирани?",
    "Kush e nënshkroi marrëveshjen e Tiranës?",
    "What happened in Kočani?",
    "Who won the 2031 election in Sarajevo?",
    "Kada su bile poplave u Bosni?",
)
THINK_S = (5.0, 35.0)
VANISH = 0.05
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


@dataclass
class ReaderStats:
    """What the readers saw."""

    unlike: bool = False
    asked: int = 0
    first_ms: list[float] = field(default_factory=list)
    whole_ms: list[float] = field(default_factory=list)
    refused_ms: list[float] = field(default_factory=list)
    vanished: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    def question(self) -> str:
        self.asked += 1
        chosen = random.choice(QUESTIONS)
        return f"{chosen} {self.asked}" if self.unlike else chosen


async def reader(client: httpx.AsyncClient, seen: ReaderStats, until: float) -> None:
    await asyncio.sleep(random.uniform(0, THINK_S[1]) * 0.8)
    while time.monotonic() < until:
        await ask(client, seen, vanish=VANISH)
        await asyncio.sleep(random.uniform(*THINK_S))


async def ask(client: httpx.AsyncClient, seen: ReaderStats, *, vanish: float) -> None:
    begun = time.perf_counter()
    try:
        last = await _stream(client, seen, vanish=vanish)
    except httpx.HTTPError as error:
        last = repr(error)
    if last not in ("answer", "vanished"):
        seen.errors[last] += 1
        seen.refused_ms.append((time.perf_counter() - begun) * 1000)


async def _stream(client: httpx.AsyncClient, seen: ReaderStats, *, vanish: float) -> str:
    body = {"question": seen.question(), "stream": True}
    begun, last = time.perf_counter(), ""
    async with client.stream("POST", "/v1/ask", json=body) as reply:
        if reply.status_code != 200:
            return str(reply.status_code)
        lines = reply.aiter_lines()
        async for line in lines:
            if not line.startswith("event: "):
                continue
            if not last:
                seen.first_ms.append((time.perf_counter() - begun) * 1000)
                if random.random() < vanish:
                    seen.vanished += 1
                    return "vanished"
            last = line.removeprefix("event: ")
            if last == "error":
                data = json.loads((await anext(lines)).removeprefix("data: "))
                return str(data["type"])
    if last == "answer":
        seen.whole_ms.append((time.perf_counter() - begun) * 1000)
    return last


def report(seen: ReaderStats, looks: list[Look], seconds: float) -> dict[str, object]:
    """Puts together what is printed."""
    first, last = looks[0], looks[-1]
    return {
        "asked": seen.asked,
        "answers": len(seen.whole_ms),
        "vanished": seen.vanished,
        "errors": dict(seen.errors),
        "first_event_ms": percentiles(seen.first_ms),
        "whole_answer_ms": percentiles(seen.whole_ms),
        "refused_ms": percentiles(seen.refused_ms),
        "seconds": round(seconds, 1),
        "server_cpu_ms_an_answer": round((last.cpu_s - first.cpu_s) * 1000 / max(1, seen.asked), 1),
        "before_half_after": [asdict(at) for at in (first, looks[len(looks) // 2], last)],
    }


async def watch(pid: int, looks: list[Look]) -> None:
    while True:
        looks.append(look(pid))
        await asyncio.sleep(1)


async def main(wanted: argparse.Namespace) -> None:
    looks: list[Look] = []
    seen, begun = ReaderStats(unlike=wanted.unlike), time.monotonic()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=wanted.readers)
    async with httpx.AsyncClient(base_url=wanted.url, timeout=90, limits=limits) as client:
        watching = asyncio.create_task(watch(wanted.pid, looks))
        if wanted.at_once:
            await asyncio.gather(*(ask(client, seen, vanish=0) for _ in range(wanted.readers)))
        else:
            until = begun + wanted.seconds
            await asyncio.gather(*(reader(client, seen, until) for _ in range(wanted.readers)))
        watching.cancel()
    looks.append(look(wanted.pid))
    sys.stdout.write(json.dumps(report(seen, looks, time.monotonic() - begun)) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--pid", type=int, required=True, help="of the server, on this machine")
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--at-once", action="store_true")
    parser.add_argument("--unlike", action="store_true")
    asyncio.run(main(parser.parse_args()))
