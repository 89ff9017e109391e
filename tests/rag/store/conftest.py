"""Articles with random vectors, and archives in temporary directories."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from zlib import crc32

import numpy as np
import pytest

from rag.config import Settings
from rag.store.archive.archive import Archive, Identity, Write, passage_id
from rag.store.indexes import Indexes
from rag.types import Article, Passage
from support.servers import ChromaServer
from support.servers import free_port as unused_port

DIMENSION = 8


def make_write(article_id: str = "a1", text: str = "Prva rečenica. Друга реченица. Third one.", **fields) -> Write:
    """An article cut into a passage a sentence, with random unit vectors that depend on its id and text."""
    values = {"title": f"Naslov {article_id}", "outlet": "N1", "language": "sr-Latn", "text": text}
    values |= {"published": datetime(2024, 5, 1, 12, tzinfo=UTC)} | fields
    article = Article(id=article_id, **values)
    passages, start = [], 0
    for ordinal, sentence in enumerate(text.split(". ")):
        end = start + len(sentence)
        if sentence:
            passages.append(
                Passage(
                    id=passage_id(article_id, 1, start, end),
                    article_id=article_id,
                    revision=1,
                    ordinal=ordinal,
                    text=sentence,
                    start=start,
                    end=end,
                    title=article.title,
                )
            )
        start = end + 2
    random = np.random.default_rng(crc32(f"{article_id} {text}".encode("utf-8", "replace")))
    vectors = random.standard_normal((len(passages), DIMENSION)).astype(np.float32)
    return Write(article, passages, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


@pytest.fixture
def made() -> Callable[..., Write]:
    return make_write


@pytest.fixture
def identity() -> Identity:
    return Identity("test-model", DIMENSION, "sentences")


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def archive(settings, identity) -> Iterator[Archive]:
    with Archive.open(settings, identity=identity) as opened:
        yield opened


@pytest.fixture
def follow(archive, settings, monkeypatch) -> Iterator[Callable[..., Indexes]]:
    """Starts indexes over the archive, with other settings for vectors if wished; closes them at the end."""
    opened = []

    def start(*, own: bool | None = None, over: Archive = archive, **vectors) -> Indexes:
        changed = settings.model_copy(update={"vectors": settings.vectors.model_copy(update=vectors)})
        indexes = Indexes(over, changed, dimension=DIMENSION, own=own)
        monkeypatch.setattr("rag.store.indexes._STORE_DELAY_S", 0.0)
        opened.append(indexes)
        indexes.start()
        return indexes

    yield start
    for indexes in opened:
        indexes.close()


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Waits until something holds."""

    def wait(holds: Callable[[], bool], *, within_s: float = 120.0) -> None:
        end = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < end, "it did not come true"
            time.sleep(0.01)

    return wait


@pytest.fixture(scope="session")
def free_port() -> int:
    """A port that nobody listens at."""
    return unused_port()


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory) -> Iterator[ChromaServer]:
    """A server for the whole session: tests use collections of their own."""
    server = ChromaServer(tmp_path_factory.mktemp("chroma-server")).start()
    yield server
    server.stop()


@pytest.fixture
def own_chroma_server(tmp_path) -> Iterator[ChromaServer]:
    """A server for one test, which may stop it."""
    server = ChromaServer(tmp_path / "chroma-server").start()
    yield server
    server.stop()
