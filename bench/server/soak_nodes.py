"""Everything at once against three nodes that fail: `python -m bench.server.soak_nodes --seconds 3600`.

Three nodes over one PostgreSQL, Chroma and Redis, behind HAProxy (cluster.py). Readers ask in every way
(soak_traffic.py); articles are pushed, changed, erased and ingested; keys are made and revoked; every few minutes a
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
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import SecretStr
from sqlalchemy import select

from api.auth.keys import KeyStore
from bench.server.cluster import Cluster, Node, cluster
from bench.server.servers import accepts
from bench.server.soak_held import Held
from bench.server.soak_traffic import KNOWN, OTHERS, Reader
from bench.server.soak_writer import article, may_show
from bench.server.watched import look, percentiles
from rag.config import ArchiveSettings, Settings
from rag.store.archive.archive import Archive
from rag.store.archive.open import shared_database
from rag.store.database.shared_tables import leases

ALL = ("ask", "search", "ingest", "admin")
POLL_S = 0.1
GIVE_UP_S = 120.0
KNOWN_S = 5.0  # by then every node knows a new key
CUT_S = 4.0  # after a kill the proxy may take so long to see it
TELL_S = 60.0


class Failures:
    """What failed: announced (503 with Retry-After), cut off by a kill of ours, or an error."""

    def __init__(self) -> None:
        self.announced = self.cut = 0
        self.errors: list[str] = []
        self._disturbed: list[tuple[float, float]] = []

    def disturbed(self, lasts_s: float = CUT_S) -> None:
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
            said = error.response.text[:200] if status else ""
            self.errors.append(f"{now:.0f} {where}: {error!r:.200} {said}")


class Story:
    """What is written and erased, and when each node knows of it."""

    def __init__(self, made: Cluster, clients: dict[str, httpx.AsyncClient], held: Held, failures: Failures) -> None:
        self.made, self.clients, self.held, self.failures = made, clients, held, failures
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
        version = self.held.writing(name, record["text"])
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
        erasure, begun = self.held.erasing(name), time.monotonic()
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
        file = self.made.folder / f"batch{self._number}.jsonl"
        file.write_text("".join(json.dumps(record) + "\n" for record in records))
        versions = [self.held.writing(record["id"], record["text"]) for record in records]
        await asyncio.to_thread(self.made.telal, "ingest", str(file))
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
            if self.held.knows(p["article_id"]) and not may_show(self.held, p, p["text"], asked):
                self.wrong.append(f"{node} showed {p['article_id']} as it no longer was: {p['text']}")
        mine = [p for p in passages if p["article_id"] == name]
        whole = {text for text in self.held.shown(name, asked) if any(p["text"] in text for p in mine)}
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


class Chaos:
    """Kills and updates, one after the other."""

    def __init__(self, story: Story, kinds: list[str], down_s: float) -> None:
        self.story, self.made, self.failures = story, story.made, story.failures
        self._kinds, self._down_s = kinds, down_s
        self.done: Counter[str] = Counter()
        self.ready_s: list[float] = []
        self.takeover_s: list[float] = []
        self._turn = 0

    async def strike(self) -> None:
        kind = self._kinds[self._turn % len(self._kinds)]
        node = self.made.nodes[self._turn % len(self.made.nodes)]
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
        self.failures.disturbed()
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
        self.failures.disturbed(30)
        await asyncio.to_thread(self.made.postgres.stop, signal.SIGQUIT)
        await asyncio.sleep(min(self._down_s, 5))
        await asyncio.to_thread(self.made.postgres.start)

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
    for question in (*(q for q, _ in KNOWN), *OTHERS, "What does bulletin kod000001 speak of?"):
        said = []
        for node in made.nodes:
            answer = (await clients[node.name].post("/v1/ask", json={"question": question})).raise_for_status().json()
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


async def lost(story: Story) -> list[str]:
    """Articles that are not as they were last acknowledged, on any node; erased ones that are there."""
    found = []
    for name, text in story.held.expected().items():
        for node in story.made.nodes:
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
    failures, held = Failures(), Held()
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
    indexes, gone, differ = await level(made), await lost(story), await alike(made, clients)
    problems = await asyncio.to_thread(story.archive.check)
    wrong, expected = reader.wrong + story.wrong, held.expected()
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
