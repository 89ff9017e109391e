"""Nodes whose databases fall silent, and what readers of the proxy get: `python tests/api/silence.py telal-data`.

Three nodes over one PostgreSQL behind the proxy of deploy/haproxy.cfg, each with a wire of its own to the database.
In turn one wire, two wires and again one fall silent (connections stay open and nothing comes through) or are cut, and
are mended, while readers ask for answers, streams, searches and stories all the time. Prints one JSON line a minute,
and the sums at the end; exit code 1 when a reader got anything but an answer.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx

from research.load import QUESTIONS, look, percentiles
from support.cluster import Cluster, Node, cluster
from support.servers import Wire, until

FAULTS = ("silence", "cut")
READY_S = 0.1  # how often a silent node is asked whether it is ready


@dataclass
class Seen:
    """What readers got. `lost`: by what they got in place of an answer, and while how many nodes were without one."""

    asked: Counter[str] = field(default_factory=Counter)
    lost: list[dict[str, object]] = field(default_factory=list)
    whole_ms: dict[int, list[float]] = field(default_factory=lambda: {0: [], 1: [], 2: []})
    again: int = 0  # streams that had begun and broke off, and were asked again, as the page does
    told_s: list[float] = field(default_factory=list)  # from the silence to the first 503 of /readyz
    ready_s: list[float] = field(default_factory=list)  # how long a silent node took to say so
    back_s: list[float] = field(default_factory=list)  # from the mending to the first 200
    without: int = 0  # nodes that have no database at the moment


def ask(client: httpx.Client, how: str, seen: Seen) -> str:
    """One question of a reader; "" for an answer, else what came."""
    question = random.choice(QUESTIONS)
    match how:
        case "answer":
            reply = client.post("/v1/ask", json={"question": question})
            whole = '"citations"' in reply.text
        case "stream":
            for first in (True, False):
                reply = client.post("/v1/ask", json={"question": question, "stream": True})
                whole = "event: answer" in reply.text
                if whole or "event: passages" not in reply.text:
                    break
                seen.again += first
        case "search":
            reply = client.post("/v1/search", json={"query": question})
            whole = '"hits"' in reply.text
        case _:
            reply = client.get("/v1/stories?language=en")
            whole = '"stories"' in reply.text
    return "" if reply.status_code == 200 and whole else f"{reply.status_code} {reply.text[-300:]}"


def reader(url: str, number: int, pause: tuple[float, float], seen: Seen, over: threading.Event) -> None:
    """Asks until it is over, by a new connection each time, as another reader would."""
    ways = cycle(("stream", "answer", "stream", "search", "stories"))
    for _ in range(number):
        next(ways)
    while not over.wait(random.uniform(*pause)):
        how, before, begun = next(ways), seen.without, time.monotonic()
        try:
            with httpx.Client(base_url=url, timeout=90) as client:
                wrong = ask(client, how, seen)
        except httpx.HTTPError as error:
            wrong = repr(error)
        took = time.monotonic() - begun
        seen.asked[how] += 1
        seen.whole_ms[max(before, seen.without)].append(took * 1000)
        if wrong:
            row = {"how": how, "got": wrong, "took_s": round(took, 2), "without": [before, seen.without]}
            seen.lost.append(row)
            sys.stdout.write(json.dumps({"lost": row}, ensure_ascii=False) + "\n")


def told(node: Node, seen: Seen) -> None:
    """Waits until a node says that it is not ready."""
    begun = time.monotonic()
    while time.monotonic() < begun + 20:
        asked = time.monotonic()
        try:
            ready = httpx.get(f"{node.url}/readyz", timeout=20).status_code == 200
        except httpx.HTTPError:
            ready = False
        seen.ready_s.append(time.monotonic() - asked)
        if not ready:
            break
        time.sleep(READY_S)
    seen.told_s.append(time.monotonic() - begun)


def back(node: Node, seen: Seen) -> None:
    """Waits until a node is ready again."""
    seen.back_s.append(until(node.ready, within_s=120, each_s=0.2))


def trouble(made: Cluster, wires: list[Wire], lasts_s: float, seen: Seen, until_at: float) -> None:
    """Takes databases away and gives them back, another node and another fault each time, until a moment."""
    turn = 0
    while time.monotonic() < until_at:
        time.sleep(lasts_s)
        first, second = turn % 3, (turn + 1) % 3
        gone = [first] if turn % 2 == 0 else [first, second]
        for n in gone:
            seen.without += 1
            getattr(wires[n], FAULTS[turn // 2 % 2])()
            told(made.nodes[n], seen)
        time.sleep(lasts_s)
        for n in gone:
            wires[n].mend()
            back(made.nodes[n], seen)
            seen.without -= 1
        turn += 1


def report(made: Cluster, seen: Seen, begun: float) -> dict[str, object]:
    """What is printed each minute."""
    whole = {f"{n} without": percentiles(ms) | {"most": round(max(ms, default=0))} for n, ms in seen.whole_ms.items()}
    return {
        "minutes": round((time.monotonic() - begun) / 60, 1),
        "asked": seen.asked.total(),
        "lost": len(seen.lost),
        "streams_asked_again": seen.again,
        "whole_ms": whole,
        "faults": len(seen.told_s),
        "told_s_most": round(max(seen.told_s, default=0), 2),
        "readyz_s_most": round(max(seen.ready_s, default=0), 2),
        "back_s_most": round(max(seen.back_s, default=0), 2),
        "memory_mb": [look(node.process.pid).memory_mb for node in made.nodes],
    }


def main(wanted: argparse.Namespace) -> int:
    seen, over = Seen(), threading.Event()
    with tempfile.TemporaryDirectory() as folder, cluster(Path(folder)) as made:
        wires = [Wire(made.postgres.port) for _ in range(3)]
        name = made.database.rpartition("/")[2]
        far = [{"TELAL_ARCHIVE__URL": made.postgres.address(name, port=wire.port)} for wire in wires]
        made.telal("archive", "copy", str(wanted.archive), made.database)
        made.start(articles=None, one=far[0], two=far[1], three=far[2])
        begun = time.monotonic()
        pause = (wanted.pause / 2, wanted.pause * 1.5)
        threads = [
            threading.Thread(target=reader, args=(made.proxy.url, n, pause, seen, over)) for n in range(wanted.readers)
        ]
        ends = begun + wanted.minutes * 60
        threads.append(threading.Thread(target=trouble, args=(made, wires, wanted.lasts, seen, ends)))
        for thread in threads:
            thread.start()
        while time.monotonic() < ends or threads[-1].is_alive():
            time.sleep(min(60, max(1, ends - time.monotonic())))
            sys.stdout.write(json.dumps(report(made, seen, begun)) + "\n")
            sys.stdout.flush()
        over.set()
        for thread in threads:
            thread.join()
        sys.stdout.write(json.dumps(report(made, seen, begun) | {"ways": dict(seen.asked)}) + "\n")
        for wire in wires:
            wire.close()
    return 1 if seen.lost else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path, help="a data directory with the starter corpus, which is copied")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--pause", type=float, default=2.0, help="mean seconds between the questions of a reader")
    parser.add_argument("--lasts", type=float, default=20.0, help="seconds that a database is gone, and is there")
    sys.exit(main(parser.parse_args()))
