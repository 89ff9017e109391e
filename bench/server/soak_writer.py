"""The writers of the soak test: articles pushed, changed, erased and ingested, and what has to be there in the end."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx


@dataclass
class Version:
    """One text of an article. It may be there from `begun` on (it was sent), and has to be from `acknowledged`."""

    text: str
    begun: float
    acknowledged: float = inf


@dataclass
class Erasure:
    """The same of an erasure."""

    begun: float
    acknowledged: float = inf


class WriteHistory:
    """Every version of every article that the writers wrote. Times are those of `time.monotonic`."""

    def __init__(self) -> None:
        self._versions: dict[str, list[Version]] = {}
        self._erasures: dict[str, Erasure] = {}

    def begin_write(self, name: str, text: str) -> Version:
        """Begins a write. Set the version's `acknowledged` when it is acknowledged."""
        version = Version(text, time.monotonic())
        self._versions.setdefault(name, []).append(version)
        return version

    def begin_erasure(self, name: str) -> Erasure:
        """Begins an erasure. Set its `acknowledged` when it is acknowledged."""
        erasure = self._erasures[name] = Erasure(time.monotonic())
        return erasure

    def knows(self, name: str) -> bool:
        """Is it an article of the writers?"""
        return name in self._versions

    def is_settled(self, name: str, since: float) -> bool:
        """Whether the article was unchanged from `since` until now: its last write acknowledged before, no erasure
        begun."""
        return name not in self._erasures and self._versions[name][-1].acknowledged <= since

    def possible_texts(self, name: str, asked: float) -> list[str]:
        """The texts that a request sent at `asked`, whose reply is here now, may have shown.

        A text is over once the next one, or the erasure, was acknowledged: a later request must not see it.
        """
        versions = self._versions[name]
        erasure = self._erasures.get(name)
        ends = [later.acknowledged for later in versions[1:]] + [erasure.acknowledged if erasure else inf]
        return [version.text for version, end in zip(versions, ends, strict=True) if end > asked]

    def expected_texts(self) -> dict[str, str | None]:
        """What must be there in the end: the last acknowledged text, None for an erased article.

        Articles whose last write or erasure was never acknowledged are left out, as nobody can know their state.
        """
        found: dict[str, str | None] = {}
        for name, versions in self._versions.items():
            erasure = self._erasures.get(name)
            if erasure is not None and erasure.acknowledged < inf:
                found[name] = None
            elif erasure is None and versions[-1].acknowledged < inf:
                found[name] = versions[-1].text
        return found


Act = tuple[Callable[[], Awaitable[None]], float]

FIRST_LOOK_S, LOOK_AGAIN_S = 3.0, 1.0
# An acknowledged article has to be found by then. The clock stands while replies say that an index is being built: it
# is after every erasure, and what is found by meaning alone among hundreds of like bulletins is chance.
SEEN_WITHIN_S = 9.0
GIVE_UP_S = 120.0  # an index that is still being built then is a fault of its own


class Writer:
    """Pushes, changes and erases its own articles; `history` records what the archive held and when."""

    def __init__(self, client: httpx.AsyncClient, data: Path, held: WriteHistory) -> None:
        self._client, self._data, self.history = client, data, held
        self._number = 0
        self._idle: list[str] = []  # written, and in no other act's hands
        self.done: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.found_after_s: list[float] = []

    def acts(self) -> list[Act]:
        """What is done, and every how many seconds."""
        return [(self.push, 8.0), (self.change, 30.0), (self.erase, 40.0), (self.ingest, 180.0)]

    async def push(self) -> None:
        record = self._record()
        await self._push(record, "new")
        await self._must_be_found(record["id"])

    async def change(self) -> None:
        if not self._idle:
            return
        chosen = self._take()
        self._number += 1
        await self._push(article(chosen, f"changed{self._number:06}"), "changed")
        await self._must_be_found(chosen)

    async def erase(self) -> None:
        if len(self._idle) < 3:
            return
        chosen = self._take()
        erasure = self.history.begin_erasure(chosen)
        path = f"/v1/admin/articles/{quote(chosen, safe='')}"
        (await self._client.delete(path, params={"reason": "soak"})).raise_for_status()
        erasure.acknowledged = time.monotonic()
        self.done["erase"] += 1
        if (await self._client.get(f"/v1/articles/{quote(chosen, safe='')}")).status_code != 410:
            self.wrong.append(f"{chosen} was erased and is there")
        await self._look(chosen)

    async def ingest(self) -> None:
        """`telal ingest` in a process of its own, beside the server."""
        records = [self._record() for _ in range(15)]
        file = self._data / "batch.jsonl"
        file.write_text("".join(json.dumps(r) + "\n" for r in records))
        environment = {**os.environ, "TELAL_DATA_DIR": str(self._data), "TELAL_EMBEDDING__THREADS": "1"}
        words = [sys.executable, "-m", "telal", "ingest", str(file)]
        pipe = asyncio.subprocess.PIPE
        versions = [self.history.begin_write(r["id"], r["text"]) for r in records]
        process = await asyncio.create_subprocess_exec(
            *words, env=environment, stdout=pipe, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await process.communicate()
        if process.returncode != 0:
            raise AssertionError(f"telal ingest failed: {said.decode()[-400:]}")
        for version in versions:
            version.acknowledged = time.monotonic()
        self._idle += [r["id"] for r in records]
        self.done["ingest"] += 1
        await self._must_be_found(records[-1]["id"])

    async def find_lost(self) -> list[str]:
        """Articles that were acknowledged and are not as they were last written; erased ones that came back."""
        lost = []
        for name, text in self.history.expected_texts().items():
            reply = await self._client.get(f"/v1/articles/{quote(name, safe='')}")
            if text is None and reply.status_code != 410:
                lost.append(f"{name} (erased)")
            elif text is not None and (reply.status_code != 200 or reply.json()["text"] != text):
                lost.append(name)
        return lost

    def _take(self) -> str:
        """One of the articles that are in nobody's hands."""
        return self._idle.pop(random.randrange(len(self._idle)))

    async def _push(self, record: dict[str, Any], outcome: str) -> None:
        """Writes it; the archive has to call it new or changed, whichever it is."""
        version = self.history.begin_write(record["id"], record["text"])
        reply = await self._client.post("/v1/admin/articles", json={"articles": [record]})
        taken = reply.raise_for_status().json()
        version.acknowledged = time.monotonic()
        if taken["rejected"] or taken[outcome] != 1:
            self.wrong.append(f"{record['id']}: {taken}")
        self._idle.append(record["id"])
        self.done["push"] += 1

    async def _must_be_found(self, name: str) -> None:
        """Looks until the article is found, as it was last written; wrong when it is not in time."""
        begun, waited = time.monotonic(), FIRST_LOOK_S
        await asyncio.sleep(FIRST_LOOK_S)
        while waited <= SEEN_WITHIN_S and time.monotonic() - begun < GIVE_UP_S:
            if not self.history.is_settled(name, begun):
                return  # another act has it now: that one's look is what counts
            found, degraded = await self._look(name)
            if found:
                self.found_after_s.append(round(time.monotonic() - begun, 1))
                self.done["found while an index was being built"] += degraded
                return
            self.done["looks while an index was being built"] += degraded
            waited += 0 if degraded else LOOK_AGAIN_S
            await asyncio.sleep(LOOK_AGAIN_S)
        if self.history.is_settled(name, begun):
            self.wrong.append(f"{name} was acknowledged and not found within {time.monotonic() - begun:.0f} s")

    async def _look(self, name: str) -> tuple[bool, bool]:
        """Is it found, and does the reply say that an index is being built? What is found must have been there."""
        asked = time.monotonic()
        body = {"query": f"bulletin {name.rsplit('/', 1)[1]}", "limit": 20}
        reply = (await self._client.post("/v1/search", json=body)).raise_for_status().json()
        passages = [hit["passage"] for hit in reply["hits"]]
        for p in passages:
            if self.history.knows(p["article_id"]) and not may_show(self.history, p, p["text"], asked):
                self.wrong.append(f"search showed {p['article_id']} as it no longer was: {p['text']}")
        return any(p["article_id"] == name for p in passages), bool(reply["notices"])

    def _record(self) -> dict[str, Any]:
        self._number += 1
        code = f"kod{self._number:06}"
        return article(f"soak/{code}", code)


def may_show(held: WriteHistory, place: dict[str, Any], said: str, asked: float) -> bool:
    """May a reply to a request sent at `asked` show these words at this place of one of the writers' articles?"""
    texts = held.possible_texts(place["article_id"], asked)
    return any(text[place["start"] : place["end"]] == said for text in texts)


def article(name: str, word: str) -> dict[str, Any]:
    code = name.rsplit("/", 1)[1]
    text = (
        f"The harbour office of a made-up town published bulletin {code} today. It speaks of {word} and nothing else."
    )
    return {"id": name, "title": f"Bulletin {code}", "text": text, "language": "en", "outlet": "Soak", "kind": "brief"}
