"""A watcher killed at random moments: what it acknowledged is there once, nothing is half there, and it goes on.

`KILLS=100 pytest tests/ingest/live/test_kills.py` is the long form; `SEED=2` makes other moments of it.
"""

from __future__ import annotations

import json
import os
import queue
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from killed_watcher import outlet, settings, words_embedder
from outlet_site import Site

from ingest.pipeline import Pipeline, identity
from ingest.watch.runner import Runner
from ingest.watch.show import visit_log
from ingest.watch.state import WatchState
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes

pytestmark = pytest.mark.usefixtures("database")

KILLS, SEED = int(os.environ.get("KILLS", "4")), int(os.environ.get("SEED", "11"))
PATIENCE_S = 120.0


@contextmanager
def newsroom(site: Site, taken: Callable[[], int]) -> Iterator[None]:
    """Publishes, corrects and withdraws all the time, not further ahead of what was taken in than a feed is long."""
    done = threading.Event()
    chance = random.Random(4)

    def work() -> None:
        while not done.wait(0.1):
            if len(site.stories) < taken() + site.feed_length:
                site.publish(1)
            if site.stories and chance.random() < 0.3:
                site.correct(chance.choice([s.number for s in site.newest()[:30]]))
            if len(site.newest()) > 9 and chance.random() < 0.05:
                site.withdraw(site.newest()[-1].number, 410)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


class Watchers:
    """Watchers of one archive, one after the other, and the addresses of what they said was stored."""

    def __init__(self, directory: Path, base: str) -> None:
        script = Path(__file__).with_name("killed_watcher.py")
        self._process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._order = f"{directory} {base}\n"
        self.acknowledged: set[str] = set()
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def run_and_kill(self, *, after: int, pause_s: float) -> None:
        """Start a watcher; kill it so many articles and seconds later. A busy machine only makes it take longer."""
        assert self._process.stdin is not None
        self._process.stdin.write(self._order)
        pid = int(self._lines.get(timeout=PATIENCE_S).removeprefix("pid "))
        for _ in range(after):
            self._heard(self._lines.get(timeout=PATIENCE_S))
        time.sleep(pause_s)
        os.kill(pid, signal.SIGKILL)
        while (line := self._lines.get(timeout=PATIENCE_S)) != "ended":
            self._heard(line)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)

    def _heard(self, line: str) -> None:
        event = json.loads(line)
        if event["event"] == "stored":
            self.acknowledged.add(event["url"])
        else:  # this test and the watcher write at once, on a machine that may do much else: it tries again
            assert re.search("Another writer|cannot be reached at the moment", event["error"]), event

    def _listen(self) -> None:
        """Hand on what is news: process ids, ends, articles stored, and errors. A killed one may leave half a line."""
        assert self._process.stdout is not None
        with self._process.stdout as out:
            for line in map(str.strip, out):
                ours = line.startswith(("pid ", "ended"))
                event = json.loads(line)["event"] if line.startswith("{") and line.endswith("}") else ""
                if ours or event in ("stored", "archive", "watch", "reading"):
                    self._lines.put(line)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_nothing_acknowledged_is_lost_or_twice(site: Site, tmp_path: Path) -> None:
    used, embedder, chance = settings(tmp_path), words_embedder(), random.Random(SEED)
    watchers = Watchers(tmp_path, site.base)
    with newsroom(site, lambda: len(watchers.acknowledged)):
        for number in range(KILLS):
            watchers.run_and_kill(after=chance.randrange(10), pause_s=chance.uniform(0, 0.4))
            with Archive.open(used, identity=identity(used, embedder)) as archive:
                assert archive.check() == [], number
                for url in watchers.acknowledged:
                    assert len(archive.at_address(url)) == 1, (number, url)
                WatchState.of(archive).lease(["Most"], None)  # as after half a minute
    watchers.close()
    assert len(watchers.acknowledged) > KILLS
    finish_and_compare(site, tmp_path)


def finish_and_compare(site: Site, directory: Path) -> None:
    """After the last kill everything comes in, as it stands now, and the indexes equal the archive."""
    used, embedder = settings(directory), words_embedder()
    with Archive.open(used, identity=identity(used, embedder)) as archive:
        log = visit_log("critical", as_json=True)
        for _ in range(2):  # the sitemap that an index names is visited by the second at the latest
            Runner(used, Pipeline(archive, embedder, used), [outlet(site.base)], log=log).run(once=True)
        assert archive.check() == []
        for story in site.newest():
            (article_id,) = archive.at_address(site.url(story))
            figure = str(11 + story.number + 500 * story.corrected)
            assert figure in archive.article(article_id).text
        assert archive.stats().articles <= len(site.stories)
        indexes = Indexes(archive, used, dimension=embedder.dimension)
        try:
            indexes.start()
            indexes.refresh()
            assert indexes.check() == []
        finally:
            indexes.close()
