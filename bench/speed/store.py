"""Fills both stores with the same passages and vectors, and times the writing and indexing alone."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from bench.speed.figures import Figure
from bench.speed.texts import Base, Maker, SyntheticArticle, Vectors
from eval.targets.tutorial import Text, day_of
from rag.config import Settings
from rag.store.archive.archive import Archive
from rag.store.database.records import Write
from rag.store.indexes import Indexes

if TYPE_CHECKING:  # it needs optional dependencies
    from eval.targets.tutorial import Reference

T = TypeVar("T")

BATCH = 50  # articles in one transaction, about what ingestion writes at once
BATCHES = 5  # handed to the other store at once, a thousand passages: it is slower with few
READY_S = 1800.0  # for the indexes of a million passages


@dataclass(frozen=True, slots=True)
class FillTimes:
    """How many passages both stores hold, and the seconds that this took; `theirs_s` None without the other."""

    passages: int
    ours_s: float
    theirs_s: float | None

    def figures(self, *, indexing_s: float) -> list[Figure]:
        """The archive's rate alone, and, to compare, with the indexes: the other store is nothing but an index."""
        theirs = self.passages / self.theirs_s if self.theirs_s else None
        whole = self.passages / (self.ours_s + indexing_s)
        return [
            Figure("archive written, vectors given", "passages/s", self.passages / self.ours_s, None, "higher"),
            Figure("written and indexed, vectors given", "passages/s", whole, theirs, "higher"),
        ]


class Documents:
    """The tutorial's pipeline as something that takes in made articles."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def build(self, docs: Sequence[SyntheticArticle]) -> int:
        """Splits, embeds and stores; the number of chunks."""
        texts = [f"{m.article.title}\n{m.article.text}" for m in docs]
        return self._reference.build(_text(m, text) for m, text in zip(docs, texts, strict=True))


def fill(passages: int, maker: Maker, base: Base, archive: Archive, reference: Reference | None) -> FillTimes:
    """As many passages into the archive and, with the same vectors, into the other store."""
    rng = np.random.default_rng(7)
    ours = theirs = 0.0
    total = 0
    for made in _batches(maker.articles(passages), BATCH * BATCHES):
        vectors = [base.perturb(m.article.language, len(m.passages), rng) for m in made]
        writes = [Write(m.article, m.passages, v) for m, v in zip(made, vectors, strict=True)]
        started = time.perf_counter()
        for batch in _batches(iter(writes), BATCH):
            archive.write(batch)
        ours += time.perf_counter() - started
        total += sum(map(len, vectors))
        if reference is not None:
            theirs += _fill_other(reference, made, vectors)
    return FillTimes(total, ours, theirs if reference is not None else None)


def index(archive: Archive, settings: Settings, dimension: int) -> float:
    """Seconds until every index that these settings ask for holds the whole archive."""
    started = time.perf_counter()
    indexes = Indexes(archive, settings, dimension=dimension)
    try:
        indexes.start()
        indexes.refresh()
        while (
            indexes.notices() or indexes.status().chroma_state == "building"
        ) and time.perf_counter() - started < READY_S:
            time.sleep(0.02)
        return time.perf_counter() - started
    finally:
        indexes.close()


def _fill_other(reference: Reference, batch: Sequence[SyntheticArticle], vectors: Sequence[Vectors]) -> float:
    texts = [_text(m, p.text) for m in batch for p in m.passages]
    started = time.perf_counter()
    reference.fill(texts, np.concatenate(vectors))
    return time.perf_counter() - started


def _text(made: SyntheticArticle, text: str) -> Text:
    return Text(made.article.id, text, made.article.language, day_of(made.article.published))


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch
