"""A small deterministic embedder, an archive in a temporary directory, and raw records."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.pipeline import Pipeline, identity
from ingest.raw import Place, RawRecord
from rag.config import Settings
from rag.store.archive.archive import Archive

BODY = "Ministri su se sastali u Tirani. Razgovarali su o saradnji. Sporazum je potpisan u utorak."


@cache
def word_vector(word: str, dimension: int) -> NDArray[np.float64]:
    return np.random.default_rng(crc32(word.encode())).standard_normal(dimension)


class WordsEmbedder:
    """Sums a random vector for each word; counts words as tokens. Deterministic, and remembers what it embedded."""

    model_id = "words@1"
    dimension = 16
    max_tokens = 500

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded += texts
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in [*re.findall(r"\w+", text), ""]:
                vectors[row] += word_vector(word, self.dimension)
            vectors[row] /= np.linalg.norm(vectors[row])
        return vectors

    def embed_query(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self.embed_passages([text])[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\w{1,6}|[^\w\s]", text)) for text in texts]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def embedder() -> WordsEmbedder:
    return WordsEmbedder()


@pytest.fixture
def archive(settings: Settings, embedder: WordsEmbedder) -> Iterator[Archive]:
    with Archive.open(settings, identity=identity(settings, embedder)) as archive:
        yield archive


@pytest.fixture
def pipeline(archive: Archive, embedder: WordsEmbedder, settings: Settings) -> Pipeline:
    return Pipeline(archive, embedder, settings)


@pytest.fixture
def raw() -> Callable[..., RawRecord]:
    """A record with a usable title and text unless the fields say otherwise."""

    def make(**fields: object) -> RawRecord:
        return RawRecord(
            {"title": "Sporazum u Tirani", "text": BODY, "language": "sr-Latn", **fields}, Place("here.jsonl", 1)
        )

    return make


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    """Writes records as JSON lines."""

    def write(name: str, records: Sequence[object]) -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
        return path

    return write
