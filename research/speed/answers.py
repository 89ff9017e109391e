"""Whole answers over HTTP of this checkout, in turns with another one: latency, answers a second, processor time,
memory (Linux)."""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx

from eval.run.summary import percentile
from rag.errors import BadInput
from research.load import look
from research.speed.cold import memory_mb, running_server
from research.speed.figures import Figure

HERE = Path(__file__).parents[2]
WARM = 8  # questions before it counts
AT_ONCE = 8  # readers who ask all the time, for the rate
RATE_S = 10.0  # of each round of them
UNLIMITED = {"TELAL_SERVER__ASK_LIMIT": "none", "TELAL_SERVER__READ_LIMIT": "none", "TELAL_SERVER__VISITS": "false"}


@dataclass
class Seen:
    """What one server showed."""

    client: httpx.Client
    pid: int
    memory_mb: float
    first_ms: list[float] = field(default_factory=list)
    whole_ms: list[float] = field(default_factory=list)
    alone_ms: list[float] = field(default_factory=list)  # processor time of answers one by one
    rates: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


def compare(
    data: Path, questions: Sequence[str], at_once: Sequence[str], *, against: Path | None, rounds: int
) -> list[Figure]:
    """The figures of this checkout, and of the one at `against`, over copies of a data directory. `at_once`: what many
    readers ask at once, each another one, for a server makes an answer once.

    The servers take turns question by question, then round by round. Raises BadInput, NotStarted.
    """
    if not (data / "archive.sqlite").is_file():
        raise BadInput(
            f"{data} holds no archive.", hint="Make one with `telal ingest --starter`, or name it by --data."
        )
    with ExitStack() as stack:
        servers = [stack.enter_context(_server(checkout, data)) for checkout in (HERE, against) if checkout]
        for question in questions[:WARM]:
            for server in servers:
                _ask(server, question)
        for n, question in enumerate(questions):
            for server in servers if n % 2 else reversed(servers):
                cpu_s = look(server.pid).cpu_s
                first, whole = _ask(server, question)
                server.first_ms.append(first)
                server.whole_ms.append(whole)
                server.alone_ms.append((look(server.pid).cpu_s - cpu_s) * 1000)
        unlike = [_each_once(at_once) for _ in servers]
        for _ in range(rounds):
            for server, asked in zip(servers, unlike, strict=True):
                _together(server, asked)
        return _figures(*servers)


def _figures(ours: Seen, theirs: Seen | None = None) -> list[Figure]:
    made = []
    kinds = ("first event", "first_ms"), ("whole answer", "whole_ms"), ("processor time of one alone", "alone_ms")
    for name, kind in kinds:
        for p in (50, 95):
            other = percentile(getattr(theirs, kind), p) if theirs else None
            made.append(Figure(f"{name}, p{p}", "ms", percentile(getattr(ours, kind), p), other))
    rate = statistics.median(theirs.rates) if theirs else None
    cpu_ms = statistics.median(theirs.cpu_ms) if theirs else None
    return [
        *made,
        Figure(f"answers, {AT_ONCE} readers at once", "a second", statistics.median(ours.rates), rate, "higher"),
        Figure("processor time of these, each", "ms", statistics.median(ours.cpu_ms), cpu_ms),
        Figure("memory after start", "MB", ours.memory_mb, theirs.memory_mb if theirs else None),
        Figure("memory after all", "MB", memory_mb(ours.pid), memory_mb(theirs.pid) if theirs else None),
    ]


def _each_once(questions: Sequence[str]) -> Iterator[str]:
    """The questions, then the same with a number, which another question has; any thread may take the next one."""
    return map(lambda n: questions[n % len(questions)] + f" {n}" * (n >= len(questions)), count())


@contextmanager
def _server(checkout: Path, data: Path) -> Iterator[Seen]:
    """The server of a checkout over a copy of the data."""
    if not (checkout / "telal").is_dir():
        raise BadInput(f"{checkout} is no checkout of Telal.")
    with tempfile.TemporaryDirectory(prefix="telal-speed-") as folder:
        own = Path(folder) / "data"
        shutil.copytree(data, own, ignore=shutil.ignore_patterns("*.lock"))
        place = {"TELAL_DATA_DIR": str(own), "PYTHONPATH": str(checkout)}
        command = [sys.executable, "-P", "-m", "telal", "serve"]
        with running_server(command, {**os.environ, **UNLIMITED, **place}) as (client, pid, _):
            yield Seen(client, pid, memory_mb(pid) or 0.0)


def _ask(server: Seen, question: str) -> tuple[float, float]:
    """Milliseconds to the first event and to the whole answer."""
    begun, first = time.perf_counter(), 0.0
    with server.client.stream("POST", "/v1/ask", json={"question": question, "stream": True}) as reply:
        reply.raise_for_status()
        for line in reply.iter_lines():
            if not first and line.startswith("event: "):
                first = time.perf_counter() - begun
    return first * 1000, (time.perf_counter() - begun) * 1000


def _together(server: Seen, questions: Iterator[str]) -> None:
    """`AT_ONCE` readers ask for `RATE_S`, one question after the other, each another one."""
    begun, cpu_s, asked = time.perf_counter(), look(server.pid).cpu_s, count()

    def reader(_: int) -> None:
        while time.perf_counter() - begun < RATE_S:
            _ask(server, next(questions))
            next(asked)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(reader, range(AT_ONCE)))
    answers = next(asked)
    server.rates.append(answers / (time.perf_counter() - begun))
    server.cpu_ms.append((look(server.pid).cpu_s - cpu_s) * 1000 / answers)
