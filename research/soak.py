"""Everybody at a running server for a long time: `python -m research.soak URL --pid PID --key KEY` (an admin's key).

Readers ask, go on with suggestions, search, report and share answers, and come back in a conversation; an editor reads
the desk's pages, settles reports, pins answers and takes them back; a publisher pushes articles and erases them. Every
reply that is not as it should be is counted, an erased article that still answers too. Prints one JSON line a minute,
with the server's memory, threads and open files. The server's limits must be off (TELAL_SERVER__ASK_LIMIT=none, also
READ_LIMIT and FEEDBACK_LIMIT).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any

import httpx

from research.load import QUESTIONS, look, percentiles

THINK_S = (1.0, 6.0)  # of a reader
SESSION_S = 300.0  # after which the editor signs in anew
DESK_PAGES = ("asked", "reports", "log", "threshold", "pins", "sources", "articles", "sessions", "cases")
SECRET = "The ferry {0} carried {1} passengers to the fair at Loznica."


class Visitors:
    """All who call the server, and what they saw."""

    def __init__(self, client: httpx.AsyncClient, key: str, until: float) -> None:
        self.client, self.until = client, until
        self.admin = {"Authorization": f"Bearer {key}"}
        self.done: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.whole_ms: list[float] = []

    async def keep_on(self, turn: Callable[[], Awaitable[None]], pause_s: Sequence[float]) -> None:
        """One of them, until the end. What the server does not answer is counted too."""
        while time.monotonic() < self.until:
            try:
                await turn()
            except httpx.HTTPError as error:
                self.wrong[type(error).__name__] += 1
            await asyncio.sleep(random.uniform(*pause_s))

    async def call(self, method: str, path: str, expected: int = 200, **more: Any) -> Any:
        """The reply's JSON; None where there is none, or where it is not as expected."""
        name = f"{method} {'/'.join(path.split('/')[:4])}"
        reply = await self.client.request(method, path, **more)
        self.done[name] += 1
        if reply.status_code != expected:
            self.wrong[f"{name} {reply.status_code}"] += 1
            return None
        return reply.json() if reply.content else None

    async def reader(self) -> None:
        """A question, and what one reader in some does with its answer."""
        body = {"question": random.choice(QUESTIONS), "conversation": "new"}
        begun = time.perf_counter()
        answer = await self.call("POST", "/v1/ask", json=body)
        if answer is None:
            return
        self.whole_ms.append((time.perf_counter() - begun) * 1000)
        cited = [c["article_id"] for c in answer["citations"]]
        if cited and random.random() < 0.3:
            await self.call("POST", "/v1/suggestions", json={"articles": cited[:3], "asked": body["question"]})
        if random.random() < 0.2:
            await self.call("POST", "/v1/search", json={"query": body["question"]})
        if random.random() < 0.2:
            again = {"question": "And when?", "conversation": answer["conversation"]}
            await self.call("POST", "/v1/ask", json=again)
        if answer["status"] == "answered" and random.random() < 0.1:
            said = {"id": answer["id"], "verdict": random.choice(("wrong", "helpful")), "comment": "soak"}
            await self.call("POST", "/v1/feedback", 204, json=said)
        if answer["sentences"] and random.random() < 0.05:
            await self.call("POST", "/v1/shares", 201, json={"question": body["question"]})

    async def editor(self) -> None:
        """A session at the desk."""
        here = {"Origin": str(self.client.base_url).rstrip("/")}
        await self.call("POST", "/desk/api/session", 204, headers=self.admin | here)
        session = await self.call("GET", "/desk/api/session")
        ends = time.monotonic() + SESSION_S
        sent = here | {"X-Telal-Desk": session["csrf"]}
        while time.monotonic() < min(ends, self.until):
            for page in DESK_PAGES:
                found = await self.call("GET", f"/desk/api/{page}")
                if page == "reports" and found and found["reports"]:
                    one = next((r for r in found["reports"] if not r["settled"]), None)
                    if one:
                        body = {"outcome": "right", "word": "soak"}
                        await self.call("POST", f"/desk/api/reports/{one['report']}", 204, json=body, headers=sent)
            pin = {"questions": [f"What is soak {random.random()}?"], "kind": "silence"}
            if made := await self.call("POST", "/desk/api/pins", json=pin, headers=sent):
                await self.call("POST", "/desk/api/pins/withdraw", 204, json={"id": made["id"]}, headers=sent)
            await asyncio.sleep(5)
        await self.call("DELETE", "/desk/api/reports", 204, headers=sent)
        await self.call("DELETE", "/desk/api/session", headers=sent, expected=204)
        await self.call("GET", "/desk/api/log", 401)

    async def publisher(self) -> None:
        """Pushes an article, asks for it, erases it, asks again."""
        name = "".join(random.choices("abcdefghijklmnoprstuvz", k=9)).capitalize()
        text = SECRET.format(name, random.randint(1000, 9999))
        article = {"id": f"soak:{name}", "title": f"The ferry {name}", "text": text, "outlet": "Soak", "language": "en"}
        await self.call("POST", "/v1/admin/articles", json={"articles": [article]}, headers=self.admin)
        await asyncio.sleep(2)
        if not await self._finds(name, text):
            self.wrong["pushed and not found"] += 1
        erase = {"params": {"reason": "soak"}, "headers": self.admin}
        await self.call("DELETE", f"/v1/admin/articles/soak:{name}", 204, **erase)
        if await self._finds(name, text):
            self.wrong["erased and found"] += 1

    async def _finds(self, name: str, text: str) -> bool:
        question = f"How many passengers did the ferry {name} carry?"
        found = [await self.call("POST", "/v1/search", json={"query": question})]
        found.append(await self.call("POST", "/v1/ask", json={"question": question}))
        return text in json.dumps(found, ensure_ascii=False)


async def main(wanted: argparse.Namespace) -> None:
    begun = time.monotonic()
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=wanted.url, timeout=90, limits=limits) as client:
        all_of_them = Visitors(client, wanted.key, begun + wanted.minutes * 60)
        turns = [all_of_them.keep_on(all_of_them.reader, THINK_S) for _ in range(wanted.readers)]
        turns += [all_of_them.keep_on(all_of_them.editor, (1, 2)), all_of_them.keep_on(all_of_them.publisher, (3, 6))]
        visiting = asyncio.gather(*turns)
        while not visiting.done():
            await asyncio.wait([visiting], timeout=60)
            said = {
                "minutes": round((time.monotonic() - begun) / 60, 1),
                "calls": sum(all_of_them.done.values()),
                "wrong": dict(all_of_them.wrong),
                "whole_answer_ms": percentiles(all_of_them.whole_ms),
                **asdict(look(wanted.pid)),
            }
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()
        await visiting
    sys.stdout.write(json.dumps(dict(all_of_them.done.most_common())) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--pid", type=int, required=True, help="of the server, on this machine")
    parser.add_argument("--key", required=True, help="a secret key with the scopes admin and ingest")
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=60)
    asyncio.run(main(parser.parse_args()))
