"""Everything at once against three nodes that fail: `python -m bench.server.soak_nodes --seconds 3600`.

Three nodes over one PostgreSQL, Chroma and Redis, behind HAProxy (cluster.py). Readers ask in every way
(soak.py); articles are pushed, changed, erased and ingested; keys are made and revoked; every few minutes a
node is killed and comes back, or is updated in good order, or PostgreSQL is killed. Measured on every node: from
published to found and to answered, from the order to erase to gone, from revoked to refused; after a kill: ready
again, and another writes to Chroma. At the end nothing acknowledged may be lost or twice, and all nodes must answer
alike. Prints a line a minute and the figures as JSON; exit code 1 when anything was wrong, lost or an error that
nobody announced.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from sqlalchemy import select

from bench.server.cluster import Cluster, Node, cluster
from bench.server.servers import look, percentiles
from bench.server.soak import KNOWN_ANSWERS, OTHERS, Reader
from bench.server.soak_story import ALL, GIVE_UP_S, Failures, Story
from bench.server.soak_writer import WriteHistory
from rag.store.database.shared_tables import leases

TELL_S = 60.0


class Chaos:
    """Kills and updates, one after the other."""

    def __init__(self, story: Story, kinds: list[str], down_s: float) -> None:
        self.story, self.cluster, self.failures = story, story.cluster, story.failures
        self._kinds, self._down_s = kinds, down_s
        self.done: Counter[str] = Counter()
        self.ready_s: list[float] = []
        self.takeover_s: list[float] = []
        self._turn = 0

    async def strike(self) -> None:
        kind = self._kinds[self._turn % len(self._kinds)]
        node = self.cluster.nodes[self._turn % len(self.cluster.nodes)]
        self._turn += 1
        if kind == "postgres":
            await self._kill_postgres()
        elif kind == "update":
            await self._update(node)
        else:
            await self._kill(node)
        self.done[kind] += 1

    async def _kill(self, node: Node) -> None:
        holder = await asyncio.to_thread(self._holder)
        self.story.up.discard(node.name)
        self.failures.note_disturbance()
        node.stop(signal.SIGKILL)
        killed, erased = time.monotonic(), []

        async def remember(name: str) -> None:
            erased.append(name)

        await asyncio.gather(self._taken_over(holder, killed), self.story.erase(remember))
        await asyncio.sleep(max(0.0, killed + self._down_s - time.monotonic()))
        await self._back(node, erased)

    async def _back(self, node: Node, erased: list[str]) -> None:
        node.start(wait=False)
        await self.story.shows_nothing_of(erased, node)
        self.ready_s.append(time.monotonic() - node.started - 3)
        self.story.up.add(node.name)

    async def _update(self, node: Node) -> None:
        """In good order: no failure is excused. The node itself is looked at no more, the proxy is."""
        self.story.up.discard(node.name)
        await asyncio.to_thread(node.stop)
        await self._back(node, [])

    async def _kill_postgres(self) -> None:
        self.failures.note_disturbance(30)
        await asyncio.to_thread(self.cluster.postgres.stop, signal.SIGQUIT)
        await asyncio.sleep(min(self._down_s, 5))
        await asyncio.to_thread(self.cluster.postgres.start)

    def _holder(self) -> tuple[str, float] | None:
        with self.story.database.reading() as connection:
            row = connection.execute(select(leases)).first()
        return (row.holder, row.until) if row else None

    async def _taken_over(self, before: tuple[str, float] | None, killed: float) -> None:
        """Seconds until another process holds the lease; nothing when the killed one did not hold it."""
        while before is not None and time.monotonic() < killed + 30:
            now = await asyncio.to_thread(self._holder)
            if now is not None and now[0] != before[0]:
                self.takeover_s.append(time.monotonic() - killed)
                return
            if now is not None and now[1] > before[1] and time.monotonic() > killed + 4:
                return  # its holder lives
            await asyncio.sleep(0.1)


async def repeat(act: Callable[[], Awaitable[None]], each_s: float, failures: Failures, until: float) -> None:
    """Does it again and again, at moments that are not regular."""
    while True:
        pause = random.expovariate(1 / each_s)
        if time.monotonic() + pause > until:
            return
        await asyncio.sleep(pause)
        begun = time.monotonic()
        try:
            await act()
        except Exception as error:  # the measure is how many there are
            failures.note(getattr(act, "__name__", str(act)), error, begun)


async def strikes(chaos: Chaos, every_s: float, until: float) -> None:
    at = time.monotonic() + every_s
    while at < until - 45:  # the last one has to be over in the end
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        at += every_s
        await chaos.strike()


async def tell(story: Story, reader: Reader, chaos: Chaos, begun: float) -> None:
    said: set[str] = set()
    while True:
        await asyncio.sleep(TELL_S)
        load = Path("/proc/loadavg").read_text().split()[0]
        failures = story.failures
        sys.stderr.write(
            f"{time.monotonic() - begun:6.0f} s  load {load}  {dict(reader.done + story.done)}  {dict(chaos.done)}  "
            f"wrong {len(story.wrong) + len(reader.wrong)}  errors {len(failures.errors)}  "
            f"announced {failures.announced}  cut {failures.cut}\n"
        )
        news = [line for line in (*failures.errors, *story.wrong, *reader.wrong) if line not in said]
        said.update(news)
        sys.stderr.write("".join(f"         {line}\n" for line in news))
        sys.stderr.flush()


async def alike(made: Cluster, clients: dict[str, httpx.AsyncClient]) -> list[str]:
    """Questions that the nodes do not answer alike."""
    differ = []
    for question in (*(q for q, _ in KNOWN_ANSWERS), *OTHERS, "What does bulletin kod000001 speak of?"):
        said: list[Any] = []
        for node in made.nodes:
            reply = await clients[node.name].post("/v1/ask", json={"question": question})
            answer = reply.json() if reply.is_success else {"text": reply.text, "citations": []}
            said.append((answer["text"], [(c["passage_id"], c["quote"]) for c in answer["citations"]]))
        if said.count(said[0]) != len(said):
            differ.append(f"{question}: {said}")
    return differ


async def level(made: Cluster) -> dict[str, dict]:
    """Every node's indexes once they are at the archive's last change, or as they are after two minutes."""
    end = time.monotonic() + GIVE_UP_S
    while True:
        found = {node.name: (await asyncio.to_thread(node.status))["indexes"] for node in made.nodes}
        changes = {index[name] for index in found.values() for name in _CHANGES}
        if len(changes) == 1 or time.monotonic() > end:
            return found
        await asyncio.sleep(0.5)


_CHANGES = ("keyword_change", "exact_change", "chroma_change", "last_change")


async def find_lost(story: Story) -> list[str]:
    """Articles that are not as they were last acknowledged, on any node; erased ones that are there."""
    found = []
    for name, text in story.history.expected_texts().items():
        for node in story.cluster.nodes:
            reply = await story.clients[node.name].get(f"/v1/articles/{quote(name, safe='')}")
            there = reply.json()["text"] if reply.status_code == 200 else None
            if there != text:
                found.append(f"{name} on {node.name}: {reply.status_code}")
    return found


def figures(times: dict[str, dict[str, list[float]]]) -> dict[str, Any]:
    """p50, p95 and the most of each time, in seconds, by node."""

    def of(values: list[float]) -> dict[str, float]:
        ordered = sorted(values)
        rank = {p: ordered[min(len(ordered) - 1, len(ordered) * p // 100)] for p in (50, 95)}
        most = {"most": round(ordered[-1], 3), "n": len(ordered)}
        return {f"p{p}": round(value, 3) for p, value in rank.items()} | most

    return {name: {node: of(values) for node, values in sorted(by.items())} for name, by in sorted(times.items())}


async def main(wanted: argparse.Namespace, made: Cluster) -> int:
    failures, held = Failures(), WriteHistory()
    urls = {"proxy": made.proxy.url} | {node.name: node.url for node in made.nodes}
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=3)
    clients = {name: httpx.AsyncClient(base_url=url, timeout=90, limits=limits) for name, url in urls.items()}
    story = Story(made, clients, held, failures)
    key = story.keys.create("soak", kind="secret", scopes=ALL).token
    for client in clients.values():
        client.headers["Authorization"] = f"Bearer {key}"
    await asyncio.sleep(2)  # until every node knows the key
    reader = Reader(clients["proxy"], held)
    chaos = Chaos(story, wanted.kinds.split(","), wanted.down)
    begun = time.monotonic()
    until = begun + wanted.seconds
    own = [(story.publish, 12), (story.change, 45), (story.erase, 30), (story.revoke, 40), (story.ingest, 240)]
    telling = asyncio.create_task(tell(story, reader, chaos, begun))
    acts = [(act, each_s * wanted.slower) for act, each_s in [*reader.acts(), *own]]
    await asyncio.gather(
        *(repeat(act, each_s, failures, until) for act, each_s in acts), strikes(chaos, wanted.every, until)
    )
    telling.cancel()
    indexes, gone, differ = await level(made), await find_lost(story), await alike(made, clients)
    problems = await asyncio.to_thread(story.archive.check)
    wrong, expected = reader.wrong + story.wrong, held.expected_texts()
    uneven = [name for name, index in indexes.items() if len({index[one] for one in _CHANGES}) != 1]
    memory = {node.name: look(node.process.pid).memory_mb for node in made.nodes}
    for client in clients.values():
        await client.aclose()
    codes = []
    for node in made.nodes:
        process = node.process
        await asyncio.to_thread(node.stop)
        codes.append(process.returncode)
    out = {
        "seconds": round(time.monotonic() - begun),
        "requests": dict(reader.done + story.done),
        "strikes": dict(chaos.done),
        "announced_503": failures.announced,
        "cut_off_by_a_kill": failures.cut,
        "errors": len(failures.errors),
        "errors_first": failures.errors[:10],
        "wrong": len(wrong),
        "wrong_first": wrong[:10],
        "articles": {
            "acknowledged": len(expected),
            "erased": sum(text is None for text in expected.values()),
            "lost": gone[:10],
        },
        "archive_check": problems[:10],
        "nodes_not_level": uneven,
        "answers_that_differ": differ[:5],
        "times": figures(story.times),
        "first_event_ms": percentiles(reader.first_ms),
        "ready_after_start_s": [round(s, 1) for s in chaos.ready_s],
        "lease_taken_over_s": [round(s, 1) for s in chaos.takeover_s],
        "memory_mb": memory,
        "exit_codes": codes,
        "tracebacks_in_logs": sum(node.log.read_text().count("Traceback") for node in made.nodes),
    }
    sys.stdout.write(json.dumps(out, ensure_ascii=False, indent=1) + "\n")
    return bool(failures.errors or wrong or gone or problems or uneven or differ or any(codes))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--slower", type=float, default=1.0, help="factor on every pause between requests")
    parser.add_argument("--every", type=float, default=150.0, help="seconds from one strike to the next")
    parser.add_argument("--kinds", default="node,update", help="strikes in turn: node, update, postgres")
    parser.add_argument("--down", type=float, default=12.0, help="seconds for which what was killed is gone")
    parser.add_argument("--folder", type=Path, help="for logs and indexes; kept; default: a temporary one")
    asked = parser.parse_args()
    place = asked.folder or Path(tempfile.mkdtemp(prefix="telal-soak-"))
    place.mkdir(parents=True, exist_ok=True)
    with cluster(place) as running:
        code = asyncio.run(main(asked, running.start()))
    sys.exit(code)
