"""What the server costs beside something bare: `python -m bench.server.rates streams` and `... search`.

`streams`: streams of four events through every layer (keys, limits, gates, metrics, ids, headers) over an engine that
does nothing, beside FastAPI's own SSE of the same events. `search`: `/v1/search` beside the usual tutorial's pipeline
(eval/targets/tutorial.py) behind the same FastAPI and uvicorn, over the same articles, every query another. Each server
is a process of its own with one thread for its model; rounds alternate. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.server.servers import look, percentiles

QUERIES = ("poplave u Bosni", "споразум у Тирани", "zgjedhjet në Kosovë", "fire in a night club", "бюджет за догодина")
STARTER = Path(__file__).parents[2] / "ingest" / "starter"


def texts() -> list[tuple[str, str]]:
    """Title and text of every article of the starter corpus."""
    lines = [line for file in sorted(STARTER.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    records = [json.loads(line) for line in lines if line.strip()]
    return [(f"{r['title']}\n{r['text']}", r.get("language", "und")) for r in records]


def app_of(kind: str) -> Any:
    """The app that a server process serves: full or bare streams, or the tutorial's pipeline."""
    from fastapi import FastAPI
    from fastapi.sse import EventSourceResponse, ServerSentEvent

    if kind == "full":
        import conftest

        from api.app import build_app
        from rag.config import Settings

        settings = Settings(data_dir=Path(tempfile.mkdtemp(prefix="telal-rates-")))
        server = settings.server.model_copy(update={"ask_limit": "1000000/minute", "read_limit": "1000000/minute"})
        return build_app(conftest.FakeEngine(), settings.model_copy(update={"server": server}))
    app = FastAPI()
    if kind == "bare":
        events = json.loads(os.environ["TELAL_RATES_EVENTS"])

        @app.post("/v1/ask", response_class=EventSourceResponse)
        async def ask(body: dict[str, Any]) -> Any:
            for number, (name, data) in enumerate(events, 1):
                yield ServerSentEvent(raw_data=data, event=name, id=str(number))

        return app
    from eval.targets.tutorial import Reference, Text
    from rag.config import EmbeddingSettings

    reference = Reference(EmbeddingSettings(threads=1))
    reference.build(Text(str(n), text, language) for n, (text, language) in enumerate(texts()))

    @app.post("/v1/search")
    def search(body: dict[str, Any]) -> list[dict[str, Any]]:
        return [found._asdict() for found in reference.search(body["query"], 10)]

    return app


def serve(kind: str) -> None:
    import uvicorn

    uvicorn.run(app_of(kind), port=0, log_level="info", access_log=False)


@contextmanager
def server(*words: str, **more: str) -> Iterator[tuple[str, int]]:
    """Address and process id of a server."""
    limits = {"TELAL_SERVER__ASK_LIMIT": "none", "TELAL_SERVER__READ_LIMIT": "none", "TELAL_LOG_LEVEL": "warning"}
    one = {"OMP_NUM_THREADS": "1", "TELAL_EMBEDDING__THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen([sys.executable, *words], env=os.environ | limits | one | more, stderr=log)
        try:
            while not (said := re.search(r"http://[\d.]+:\d+", Path(f"/proc/self/fd/{log.fileno()}").read_text())):
                assert process.poll() is None, Path(f"/proc/self/fd/{log.fileno()}").read_text()
                time.sleep(0.1)
            yield said[0], process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


async def round_of(url: str, pid: int, path: str, bodies: list[dict[str, Any]], at_once: int) -> dict[str, float]:
    """One round: requests a second, CPU of the server a request, the median wait."""
    waits: list[float] = []
    queue = list(bodies)

    async def go(client: httpx.AsyncClient) -> None:
        while queue:
            body, begun = queue.pop(), time.perf_counter()
            (await client.post(path, json=body)).raise_for_status()
            waits.append((time.perf_counter() - begun) * 1000)

    async with httpx.AsyncClient(base_url=url, timeout=60, headers={"Accept-Encoding": "identity"}) as client:
        for _ in range(5):
            await client.post(path, json=bodies[0])
        before, begun = look(pid), time.perf_counter()
        await asyncio.gather(*(go(client) for _ in range(at_once)))
        seconds, after = time.perf_counter() - begun, look(pid)
    cpu_ms = (after.cpu_s - before.cpu_s) * 1000 / len(bodies)
    return {"a_second": len(bodies) / seconds, "cpu_ms": cpu_ms, "p50_ms": percentiles(waits)["p50"]}


def compare(names: tuple[str, str], servers: tuple[tuple[str, int], ...], path: str, make: Any, wanted: Any) -> None:
    """Alternating rounds, and the medians of each side."""
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for turn in range(wanted.rounds):
        for name, (url, pid) in zip(names, servers, strict=True):
            bodies = [make(turn * wanted.requests + n) for n in range(wanted.requests)]
            rounds[name].append(asyncio.run(round_of(url, pid, path, bodies, wanted.at_once)))
    out: dict[str, Any] = {"rounds": wanted.rounds, "requests": wanted.requests, "at_once": wanted.at_once}
    for name, seen in rounds.items():
        out[name] = {key: round(statistics.median(r[key] for r in seen), 2) for key in seen[0]}
    sys.stdout.write(json.dumps(out) + "\n")


def main(wanted: argparse.Namespace) -> None:
    if wanted.what == "streams":
        with server("-m", "bench.server.rates", "--serve", "full") as full:
            events = re.findall(r"event: (\w+)\ndata: (.*)\n", _stream(full[0]))
            with server("-m", "bench.server.rates", "--serve", "bare", TELAL_RATES_EVENTS=json.dumps(events)) as bare:
                make = lambda n: {"question": f"Who {n}?", "stream": True}  # noqa: E731  # or answers would be shared
                compare(("telal", "bare_fastapi"), (full, bare), "/v1/ask", make, wanted)
        return
    with tempfile.TemporaryDirectory(prefix="telal-rates-") as data:
        environment = {"TELAL_DATA_DIR": data}
        subprocess.run(
            [sys.executable, "-m", "telal", "ingest", "--starter"],
            env=os.environ | environment,
            check=True,
            capture_output=True,
        )
        with (
            server("-m", "telal", "serve", "--port", "0", **environment) as ours,
            server("-m", "bench.server.rates", "--serve", "tutorial") as other,
        ):
            make_query = lambda n: {"query": f"{QUERIES[n % len(QUERIES)]} {n}"}  # noqa: E731
            compare(("telal", "tutorial"), (ours, other), "/v1/search", make_query, wanted)


def _stream(url: str) -> str:
    lines = httpx.post(f"{url}/v1/ask", json={"question": "Who?", "stream": True}).text
    return re.sub(r"id: \d+\n", "", lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=["streams", "search"])
    parser.add_argument("--serve")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=4)
    chosen = parser.parse_args()
    serve(chosen.serve) if chosen.serve else main(chosen)
