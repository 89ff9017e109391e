"""Cold start and memory: each system in a process of its own, from its start to its first answer."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from rag.errors import TransientError
from research.speed.figures import Figure

ROUNDS = 3  # the median counts
PATIENCE_S = 180.0
PAUSE_S = 0.02
LEAVE_S = 30.0


class NotStarted(TransientError):
    """A system did not come up."""

    kind = "not-started"


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of the process, and megabytes that it holds after its first answer."""

    ready_s: float
    answer_s: float
    memory_mb: float | None


def cold_starts(data_dir: Path, reference_dir: Path | None, question: str, *, rounds: int = ROUNDS) -> list[Figure]:
    """Medians over rounds in which the systems take turns. Raises NotStarted."""
    ours: list[Start] = []
    theirs: list[Start] = []
    for _ in range(rounds):
        ours.append(start_server(data_dir, question))
        if reference_dir is not None:
            theirs.append(start_reference(reference_dir, question))
    return [
        Figure("start to ready", "s", _median(ours, "ready_s"), _median(theirs, "ready_s")),
        Figure("start to first answer", "s", _median(ours, "answer_s"), _median(theirs, "answer_s")),
        Figure("memory after it", "MB", _median(ours, "memory_mb"), _median(theirs, "memory_mb")),
    ]


def start_server(data_dir: Path, question: str) -> Start:
    """`telal serve` on a free port: /readyz, then an answer."""
    started = time.perf_counter()
    environment = {**os.environ, "TELAL_DATA_DIR": str(data_dir)}
    with running_server([sys.executable, "-m", "telal", "serve"], environment) as (client, pid, ready_s):
        reply = client.post("/v1/ask", json={"question": question})
        if reply.status_code != 200:
            raise NotStarted(f"The server answered {reply.status_code}: {reply.text[:200]}")
        return Start(ready_s, time.perf_counter() - started, memory_mb(pid))


@contextmanager
def running_server(command: list[str], environment: dict[str, str]) -> Iterator[tuple[httpx.Client, int, float]]:
    """A server on a free port once it is ready: a client of it, its process, the seconds that it took."""
    port, started = _free_port(), time.perf_counter()
    with (
        _process([*command, "--port", str(port)], environment) as (process, said),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S, trust_env=False) as client,
    ):
        _until(lambda: _is_ready(client), process, said)
        yield client, process.pid, time.perf_counter() - started


def start_reference(directory: Path, question: str) -> Start:
    """The tutorial's pipeline over a directory that is filled: opened, then one search."""
    command = [sys.executable, "-m", "research.speed.cold_reference", str(directory), question]
    started = time.perf_counter()
    with _process(command, dict(os.environ)) as (process, said):
        ready = _line(process, "ready", said) - started
        answered = _line(process, "answered", said) - started
        return Start(ready, answered, memory_mb(process.pid))


def memory_mb(pid: int) -> float | None:
    """Resident memory as the kernel counts it; None where it does not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    sizes = [int(line.split()[1]) for line in lines if line.startswith("VmRSS:")]
    return sizes[0] / 1024 if sizes else None


@contextmanager
def _process(command: list[str], environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """A process of ours that is ended in the end, and the file of what it says on its error stream."""
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said,
        subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
        ) as process,
    ):
        try:
            yield process, said
        finally:
            process.terminate()
            try:
                process.wait(LEAVE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _until(done: Callable[[], bool], process: subprocess.Popen[str], said: IO[str]) -> None:
    deadline = time.perf_counter() + PATIENCE_S
    while not done():
        if process.poll() is not None or time.perf_counter() > deadline:
            raise NotStarted(f"The server did not get ready: {_last(said)}")
        time.sleep(PAUSE_S)


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def _line(process: subprocess.Popen[str], wanted: str, said: IO[str]) -> float:
    """When the process said the word. It ends by itself when it fails."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == wanted:
            return time.perf_counter()
    raise NotStarted(f"The tutorial's pipeline did not start: {_last(said)}")


def _last(said: IO[str]) -> str:
    said.seek(0)
    lines = said.read().strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _median(starts: list[Start], name: str) -> float | None:
    values = [v for s in starts if (v := getattr(s, name)) is not None]
    return statistics.median(values) if values else None
