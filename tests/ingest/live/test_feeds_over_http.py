"""Feeds that broke other readers, over HTTP and all the way that `telal ingest run` takes.

Every twentieth here; all of them: `FEEDS_EVERY=1 pytest tests/ingest/live/test_feeds_over_http.py -s`, some minutes.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faulty_server import Faulty, Reply, send
from sqlalchemy import select

from ingest.outlets import OutletConfig
from ingest.watch.schema import PageState, from_row, items

SHARED = Path(__file__).parents[4] / "shared/data/feeds"
EVERY = int(os.environ.get("FEEDS_EVERY", "20"))
RULES = ("/robots.txt", "/.well-known/tdmrep.json")
PAGE = """<html lang="en"><head><meta charset="utf-8"><title>Bridge {n}</title></head><body><article><h1>Bridge {n}</h1>
<p>Bridge {n} was opened in Mostar yesterday after two years of work.</p><p>It is {n} metres long.</p></article></body>
</html>"""


class AnyPage(dict[str, Reply]):
    """Replies to feeds by their path, and with a page to every other address: what the feeds point at."""

    def get(self, path: str, default: Any = None) -> Any:
        if path in self or path in RULES:
            return super().get(path, default)
        return send(PAGE.format(n=len(path) + sum(path.encode())), kind="text/html; charset=utf-8")


class OnePort:
    """The network, but whatever host and port is asked for, this server answers."""

    def __init__(self, network: Any, port: int) -> None:
        self._network, self._port = network, port

    def connect_tcp(self, address: str, port: int, *more: Any) -> Any:
        return self._network.connect_tcp(address, self._port, *more)


def timed(act: Callable[..., Any], spent: Counter[str]) -> Callable[..., Any]:
    """`act(visit, ...)`, its CPU time added to the visit's outlet."""

    def run(visit: Any, *more: Any) -> Any:
        started = time.thread_time()
        try:
            return act(visit, *more)
        finally:
            spent[visit.outlet.name] += time.thread_time() - started  # type: ignore[assignment]

    return run


@pytest.mark.data
@pytest.mark.timeout(3000)
@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is not there: no feed that broke a reader is tried")
def test_feeds_end_in_articles_or_a_clear_rejection(desk: Any, faulty: Faulty) -> None:
    lines = (SHARED / "feedparser_fixtures.jsonl").read_text(encoding="utf-8").splitlines()[::EVERY]
    faulty.replies = AnyPage()
    outlets = []
    for number, line in enumerate(lines):
        body = (SHARED / json.loads(line)["path"]).read_bytes()
        url = faulty.on(f"/feeds/{number}", send(body, kind="application/xml"))
        whole = "feed" if number % 2 else "page"  # texts of feeds, and pages that they point at, in turn
        outlets.append(OutletConfig(name=f"Feed {number}", feeds=(url,), text=whole, delay_s=0))
    runner = desk.make(*outlets, resolve=lambda host, port: ["127.0.0.1"])
    backend = runner.fetcher._pool._network_backend
    backend._network = OnePort(backend._network, int(faulty.base.rpartition(":")[2]))
    spent: Counter[str] = Counter()
    runner.visitor.visit = timed(runner.visitor.visit, spent)
    started = time.monotonic()
    totals = runner.run(once=True)
    wall_s = time.monotonic() - started
    sources = desk.state.sources()
    assert len(sources) == len(lines) == len(spent)
    assert all(s.visited for s in sources)
    assert totals.errors == sum(bool(s.error) for s in sources)
    with desk.state.reading() as connection:
        pages = [from_row(PageState, row) for row in connection.execute(select(items))]
    assert all(item.reason for item in pages if item.state != "held")
    assert desk.archive.check() == []
    states = Counter(item.state for item in pages)
    told = Counter("neither" if "neither" in s.error else s.error[:40] for s in sources if s.error)
    print(f"{len(lines)} feeds, {wall_s:.0f} s, slowest {max(spent.values()):.2f} s,")  # noqa: T201
    print(f"{desk.archive.stats().articles} articles, pages {dict(states)}, refused feeds {dict(told)}")  # noqa: T201
    assert states["held"] and states["rejected"]
    assert max(spent.values()) < 5  # CPU time; articles that come whole are stored in it
