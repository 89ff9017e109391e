"""Re-embeds a served archive, with a kill: `python -m bench.server.reindexed --data ../shared/data`.

The archive is made of posts with the packaged model and served, and readers search all the time. `telal reindex` is
killed (SIGKILL) in the middle, an article is taken in, and it is started again. Reported are the searches that failed
or found nothing, the slowest search, what the second run found done, and how long the server needed to take the new
model; and afterwards what the archive lost, whose vectors it holds, and whether the server finds what the new model
finds. Prints JSON; exit code 1 when anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from bench.server.cluster import Node
from bench.server.servers import percentiles, until
from eval.datasets.lines import read_lines
from ingest.chunk import embedded_text
from ingest.lifecycle.reindex import PendingVectors
from rag.config import EmbeddingSettings, Settings
from rag.engine import Engine
from rag.models import packaged, tuned
from rag.models.embed import Embedder
from rag.store.archive.archive import Archive

SAME = 0.99  # cosine: a text in another batch gives .996 (int8), the other model at most .964
POSTS = "articles/bih_news_posts_2022.jsonl.gz"
CHARACTERS = 160  # of a post's text: two or three sentences
HOURS_S = 4 * 3600.0
SEARCHES = 100  # searches that are compared before and after
TELAL = (sys.executable, "-m", "telal")
LATE = {"id": "late", "title": "Most kod sela Vrbnica zatvoren", "text": "Most je zatvoren zbog radova do subote."}


class Readers(threading.Thread):
    """Search for one headline after the other, all the time."""

    def __init__(self, url: str, headlines: Sequence[str]) -> None:
        super().__init__(daemon=True)
        self._url, self._headlines = url, headlines
        self.outcomes: Counter[str] = Counter()
        self.took_ms: list[float] = []
        self.ended = threading.Event()

    def run(self) -> None:
        with httpx.Client(timeout=120) as client:
            while not self.ended.is_set():
                headline = self._headlines[sum(self.outcomes.values()) % len(self._headlines)]
                begun = time.monotonic()
                try:
                    hits = search_ids(client, self._url, headline)
                    self.outcomes["found" if hits else "found nothing"] += 1
                except httpx.HTTPError as error:
                    self.outcomes[repr(error)] += 1
                self.took_ms.append((time.monotonic() - begun) * 1000)
                self.ended.wait(0.25)


def search_ids(client: httpx.Client, url: str, text: str) -> list[str]:
    """The articles that the server finds, best first."""
    reply = client.post(f"{url}/v1/search", json={"query": text, "limit": 5}).raise_for_status()
    return [hit["passage"]["article_id"] for hit in reply.json()["hits"]]


def posts(data: Path, count: int) -> list[Mapping[str, Any]]:
    """So many posts of different headlines as short articles."""
    lines = (line.fields for line in read_lines(data / POSTS))
    long = ((f["title"], f) for f in lines if len(f["text"] or "") > CHARACTERS / 2)
    chosen = islice(_first_of_each(long), count)
    return [{**f, "text": f["text"][:CHARACTERS].rpartition(" ")[0]} for f in chosen]


def _first_of_each(pairs: Iterator[tuple[str, Mapping[str, Any]]]) -> Iterator[Mapping[str, Any]]:
    seen: set[str] = set()
    for name, fields in pairs:
        if name not in seen:
            seen.add(name)
            yield fields


class Story:
    """A data directory, its server and the readers before it."""

    def __init__(self, folder: Path, records: Sequence[Mapping[str, Any]]) -> None:
        self._folder, self._records = folder, records
        self._environment = {k: v for k, v in os.environ.items() if not k.startswith("TELAL_")} | {
            "TELAL_DATA_DIR": str(folder / "data"),
            "TELAL_SERVER__READ_LIMIT": "1000000/day",
            "TELAL_SERVER__ASK_LIMIT": "1000000/day",
            "TELAL_EMBEDDING__THREADS": "1",
        }
        self.settings = Settings(data_dir=folder / "data", embedding=EmbeddingSettings(threads=1))
        self.node = Node("data", folder / "data", self._environment)
        self.readers = Readers(self.node.url, [str(r["title"]) for r in records])

    def run(self) -> dict[str, Any]:
        """All of it, in order; the figures."""
        self._take_in(self._records, TELAL_EMBEDDING__MODEL=packaged.NAME)
        self.node.start()
        former, before = self._model(), self._answers()
        self.readers.start()
        begun = time.monotonic()
        killed_at = self._kill_in_the_middle()
        self._take_in([LATE])  # the archive is written to with the model that it has
        between = self._model()
        second = self._run("reindex")
        resumed = self._done()
        assert second.wait(HOURS_S) == 0
        exchanged = time.monotonic()
        taken_s = until(lambda: self._model() != former, within_s=120, each_s=0.1)
        self.readers.ended.set()
        self.readers.join()
        return {
            "articles": len(self._records), "former model": former, "model": self._model(),
            "vectors made when killed": killed_at, "model after the kill": between, "kept by the second run": resumed,
            "minutes from the first run to the exchange": round((exchanged - begun) / 60, 1),
            "seconds until the server had the new model": round(taken_s, 1),
            "searches meanwhile": dict(self.readers.outcomes), "ms a search": percentiles(self.readers.took_ms),
            "slowest search, ms": round(max(self.readers.took_ms)), **self._afterwards(before),
        }  # fmt: skip

    def _kill_in_the_middle(self) -> int:
        first = self._run("reindex")
        until(lambda: self._done() >= len(self._records) // 2, within_s=HOURS_S, each_s=0.2)
        first.send_signal(signal.SIGKILL)
        assert first.wait(60) == -signal.SIGKILL
        return self._done()

    def _afterwards(self, before: Sequence[Sequence[str]]) -> dict[str, Any]:
        after = self._answers()
        with Engine.open(self.settings, own=False) as engine:
            fresh = [[h.passage.article_id for h in engine.search(t, limit=5)] for t in self._asked()]
            stats = engine.archive.stats()
            own = [str(self._records[n]["id"]) for n in self._places()]
            nearest = least_cosine(engine.archive, engine.embedder, own)
            faults = engine.archive.check()
        return {
            "articles afterwards": stats.articles, "the late one is found": self._found(LATE["title"])[:1] == ["late"],
            "faults of the archive": faults,
            "least cosine of a stored vector to the new model's": round(nearest, 4),
            "searches that find what the new model finds": f"{_alike(after, fresh)} of {len(after)}",
            "as before": f"{_alike(after, before)} of {len(after)}",
            "own article first, before and after": [_first(before, own), _first(after, own)],
        }  # fmt: skip

    def _places(self) -> range:
        return range(0, len(self._records), max(1, len(self._records) // SEARCHES))

    def _asked(self) -> list[str]:
        return [str(self._records[n]["text"]) for n in self._places()]

    def _answers(self) -> list[list[str]]:
        return [self._found(text) for text in self._asked()]

    def _found(self, text: str) -> list[str]:
        with httpx.Client(timeout=120) as client:
            return search_ids(client, self.node.url, text)

    def _model(self) -> str:
        return str(self.node.status()["model"])

    def _done(self) -> int:
        """Changes whose new vectors are on the disk, beside the archive."""
        folders = list((self._folder / "data" / "reindex").glob("*"))
        return len(PendingVectors(folders[0]).changes) if folders else 0

    def _take_in(self, records: Sequence[Mapping[str, Any]], **settings: str) -> None:
        path = self._folder / f"{records[0]['id']}.jsonl".replace(":", "-")
        path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
        assert self._run("ingest", str(path), **settings).wait(HOURS_S) == 0

    def _run(self, *words: str, **settings: str) -> subprocess.Popen[bytes]:
        with (self._folder / "commands.log").open("ab") as log:
            return subprocess.Popen([*TELAL, *words], env=self._environment | settings, stdout=log, stderr=log)


def least_cosine(archive: Archive, embedder: Embedder, ids: Sequence[str]) -> float:
    """Of the vectors of these articles' passages to those that a model gives them now."""
    stored = sorted((p for i in ids for p in archive.passages_of(i)), key=lambda p: p.key)
    made = embedder.embed_passages([embedded_text(p.passage) for p in stored])
    return float((archive.vectors([p.key for p in stored]).vectors * made).sum(axis=1).min())


def _alike(some: Sequence[Sequence[str]], others: Sequence[Sequence[str]]) -> int:
    return sum(list(a) == list(b) for a, b in zip(some, others, strict=True))


def _first(answers: Sequence[Sequence[str]], own: Sequence[str]) -> int:
    return sum(list(found[:1]) == [one] for found, one in zip(answers, own, strict=True))


def wrong(figures: Mapping[str, Any]) -> list[str]:
    """What must not be; empty when all is well."""
    asked = figures["searches that find what the new model finds"].split(" of ")
    holds = {
        "a search failed or found nothing": set(figures["searches meanwhile"]) == {"found"},
        "articles were lost": figures["articles afterwards"] == figures["articles"] + 1,
        "the article that came meanwhile is not found": figures["the late one is found"],
        "the archive has faults": not figures["faults of the archive"],
        "the former model did not answer after the kill": figures["model after the kill"] == figures["former model"],
        "the second run began anew": figures["kept by the second run"] >= figures["vectors made when killed"],
        "it is not the new model": figures["model"].startswith(f"{tuned.NAME}@"),
        "a vector is not the new model's": figures["least cosine of a stored vector to the new model's"] > SAME,
        "the server finds other passages than the new model": asked[0] == asked[1],
    }
    return [what for what, well in holds.items() if not well]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with articles/")
    parser.add_argument("--articles", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="telal-reindexed-") as folder:
        story = Story(Path(folder), posts(given.data, given.articles))
        try:
            figures = story.run()
        finally:
            story.node.stop(signal.SIGKILL)
    faults = wrong(figures)
    print(json.dumps({**figures, "wrong": faults}, indent=2, ensure_ascii=False))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
