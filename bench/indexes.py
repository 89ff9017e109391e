"""`python -m bench.indexes [PASSAGES]`: how fast the indexes are built and answer, on made-up passages."""

from __future__ import annotations

import logging
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.config import Settings, VectorsSettings
from rag.store.archive.archive import Archive, Identity, Write, passage_id
from rag.store.indexes import Indexes
from rag.types import Article, Filters, Passage

DIMENSION = 384
PER_ARTICLE = 5
WORDS = 60  # in a passage: what 100 tokens hold
VOCABULARY = 60_000
SEARCHES = 300
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
DAYS = 1_000

FILTERS = {
    "no filter": Filters(),
    "1 % by date": Filters(published_from=date(2020, 1, 1), published_to=date(2020, 1, 10)),
    "10 % by outlet": Filters(outlets=("outlet-1",)),
    "30 % by language": Filters(languages=("sr",)),
}


class SyntheticArticles:
    """Articles of words that are as unevenly frequent as in any language (Zipf), with random unit vectors."""

    def __init__(self, passages: int) -> None:
        self.random = np.random.default_rng(1)
        self.count = passages // PER_ARTICLE
        weight = 1 / np.arange(1, VOCABULARY + 1)
        self._chance = weight / weight.sum()

    def words(self, count: int) -> list[str]:
        return [f"rec{n}" for n in self.random.choice(VOCABULARY, count, p=self._chance)]

    def vectors(self, count: int) -> NDArray[np.float32]:
        made: NDArray[np.float32] = self.random.standard_normal((count, DIMENSION), np.float32)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made

    def batches(self, size: int = 200) -> Iterator[list[Write]]:
        for start in range(0, self.count, size):
            yield [self._write(number) for number in range(start, min(start + size, self.count))]

    def _write(self, number: int) -> Write:
        name = f"article-{number}"
        words = self.words(PER_ARTICLE * WORDS)
        parts = [" ".join(words[at : at + WORDS]) for at in range(0, len(words), WORDS)]
        passages, at = [], 0
        for ordinal, part in enumerate(parts):
            end = at + len(part)
            passages.append(Passage(passage_id(name, 1, at, end), name, 1, ordinal, part, at, end, title="naslov"))
            at = end + 1
        article = Article(
            name,
            "naslov " + words[0],
            " ".join(parts),
            outlet=f"outlet-{number % 10}",
            language="sr-Latn" if number % 10 < 3 else "sq",
            published=FIRST_DAY + timedelta(days=number % DAYS),
        )
        return Write(article, passages, self.vectors(PER_ARTICLE))


def main() -> None:
    """Build everything once in a temporary directory and ask."""
    logging.disable(logging.CRITICAL)
    made = SyntheticArticles(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings(data_dir=Path(directory), vectors=VectorsSettings(mode="chroma"))
        with Archive.open(settings, identity=Identity("random", DIMENSION, "bench")) as archive:
            _build(archive, settings, made)
            _open(archive, settings)
            _ask(archive, settings, made)
    _say("most memory", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def _build(archive: Archive, settings: Settings, made: SyntheticArticles) -> None:
    batches = list(made.batches())
    with _rate("archive written", made):
        for batch in batches:
            archive.write(batch)
    batches.clear()
    keyword = Indexes(archive, _mode(settings, "exact"), dimension=DIMENSION)
    with _rate("exact loaded, keyword index built", made):
        keyword.start()
        keyword.refresh()
    keyword.close()
    chroma = Indexes(archive, settings, dimension=DIMENSION)
    with _rate("Chroma built", made):
        chroma.start()
        _ready(chroma)
    chroma.close()


def _open(archive: Archive, settings: Settings) -> None:
    started = time.perf_counter()
    indexes = Indexes(archive, settings, dimension=DIMENSION)
    indexes.start()
    _say("started: exact and keyword answer", f"{time.perf_counter() - started:.2f} s")
    _ready(indexes)
    _say("Chroma probed, opened and compared", f"{time.perf_counter() - started:.2f} s")
    started = time.perf_counter()
    indexes.close()
    _say("closed", f"{time.perf_counter() - started:.2f} s")


def _ask(archive: Archive, settings: Settings, made: SyntheticArticles) -> None:
    vectors = made.vectors(SEARCHES)
    indexes = Indexes(archive, _mode(settings, "exact"), dimension=DIMENSION)
    indexes.start()
    for name, filters in FILTERS.items():
        _times(f"exact, {name}", [partial(indexes.dense, v, limit=50, filters=filters) for v in vectors])
    for count in (6, 12, 24):
        texts = [" ".join(made.words(count)) for _ in range(SEARCHES)]
        for name, filters in FILTERS.items():
            asked = [partial(indexes.keyword, text, limit=50, filters=filters) for text in texts]
            _times(f"keyword, {count} words, {name}", asked)
    indexes.close()
    indexes = Indexes(archive, settings, dimension=DIMENSION)
    indexes.start()
    _ready(indexes)
    _times("Chroma, no filter", [partial(indexes.dense, v, limit=50) for v in vectors])
    indexes.close()


def _mode(settings: Settings, mode: Literal["exact", "chroma"]) -> Settings:
    return settings.model_copy(update={"vectors": VectorsSettings(mode=mode)})


def _ready(indexes: Indexes) -> None:
    while indexes.status().chroma_state != "ready" or indexes.status().chroma_change != indexes.status().last_change:
        time.sleep(0.02)


@contextmanager
def _rate(name: str, made: SyntheticArticles) -> Iterator[None]:
    started, worked = time.perf_counter(), time.process_time()
    yield
    took_s, worked_s = time.perf_counter() - started, time.process_time() - worked
    rate = made.count * PER_ARTICLE / took_s
    _say(name, f"{took_s:.1f} s, {rate:,.0f} passages/s, {worked_s:.1f} s of CPU")


def _times(name: str, calls: Sequence[Callable[[], object]]) -> None:
    took_ms = []
    for call in calls:
        started = time.perf_counter()
        call()
        took_ms.append((time.perf_counter() - started) * 1000)
    middle, high = np.percentile(took_ms, [50, 95])
    _say(name, f"p50 {middle:.2f} ms, p95 {high:.2f} ms")


def _say(name: str, value: str) -> None:
    sys.stdout.write(f"{name:40} {value}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
