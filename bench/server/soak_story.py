"""What the soak of three nodes writes, erases and revokes, when each node knows of it, and what failed meanwhile."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from api.auth.keys import KeyStore
from bench.server.cluster import Cluster, Node
from bench.server.servers import accepts
from bench.server.soak_writer import WriteHistory, article, may_show
from rag.config import ArchiveSettings, Settings
from rag.store.archive.archive import Archive
from rag.store.archive.open import shared_database

ALL = ("ask", "search", "ingest", "admin")
POLL_S = 0.1
GIVE_UP_S = 120.0
KNOWN_S = 5.0  # by then every node knows a new key
CUT_S = 4.0  # after a kill the proxy may take so long to see it


class Failures:
    """What failed: announced (503 with Retry-After), cut off by a kill of ours, or an error."""

    def __init__(self) -> None:
        self.announced = self.cut = 0
        self.errors: list[str] = []
        self._disturbed: list[tuple[float, float]] = []

    def note_disturbance(self, lasts_s: float = CUT_S) -> None:
        """Something was killed just now, or is mended just now."""
        self._disturbed.append((time.monotonic(), time.monotonic() + lasts_s))

    def note(self, where: str, error: Exception, begun: float) -> None:
        """`begun`: when it was sent."""
        now = time.monotonic()
        status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else 0
        if status == 503 and "Retry-After" in error.response.headers:
            self.announced += 1
        elif status in (0, 502, 503, 504) and any(begun <= end and now >= start for start, end in self._disturbed):
            self.cut += 1
        else:
            response = error.response if isinstance(error, httpx.HTTPStatusError) else None
            said = response.text[:200] if response is not None and response.is_closed else ""
            self.errors.append(f"{now:.0f} {where}: {error!r:.200} {said}")


class Story:
    """What is written and erased, and when each node knows of it."""

    def __init__(
        self, made: Cluster, clients: dict[str, httpx.AsyncClient], held: WriteHistory, failures: Failures
    ) -> None:
        self.cluster, self.clients, self.history, self.failures = made, clients, held, failures
        self.proxy = clients["proxy"]
        self.up = {node.name for node in made.nodes}
        self.wrong: list[str] = []
        self.done: Counter[str] = Counter()
        self.times: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        self.idle: list[str] = []  # written, and in no other act's hands
        self._number = 0
        settings = Settings(
            data_dir=made.folder / "soak", archive=ArchiveSettings(url=SecretStr(made.database), busy_timeout_s=20)
        )
        self.archive = Archive.open(settings)
        self.database = shared_database(settings)
        assert self.database is not None
        self.keys = KeyStore(made.folder / "soak", self.database)

    async def publish(self) -> None:
        self._number += 1
        code = f"kod{self._number:06}"
        await self._write(article(f"soak/{code}", code), "publish")

    async def change(self) -> None:
        if self.idle:
            self._number += 1
            await self._write(article(self._take(), f"changed{self._number:06}"), "change")

    async def _write(self, record: dict[str, Any], what: str) -> None:
        name = record["id"]
        version = self.history.begin_write(name, record["text"])
        await self._surely(self.proxy, "POST", "/v1/admin/articles", json={"articles": [record]})
        version.acknowledged = time.monotonic()
        self.done[what] += 1
        await asyncio.gather(*(self._known(node, record, version.acknowledged) for node in sorted(self.up)))
        self.idle.append(name)

    async def _known(self, node: str, record: dict[str, Any], since: float) -> None:
        """From acknowledged to found, and to an answer that quotes it, on one node."""
        name, text = record["id"], record["text"]
        word = text.split("speaks of ")[1].split()[0]
        while node in self.up and time.monotonic() < since + GIVE_UP_S:
            found = await self._look(node, name, f"bulletin {name.rsplit('/', 1)[1]} {word}")
            if text in found:
                self.times["published_found_s"][node].append(time.monotonic() - since)
                await self._answered(node, name, f"What does bulletin {name.rsplit('/', 1)[1]} speak of?", since)
                return
            await asyncio.sleep(POLL_S)
        if node in self.up:
            self.wrong.append(f"{name} was not found on {node} within {GIVE_UP_S:g} s")

    async def _answered(self, node: str, name: str, question: str, since: float) -> None:
        answer = await self._try(node, "POST", "/v1/ask", json={"question": question})
        if answer is not None:
            cited = any(c["article_id"] == name for c in answer.json()["citations"])
            self.done["answered with another source, or not"] += not cited
            if cited:
                self.times["published_answered_s"][node].append(time.monotonic() - since)

    async def erase(self, then: Callable[[str], Awaitable[None]] | None = None) -> None:
        if len(self.idle) < 3:
            return
        name = self._take()
        erasure, begun = self.history.begin_erasure(name), time.monotonic()
        watches = [asyncio.create_task(self._gone(node, name, begun)) for node in sorted(self.up)]
        path = f"/v1/admin/articles/{quote(name, safe='')}?reason=soak"
        await self._surely(self.proxy, "DELETE", path)
        erasure.acknowledged = time.monotonic()
        self.times["erasure_acknowledged_s"]["proxy"].append(erasure.acknowledged - begun)
        await asyncio.gather(*watches)
        self.done["erase"] += 1
        if then is not None:
            await then(name)

    async def _gone(self, node: str, name: str, since: float) -> None:
        """From the order to the first request that a node answers with nothing of it."""
        while node in self.up and time.monotonic() < since + GIVE_UP_S:
            sent = time.monotonic()
            page = await self._try(node, "GET", f"/v1/articles/{quote(name, safe='')}", also=(410,))
            found = await self._look(node, name, f"bulletin {name.rsplit('/', 1)[1]}")
            if page is not None and page.status_code == 410 and not found:
                self.times["erased_gone_s"][node].append(sent - since)
                return
            await asyncio.sleep(POLL_S)
        if node in self.up:
            self.wrong.append(f"{name} was erased and is there on {node}")

    async def revoke(self) -> None:
        """A key that every node takes, and then none: each wrong try counts, and ten a minute are all that is taken."""
        made = await asyncio.to_thread(self.keys.create, "passing", kind="secret", scopes=ALL)
        await asyncio.sleep(KNOWN_S)
        nodes = sorted(self.up)
        await asyncio.gather(*(self._until(node, made.token, 200, time.monotonic()) for node in nodes))
        await asyncio.to_thread(self.keys.revoke, made.key.id)
        begun = time.monotonic()
        await asyncio.gather(*(self._until(node, made.token, 401, begun) for node in nodes))
        self.done["revoke"] += 1

    async def _until(self, node: str, token: str, code: int, since: float) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        while node in self.up and time.monotonic() < since + GIVE_UP_S:
            reply = await self._try(node, "GET", "/v1/stats", also=(401,), headers=headers)
            if reply is not None and reply.status_code == code:
                if code == 401:
                    self.times["revoked_refused_s"][node].append(time.monotonic() - since)
                return
            await asyncio.sleep(KNOWN_S if code == 200 else POLL_S)
        if node in self.up:
            self.wrong.append(f"a key had not {code} on {node} within {GIVE_UP_S:g} s")

    async def ingest(self) -> None:
        """`telal ingest` in a process of its own, as a watcher does."""
        self._number += 15
        numbers = range(self._number - 14, self._number + 1)
        records = [article(f"soak/kod{n:06}", f"kod{n:06}") for n in numbers]
        file = self.cluster.folder / f"batch{self._number}.jsonl"
        file.write_text("".join(json.dumps(record) + "\n" for record in records))
        versions = [self.history.begin_write(record["id"], record["text"]) for record in records]
        await asyncio.to_thread(self.cluster.telal, "ingest", str(file))
        for version in versions:
            version.acknowledged = time.monotonic()
        self.done["ingest"] += 1
        nodes = sorted(self.up)
        await asyncio.gather(*(self._known(node, records[-1], versions[-1].acknowledged) for node in nodes))
        self.idle += [record["id"] for record in records]

    async def shows_nothing_of(self, names: list[str], node: Node) -> None:
        """From its first moment on, a node that comes back shows nothing of what was erased while it was down."""
        end = None
        while end is None or time.monotonic() < end:
            if accepts(node.port):
                for name in names:
                    await self._look(node.name, name, f"bulletin {name.rsplit('/', 1)[1]}", told=False)
                    path = f"/v1/articles/{quote(name, safe='')}"
                    page = await self._try(node.name, "GET", path, also=(410, 404), told=False)
                    if page is not None and page.status_code == 200:
                        self.wrong.append(f"{node.name} came back and shows {name}")
                    self.done["looks for erased articles as a node comes back"] += page is not None
                ready = await self._try(node.name, "GET", "/readyz", told=False)
                if end is None and ready is not None:
                    end = time.monotonic() + 3
            await asyncio.sleep(POLL_S)

    async def _look(self, node: str, name: str, query: str, *, told: bool = True) -> list[str]:
        """The passages of an article that a node finds; what is found must have been there."""
        asked = time.monotonic()
        reply = await self._try(node, "POST", "/v1/search", json={"query": query, "limit": 8}, told=told)
        passages = [hit["passage"] for hit in reply.json()["hits"]] if reply is not None else []
        for p in passages:
            if self.history.knows(p["article_id"]) and not may_show(self.history, p, p["text"], asked):
                self.wrong.append(f"{node} showed {p['article_id']} as it no longer was: {p['text']}")
        mine = [p for p in passages if p["article_id"] == name]
        whole = {text for text in self.history.possible_texts(name, asked) if any(p["text"] in text for p in mine)}
        exact = [text for text in whole if all(text[p["start"] : p["end"]] == p["text"] for p in mine)]
        return exact if mine else []

    async def _try(
        self, node: str, method: str, path: str, *, also: tuple[int, ...] = (), told: bool = True, **given: Any
    ) -> httpx.Response | None:
        """A node's reply; None when it failed, which is noted if the node should be up."""
        begun = time.monotonic()
        try:
            reply = await self.clients[node].request(method, path, **given)
            if reply.status_code not in also:
                reply.raise_for_status()
            return reply
        except httpx.HTTPError as error:
            if told and node in self.up:
                self.failures.note(f"{node} {path}", error, begun)
            return None

    async def _surely(self, client: httpx.AsyncClient, method: str, path: str, **given: Any) -> None:
        """Once more until it is acknowledged, as a program that writes has to."""
        for _ in range(200):
            begun = time.monotonic()
            try:
                (await client.request(method, path, **given)).raise_for_status()
                return
            except httpx.HTTPError as error:
                self.failures.note(f"{method} {path}", error, begun)
                await asyncio.sleep(0.3)
        self.wrong.append(f"{method} {path} was never acknowledged")

    def _take(self) -> str:
        return self.idle.pop(random.randrange(len(self.idle)))
