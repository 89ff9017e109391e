"""The readers of the soak test: what they ask, and how they tell a wrong answer."""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from mcp import Client

from bench.server.soak_writer import Held, may_show

Act = tuple[Callable[[], Awaitable[None]], float]

# A question, and what its answer has to hold (a pattern); None: it has to be refused.
KNOWN: tuple[tuple[str, str | None], ...] = (
    ("Who signed the Tirana agreement?", "Pirro Vengu"),
    ("Ко је потписао споразум у Тирани?", "Pirro Vengu|Пиро Венгу"),
    ("Who won the 2031 election in Sarajevo?", None),
)
OTHERS = ("What happened in Kočani?", "Kada su bile poplave u Bosni?", "Kush e nënshkroi marrëveshjen e Tiranës?")
VANISH = 0.12


class Reader:
    """Asks in every way that there is; `wrong` lists answers that do not hold."""

    def __init__(self, client: httpx.AsyncClient, held: Held) -> None:
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
            return random.choice(KNOWN)
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
