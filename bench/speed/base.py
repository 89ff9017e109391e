"""The vectors of a store to measure: some are really embedded, and timed, the others are these slightly moved."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bench.speed.figures import Figure
from bench.speed.texts import Made, record_of
from ingest.pipeline import Pipeline, identity
from rag.config import Settings
from rag.models.embed import Embedder
from rag.store.archive.archive import Archive

SPREAD = 0.3  # length of the random step beside a unit vector: a moved one has cosine 0.96 to where it was
Vectors = NDArray[np.float32]


class Builds(Protocol):
    """The other pipeline, as far as ingestion goes."""

    def build(self, docs: Sequence[Made]) -> int: ...


@dataclass(frozen=True, slots=True)
class Base:
    """Really embedded vectors by language, and how fast that went."""

    vectors: dict[str, Vectors]
    figures: tuple[Figure, ...]

    @property
    def count(self) -> int:
        return sum(len(v) for v in self.vectors.values())

    def moved(self, language: str, count: int, rng: np.random.Generator) -> Vectors:
        """(count, d) unit vectors: some of the language's, each moved a little."""
        own = self.vectors.get(language)
        pool = own if own is not None else np.concatenate(list(self.vectors.values()))
        chosen = pool[rng.integers(len(pool), size=count)]
        step = rng.standard_normal(chosen.shape, np.float32)
        step *= SPREAD / np.linalg.norm(step, axis=1, keepdims=True)
        made: Vectors = chosen + step
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made


def embed_base(
    settings: Settings, embedder: Embedder, made: Sequence[Made], other: Builds | None, *, other_articles: int
) -> Base:
    """Takes the articles in as any others, through the whole pipeline; the other pipeline takes the first of them."""
    with tempfile.TemporaryDirectory(prefix="telal-speed-") as folder:
        own = settings.model_copy(update={"data_dir": Path(folder)})
        with Archive.open(own, identity=identity(own, embedder)) as archive:
            embedder.embed_query("warm")  # not a part of ingestion
            started = time.perf_counter()
            report = Pipeline(archive, embedder, own).run([record_of(m) for m in made])
            took = time.perf_counter() - started
            columns = archive.columns()
    vectors = columns.vectors.astype(np.float32)
    by_language = {
        name: vectors[columns.language == code]
        for code, name in enumerate(columns.languages)
        if (columns.language == code).any()
    }
    theirs_s, theirs = _other(other, made[:other_articles])
    articles = len(made[:other_articles]) / theirs_s if theirs_s else None
    return Base(
        by_language,
        (
            Figure("ingest with embedding", "articles/s", len(made) / took, articles, "higher"),
            Figure("passages of these", "passages/s", report.passages / took, theirs, "higher"),
        ),
    )


def _other(other: Builds | None, made: Sequence[Made]) -> tuple[float | None, float | None]:
    if other is None:
        return None, None
    started = time.perf_counter()
    count = other.build(made)
    took = time.perf_counter() - started
    return took, count / took
