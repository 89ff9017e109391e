"""Fills both stores with the same passages and vectors, and times the writing alone."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from eval.speed.base import Base, Vectors
from eval.speed.document import Text, day_of
from eval.speed.figures import Figure
from eval.speed.texts import Made, Maker
from rag.store.archive import Archive
from rag.store.records import Write

if TYPE_CHECKING:  # it needs optional dependencies
    from eval.speed.reference import Reference

BATCH = 50  # articles in one transaction: what ingestion writes at once


@dataclass(frozen=True, slots=True)
class Filled:
    """How many passages both stores hold, and how fast they were written."""

    passages: int
    figures: tuple[Figure, ...]


class Documents:
    """The tutorial's pipeline as something that takes in made articles."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def build(self, docs: Sequence[Made]) -> int:
        """Splits, embeds and stores; the number of chunks."""
        texts = [f"{m.article.title}\n{m.article.text}" for m in docs]
        return self._reference.build(_text(m, text) for m, text in zip(docs, texts, strict=True))


def fill(passages: int, maker: Maker, base: Base, archive: Archive, reference: Reference | None) -> Filled:
    """As many passages into the archive and, with the same vectors, into the other store."""
    rng = np.random.default_rng(7)
    ours = theirs = 0.0
    total = 0
    for batch in _batches(maker.articles(passages)):
        vectors = [base.moved(m.article.language, len(m.passages), rng) for m in batch]
        started = time.perf_counter()
        archive.write([Write(m.article, m.passages, v) for m, v in zip(batch, vectors, strict=True)])
        ours += time.perf_counter() - started
        total += sum(map(len, vectors))
        if reference is not None:
            theirs += _fill_other(reference, batch, vectors)
    rate = total / theirs if reference is not None else None
    return Filled(total, (Figure("written, vectors given", "passages/s", total / ours, rate, "higher"),))


def _fill_other(reference: Reference, batch: Sequence[Made], vectors: Sequence[Vectors]) -> float:
    texts = [_text(m, p.text) for m in batch for p in m.passages]
    started = time.perf_counter()
    reference.fill(texts, np.concatenate(vectors))
    return time.perf_counter() - started


def _text(made: Made, text: str) -> Text:
    return Text(made.article.id, text, made.article.language, day_of(made.article.published))


def _batches(made: Iterator[Made]) -> Iterator[list[Made]]:
    while batch := list(islice(made, BATCH)):
        yield batch
