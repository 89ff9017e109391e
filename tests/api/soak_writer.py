"""The writers of the soak test: articles pushed, changed, erased and ingested, and what has to be there in the end."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

Act = tuple[Callable[[], Awaitable[None]], float]

SEEN_WITHIN_S = 3.0  # an acknowledged article has to be found by then


class Writer:
    """Pushes, changes and erases its own articles; `held` is what was acknowledged, by id."""

    def __init__(self, client: httpx.AsyncClient, data: Path) -> None:
        self._client, self._data = client, data
        self._number = 0
        self.held: dict[str, str] = {}
        self.erased: set[str] = set()
        self.done: Counter[str] = Counter()

    def acts(self) -> list[Act]:
        """What is done, and every how many seconds."""
        return [(self.push, 8.0), (self.change, 30.0), (self.erase, 40.0), (self.ingest, 180.0)]

    async def push(self) -> None:
        record = self._record()
        await self._push(record)
        for waited in (1, 2, 3):
            await asyncio.sleep(SEEN_WITHIN_S)
            if record["id"] not in self.held or await self._found(record["id"]):
                return
            # late: it was changed this very moment, or the keyword index is being built anew after an erasure
            self.done[f"found only after {waited * SEEN_WITHIN_S:.0f} s"] += 1
        raise AssertionError(f"{record['id']} was acknowledged and is not found")

    async def change(self) -> None:
        if not self.held:
            return
        chosen = random.choice(list(self.held))
        del self.held[chosen]  # so that it is not erased meanwhile; `_push` holds it again
        self._number += 1
        await self._push(_article(chosen, f"changed{self._number:06}"))

    async def erase(self) -> None:
        if len(self.held) < 3:
            return
        chosen = random.choice(list(self.held))
        del self.held[chosen]
        path = f"/v1/admin/articles/{quote(chosen, safe='')}"
        (await self._client.delete(path, params={"reason": "soak"})).raise_for_status()
        self.erased.add(chosen)
        self.done["erase"] += 1
        if (await self._client.get(f"/v1/articles/{quote(chosen, safe='')}")).status_code != 410:
            raise AssertionError(f"{chosen} was erased and is there")
        if await self._found(chosen):
            raise AssertionError(f"{chosen} was erased and is found")

    async def ingest(self) -> None:
        """`telal ingest` in a process of its own, beside the server."""
        records = [self._record() for _ in range(15)]
        file = self._data / "batch.jsonl"
        file.write_text("".join(json.dumps(r) + "\n" for r in records))
        environment = {**os.environ, "TELAL_DATA_DIR": str(self._data), "TELAL_EMBEDDING__THREADS": "1"}
        words = [sys.executable, "-m", "telal", "ingest", str(file)]
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*words, env=environment, stdout=quiet, stderr=quiet)
        if await process.wait() != 0:
            raise AssertionError("telal ingest failed")
        self.held |= {r["id"]: r["text"] for r in records}
        self.done["ingest"] += 1

    async def lost(self) -> list[str]:
        """Articles that were acknowledged and are not as they were last written; erased ones that came back."""
        lost = []
        for name, text in self.held.items():
            reply = await self._client.get(f"/v1/articles/{quote(name, safe='')}")
            if reply.status_code != 200 or reply.json()["text"] != text:
                lost.append(name)
        for name in self.erased:
            if (await self._client.get(f"/v1/articles/{quote(name, safe='')}")).status_code != 410:
                lost.append(f"{name} (erased)")
        return lost

    async def _push(self, record: dict[str, Any]) -> None:
        reply = await self._client.post("/v1/admin/articles", json={"articles": [record]})
        taken = reply.raise_for_status().json()
        if taken["rejected"] or taken["new"] + taken["changed"] != 1:
            raise AssertionError(f"{record['id']}: {taken}")
        self.held[record["id"]] = record["text"]
        self.done["push"] += 1

    async def _found(self, name: str) -> bool:
        code = name.rsplit("/", 1)[1]
        found = await self._client.post("/v1/search", json={"query": f"bulletin {code}", "limit": 20})
        return any(hit["passage"]["article_id"] == name for hit in found.raise_for_status().json()["hits"])

    def _record(self) -> dict[str, Any]:
        self._number += 1
        code = f"kod{self._number:06}"
        return _article(f"soak/{code}", code)


def _article(name: str, word: str) -> dict[str, Any]:
    code = name.rsplit("/", 1)[1]
    text = (
        f"The harbour office of a made-up town published bulletin {code} today. It speaks of {word} and nothing else."
    )
    return {"id": name, "title": f"Bulletin {code}", "text": text, "language": "en", "outlet": "Soak", "kind": "brief"}
