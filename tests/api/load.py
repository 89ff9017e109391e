"""Many readers at once against a running server, from a process of its own: `python tests/api/load.py URL 200 60`.

Each reader asks, reads the stream to its end, thinks for a while, asks again; some vanish in the middle. Prints one
JSON line: answers, errors, time to the first event and to the end (ms), memory of the server before and after (MB).
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass, field
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


@dataclass
class Seen:
    """What the readers saw."""

    first_ms: list[float] = field(default_factory=list)
    whole_ms: list[float] = field(default_factory=list)
    vanished: int = 0
    errors: list[str] = field(default_factory=list)


async def reader(client: httpx.AsyncClient, seen: Seen, until: float) -> None:
    await asyncio.sleep(random.uniform(0, THINK_S[1]) * 0.8)
    while time.monotonic() < until:
        try:
            await ask(client, seen)
        except httpx.HTTPError as error:
            seen.errors.append(repr(error))
        await asyncio.sleep(random.uniform(*THINK_S))


async def ask(client: httpx.AsyncClient, seen: Seen) -> None:
    body = {"question": random.choice(QUESTIONS), "stream": True}
    begun, last, first = time.perf_counter(), "", True
    async with client.stream("POST", "/v1/ask", json=body) as reply:
        if reply.status_code != 200:
            seen.errors.append(str(reply.status_code))
            return
        async for line in reply.aiter_lines():
            if line.startswith("event: "):
                last = line.removeprefix("event: ")
                if first:
                    seen.first_ms.append((time.perf_counter() - begun) * 1000)
                    first = False
                    if random.random() < VANISH:
                        seen.vanished += 1
                        return
    if last == "answer":
        seen.whole_ms.append((time.perf_counter() - begun) * 1000)
    else:
        seen.errors.append(f"ended with {last}")


def percentiles(values: list[float]) -> dict[str, float]:
    ordered = sorted(values) or [0.0]
    return {f"p{p}": round(ordered[min(len(ordered) - 1, len(ordered) * p // 100)], 1) for p in (50, 95, 99)}


def memory_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


async def main(url: str, readers: int, seconds: float, pid: int | None) -> None:
    seen, until = Seen(), time.monotonic() + seconds
    before = memory_mb(pid) if pid else 0
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=readers)
    async with httpx.AsyncClient(base_url=url, timeout=90, limits=limits) as client:
        await asyncio.gather(*(reader(client, seen, until) for _ in range(readers)))
    out = {
        "readers": readers,
        "answers": len(seen.whole_ms),
        "vanished": seen.vanished,
        "errors": len(seen.errors),
        "error_kinds": sorted(set(seen.errors))[:5],
        "first_ms": percentiles(seen.first_ms),
        "whole_ms": percentiles(seen.whole_ms),
        "memory_mb": [round(before), round(memory_mb(pid)) if pid else 0],
    }
    sys.stdout.write(json.dumps(out) + "\n")


if __name__ == "__main__":
    asyncio.run(
        main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else None)
    )
