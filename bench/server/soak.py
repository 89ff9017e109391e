"""Half an hour of everything at once against a server of its own: `python -m bench.server.soak --seconds 1800`.

Readers ask in streams and leave in the middle, programs ask by OpenAI's and MCP's ways, search, list and read; articles
are pushed, changed and erased, others come by `telal ingest`. Every answer is checked: each quote against its article,
known questions against what the starter corpus holds, quotes and hits against what the archive held meanwhile
(soak_writer.py); at the end every article that was acknowledged must be there, as it was last written. Prints a
line a minute and the figures as JSON; exit code 1 when anything was wrong, lost or an error.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from mcp import Client

from api.auth.keys import KeyStore
from bench.server.servers import Look, look, percentiles
from bench.server.soak_writer import WriteHistory, Writer, may_show

LOOK_S, TELL_S = 5.0, 60.0


def serve(data: Path) -> tuple[subprocess.Popen[str], str]:
    """A server over the starter corpus in `data`; its address."""
    environment = {**os.environ, "TELAL_DATA_DIR": str(data), "TELAL_EMBEDDING__THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment |= {"TELAL_SERVER__ASK_LIMIT": "none", "TELAL_SERVER__READ_LIMIT": "none"}
    telal = [sys.executable, "-m", "telal"]
    subprocess.run([*telal, "ingest", "--starter"], env=environment, check=True, capture_output=True)
    with (data / "server.log").open("w") as log:
        command = [*telal, "serve", "--port", "0"]
        server = subprocess.Popen(command, env=environment, stderr=log, stdout=log, text=True)
    while True:
        said = re.search(r"Serving (http://\S+)", (data / "server.log").read_text())
        if said:
            return server, said[1]
        if server.poll() is not None:
            raise SystemExit((data / "server.log").read_text())
        time.sleep(0.2)


async def repeat(act: Callable[[], Awaitable[None]], each_s: float, errors: list[str], until: float) -> None:
    """Does it again and again, at moments that are not regular; what goes wrong is written down."""
    while True:
        pause = random.expovariate(1 / each_s)
        if time.monotonic() + pause > until:
            return
        await asyncio.sleep(pause)
        try:
            await act()
        except Exception as error:  # the measure is how many there are
            errors.append(f"{act.__name__}: {error!r}")


async def watch(pid: int, looks: list[Look], reader: Reader, errors: list[str], begun: float) -> None:
    told = 0.0
    while True:
        looks.append(look(pid))
        if time.monotonic() - told > TELL_S:
            told = time.monotonic()
            line = f"{told - begun:6.0f} s  {looks[-1]}  {dict(reader.done)}  errors {len(errors)}\n"
            sys.stderr.write(line)
        await asyncio.sleep(LOOK_S)


def thirds(looks: list[Look]) -> dict[str, list[float]]:
    """Medians of the second, third and last sixth: the first one is the warming up."""
    parts = [looks[len(looks) * n // 6 : len(looks) * (n + 1) // 6] for n in (1, 3, 5)]
    return {name: [median(getattr(at, name) for at in part) for part in parts] for name in asdict(looks[0])}


async def main(wanted: argparse.Namespace) -> int:
    data = Path(tempfile.mkdtemp(prefix="telal-soak-"))
    server, url = serve(data)
    key = KeyStore(data).create("soak", kind="secret", scopes=("ask", "search", "ingest", "admin")).token
    errors: list[str] = []
    looks: list[Look] = []
    # shorter than the server's 5 s, or a request is sent at times to a connection that the server closes that moment
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=3)
    async with httpx.AsyncClient(
        base_url=url, timeout=60, limits=limits, headers={"Authorization": f"Bearer {key}"}
    ) as client:
        held = WriteHistory()
        reader, writer = Reader(client, held), Writer(client, data, held)
        begun = time.monotonic()
        watching = asyncio.create_task(watch(server.pid, looks, reader, errors, begun))
        acts = [*reader.acts(), *writer.acts()]
        until = begun + wanted.seconds
        await asyncio.gather(*(repeat(act, each_s * wanted.slower, errors, until) for act, each_s in acts))
        watching.cancel()
        looks.append(look(server.pid))
        await asyncio.sleep(3)
        lost, expected = await writer.find_lost(), held.expected_texts()
    server.send_signal(signal.SIGTERM)
    code = server.wait(30)
    wrong, erased = reader.wrong + writer.wrong, sum(text is None for text in expected.values())
    out = {
        "seconds": round(time.monotonic() - begun),
        "requests": dict(reader.done + writer.done),
        "errors": len(errors),
        "error_kinds": sorted(set(errors))[:10],
        "wrong": len(wrong),
        "wrong_first": wrong[:10],
        "articles": {"acknowledged": len(expected), "erased": erased, "lost": lost},
        "found_after_s": percentiles(writer.found_after_s) | {"most": max(writer.found_after_s, default=0)},
        "first_event_ms": percentiles(reader.first_ms),
        "server_cpu_share": round((looks[-1].cpu_s - looks[0].cpu_s) / (time.monotonic() - begun), 2),
        "second_fourth_last_sixth": {k: v for k, v in thirds(looks).items() if k != "cpu_s"},
        "exit_code": code,
        "faults_in_the_log": (data / "server.log").read_text().count("Traceback"),
    }
    sys.stdout.write(json.dumps(out, ensure_ascii=False, indent=1) + "\n")
    return bool(errors or wrong or lost or code)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--slower", type=float, default=1.0, help="factor on every pause")
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(main(parser.parse_args())))


Act = tuple[Callable[[], Awaitable[None]], float]

# A question, and what its answer has to hold (a pattern); None: it has to be refused.
KNOWN_ANSWERS: tuple[tuple[str, str | None], ...] = (
    ("Who signed the Tirana agreement?", "Pirro Vengu"),
    ("Ко је потписао споразум у Тирани?", "Pirro Vengu|Пиро Венгу"),
    ("Who won the 2031 election in Sarajevo?", None),
)
OTHERS = ("What happened in Kočani?", "Kada su bile poplave u Bosni?", "Kush e nënshkroi marrëveshjen e Tiranës?")
VANISH = 0.12


class Reader:
    """Asks in every way that there is; `wrong` lists answers that do not hold."""

    def __init__(self, client: httpx.AsyncClient, held: WriteHistory) -> None:
        self._client, self._held = client, held
        self._agent_url = str(client.base_url).rstrip("/") + "/mcp"
        self.done: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.first_ms: list[float] = []

    def acts(self) -> list[Act]:
        """What is done, and every how many seconds."""
        return [
            (self.stream, 1.0),
            (self.ask, 5.0),
            (self.chat, 15.0),
            (self.agent, 30.0),
            (self.search, 1.5),
            (self.browse, 3.0),
            (self.judge, 10.0),
            (self.look, 15.0),
            (self.mistake, 7.0),
        ]

    async def stream(self) -> None:
        question, expected = self._question()
        begun, event = time.monotonic(), ""
        vanishing = random.random() < VANISH
        async with self._client.stream("POST", "/v1/ask", json={"question": question, "stream": True}) as reply:
            reply.raise_for_status()
            async for line in reply.aiter_lines():
                if line.startswith("event: "):
                    if not event:
                        self.first_ms.append((time.monotonic() - begun) * 1000)
                    event = line.removeprefix("event: ")
                    if vanishing and event in ("passages", "delta") and random.random() < 0.6:
                        self.done["vanished"] += 1
                        return
                elif line.startswith("data: ") and event in ("answer", "error"):
                    self.done["stream"] += 1
                    await self._check(question, expected, json.loads(line.removeprefix("data: ")), begun)
                    return
        self.wrong.append(f"{question}: the stream ended after {event}")

    async def ask(self) -> None:
        question, expected = self._question()
        begun = time.monotonic()
        await self._check(question, expected, await self._post("/v1/ask", {"question": question}, "ask"), begun)

    async def chat(self) -> None:
        question, expected = self._question()
        body = {"model": "telal", "messages": [{"role": "user", "content": question}]}
        begun = time.monotonic()
        done = await self._post("/v1/chat/completions", body, "chat")
        await self._check(question, expected, done["telal"], begun)

    async def agent(self) -> None:
        async with Client(self._agent_url) as agent:
            found = await agent.call_tool("search", {"query": "poplave", "limit": 3})
        if not found.structured_content or not found.structured_content["hits"]:
            self.wrong.append("an agent found nothing")
        self.done["agent"] += 1

    async def search(self) -> None:
        text = random.choice(OTHERS) if random.random() < 0.5 else f"poplave {random.randrange(10_000)}"
        found = await self._post("/v1/search", {"query": text, "limit": random.randint(1, 30)}, "search")
        if not found["hits"]:
            self.wrong.append(f"nothing found for {text}")

    async def browse(self) -> None:
        page = (await self._client.get("/v1/articles", params={"limit": 5})).raise_for_status()
        chosen = random.choice(page.json()["articles"])
        reply = await self._client.get(f"/v1/articles/{chosen['id']}")
        if reply.status_code != 410:  # erased meanwhile
            reply.raise_for_status()
        self.done["browse"] += 1

    async def judge(self) -> None:
        body = {"id": f"{random.getrandbits(128):032x}", "verdict": "helpful"}
        (await self._client.post("/v1/feedback", json=body)).raise_for_status()
        self.done["feedback"] += 1

    async def look(self) -> None:
        for path in ("/readyz", "/metrics", "/v1/stats", "/v1/sources", "/", "/widget.js"):
            (await self._client.get(path)).raise_for_status()
        self.done["look"] += 1

    async def mistake(self) -> None:
        """What is wrong must be told, and must not cost anything that lasts."""
        reply = await self._client.post("/v1/ask", content=b"[" * 5000, headers={"Content-Type": "application/json"})
        if reply.status_code != 400:
            self.wrong.append(f"broken JSON: {reply.status_code}")
        self.done["mistake"] += 1

    def _question(self) -> tuple[str, str | None]:
        if random.random() < 0.6:
            return random.choice(KNOWN_ANSWERS)
        return f"{random.choice(OTHERS)} {random.randrange(1000)}", ""

    async def _post(self, path: str, body: dict[str, Any], name: str) -> Any:
        reply = (await self._client.post(path, json=body)).raise_for_status()
        self.done[name] += 1
        return reply.json()

    async def _check(self, question: str, expected: str | None, answer: dict[str, Any], asked: float) -> None:
        if "sentences" not in answer:
            raise RuntimeError(f"{question}: {answer}")  # the stream's last event was an error
        if expected is None and answer["status"] != "refused":
            self.wrong.append(f"{question} was answered: {answer['text']}")
        if expected and not re.search(expected, answer["text"]):
            self.wrong.append(f"{question}: {answer['text']}")
        for c in answer["citations"]:
            if not await self._holds(c, asked):
                self.wrong.append(f"{question}: the quote {c['number']} was not in {c['article_id']} then")

    async def _holds(self, citation: dict[str, Any], asked: float) -> bool:
        """Is the quote in its article, as that stood when it was asked or later? Nobody changes the starter corpus."""
        if self._held.knows(citation["article_id"]):
            return may_show(self._held, citation, citation["quote"], asked)
        text = (await self._client.get(f"/v1/articles/{citation['article_id']}")).raise_for_status().json()["text"]
        return bool(text[citation["start"] : citation["end"]] == citation["quote"])
