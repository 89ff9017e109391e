"""Takes in an outlet of made-up articles with a cheap embedder: the cost and memory of everything but embedding."""

from __future__ import annotations

import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.pipeline import Pipeline, RunCallbacks, identity
from rag.config import Settings
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes

DIMENSION = 384
COPIES = 0.1  # of the articles are copies of one of the last fifty, with a new headline and a sentence more
SENTENCES = (6, 24)
_SYLLABLES = (
    "ba be bi bo bu da de di do ga go ka ke ko la le li lo ma me mi mo na ne ni no pa po ra re ri ro sa se".split()
)


def _seed(text: str) -> int:
    """Hashes a text to 64 bits: by a CRC two of ten thousand texts had the same vector."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


class CheapEmbedder:
    """A random unit vector for each text, the same each time; a word counts as a token and a half."""

    model_id = "cheap@1"
    dimension = DIMENSION
    max_tokens = 512

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [np.random.default_rng(_seed(t)).standard_normal(DIMENSION, np.float32) for t in texts]
        made = np.stack(rows) if rows else np.empty((0, DIMENSION), np.float32)
        made /= np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-9)
        return made

    def embed_query(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self.embed_passages([text])[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) * 3 // 2 for text in texts]


@dataclass(frozen=True, slots=True)
class Ingested:
    """What a run cost: seconds of one core in all and for embedding alone, the most memory that the process held."""

    articles: int
    passages: int
    copies: int  # articles in clusters
    seconds: float
    embedding_s: float
    memory_mb: float
    index_s: float
    index_memory_mb: float
    archive_mb: float

    @property
    def ms_an_article(self) -> float:
        """Returns milliseconds of one core an article, embedding left out."""
        return 1000 * (self.seconds - self.embedding_s) / max(self.articles, 1)


def ingest_many(count: int, *, follow: Callable[[int], None] = lambda done: None) -> Ingested:
    """Takes the made-up articles in, then builds the keyword index and loads the vectors, as a server would."""
    embedder = _Timed()
    with tempfile.TemporaryDirectory(prefix="telal-many-") as folder:
        settings = Settings(data_dir=Path(folder))
        with Archive.open(settings, identity=identity(settings, embedder)) as archive:
            started = time.process_time()
            watch = RunCallbacks(progress=lambda p: follow(p.records))
            report = Pipeline(archive, embedder, settings).run(records(count), watch)
            took, memory = time.process_time() - started, _memory_mb()
            started = time.process_time()
            _index(archive, settings)
            return Ingested(
                articles=report.new,
                passages=report.passages,
                copies=len(archive.clusters([f"n:{n}" for n in range(0, count, max(1, count // 2000))])),
                seconds=took,
                embedding_s=embedder.seconds,
                memory_mb=memory,
                index_s=time.process_time() - started,
                index_memory_mb=_memory_mb(),
                archive_mb=archive.stats().bytes / 1e6,
            )


def records(count: int, *, seed: int = 1) -> Iterator[Mapping[str, Any]]:
    """Articles of six to 24 made-up sentences, a minute apart, one in ten a copy of an earlier one."""
    chance = random.Random(seed)
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(20_000)]
    recent: list[str] = []
    day = datetime(2020, 1, 1, tzinfo=UTC)
    for number in range(count):
        text = " ".join(_sentence(chance, words) for _ in range(chance.randint(*SENTENCES)))
        if recent and chance.random() < COPIES:
            text = f"{chance.choice(recent)} {_sentence(chance, words)}"
        recent = [*recent[-49:], text]
        yield {
            "id": f"n:{number}",
            "title": _sentence(chance, words)[:80],
            "text": text,
            "language": "sr-Latn",
            "outlet": f"Outlet {number % 40}",
            "url": f"https://outlet{number % 40}.example/news/{number}",
            "published": (day + timedelta(minutes=number)).isoformat(),
        }


def _sentence(chance: random.Random, words: Sequence[str]) -> str:
    return " ".join(chance.choices(words, k=chance.randint(8, 22))).capitalize() + "."


class _Timed(CheapEmbedder):
    def __init__(self) -> None:
        self.seconds = 0.0

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        started = time.process_time()
        made = super().embed_passages(texts)
        self.seconds += time.process_time() - started
        return made


def _index(archive: Archive, settings: Settings) -> None:
    exact = settings.model_copy(update={"vectors": settings.vectors.model_copy(update={"mode": "exact"})})
    indexes = Indexes(archive, exact, dimension=DIMENSION)
    try:
        indexes.start()
        indexes.refresh()
    finally:
        indexes.close()


def _memory_mb() -> float:
    """The most resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
