"""Several machines over one archive in PostgreSQL: each follows, one writes the Chroma server, all answer alike."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest

from rag.config import Settings
from rag.errors import ArchiveUnavailable
from rag.store.archive.archive import Archive
from rag.store.indexes import BEHIND, Indexes

pytestmark = pytest.mark.slow

DIMENSION = 8


@pytest.fixture
def node(tmp_path, identity) -> Iterator[Callable[..., tuple[Archive, Indexes]]]:
    """Starts a node by name: an archive that it opened, indexes in a data directory of its own."""
    held = []

    def start(name: str, **vectors) -> tuple[Archive, Indexes]:
        settings = Settings(data_dir=tmp_path / name)
        settings = settings.model_copy(update={"vectors": settings.vectors.model_copy(update=vectors)})
        archive = Archive.open(settings, identity=identity)
        indexes = Indexes(archive, settings, dimension=DIMENSION)
        held.append((archive, indexes))
        indexes.start()
        return archive, indexes

    yield start
    for archive, indexes in held:
        indexes.close()
        archive.close()


def whole(indexes: Indexes, change: int) -> bool:
    status = indexes.status()
    return status.keyword_change == status.exact_change == change


@pytest.mark.usefixtures("on_postgres")
def test_what_one_node_writes_the_others_answer_and_forget(node, made, eventually):
    (archive, _), (_, second), (there, third) = (node(name) for name in ("one", "two", "three"))
    write = made(text="Sporazum je potpisan. Kraj")
    archive.write([write, made("a2")])
    for indexes in (second, third):
        eventually(lambda indexes=indexes: whole(indexes, 2), within_s=60)
        (hit, *_) = indexes.keyword("sporazum", limit=1)
        assert indexes.dense(write.vectors[0], limit=1)[0].key == hit.key
    third.close()  # an erasure while a node is down
    archive.erase("a1", reason="asked")
    eventually(lambda: second.keyword("sporazum", limit=1) == [], within_s=60)
    _, back = node("three")
    held = [hit.key for hit in (*back.keyword("sporazum", limit=5), *back.dense(write.vectors[0], limit=5))]
    assert all(p.article_id == "a2" for p in there.passages(held).values())  # what hits are looked up in, at once
    eventually(lambda: whole(back, 3), within_s=60)
    assert back.keyword("sporazum", limit=1) == []
    assert back.check() == []


@pytest.mark.usefixtures("on_postgres")
def test_one_node_writes_chroma_and_another_takes_over(node, made, eventually, chroma_server):
    shared = {"mode": "chroma", "url": chroma_server.url, "collection": "nodes"}
    (archive, first), (_, second) = node("one", **shared), node("two", **shared)
    archive.write([made(), made("a2")])
    for indexes in (first, second):
        eventually(lambda indexes=indexes: indexes.status().vector_store_change == 2)
    # A node whose step took longer than the lease lets go at its next one.
    eventually(lambda: (first._store._writing is None) != (second._store._writing is None), within_s=20)
    left, ended = (first, second) if first._store._writing is None else (second, first)
    ended.close()
    left._archive.write([made("a3")])
    eventually(lambda: left.status().vector_store_change == 3)
    assert left._store._writing is not None
    assert left.check() == []


def test_a_node_outlives_its_database(own_postgres, node, made, eventually, monkeypatch):
    monkeypatch.setenv("TELAL_ARCHIVE__URL", own_postgres.new())
    archive, indexes = node("one")
    write = made()
    archive.write([write])
    eventually(lambda: whole(indexes, 1), within_s=60)
    own_postgres.stop(signal.SIGQUIT)
    with pytest.raises(ArchiveUnavailable):
        archive.passages([1])
    own_postgres.start()
    archive.write([made("a2")])
    eventually(lambda: whole(indexes, 2), within_s=60)
    assert indexes.check() == []


@pytest.mark.usefixtures("on_postgres")
def test_a_node_that_lags_says_so_and_answers_what_the_archive_holds(node, made, eventually, monkeypatch):
    monkeypatch.setattr("rag.store.indexes._LATE_S", 0.5)
    archive, indexes = node("one")
    old, new = made("old"), made("new", text="Novo je ovo. Kraj")
    archive.write([old])
    eventually(lambda: whole(indexes, 1), within_s=60)
    with indexes._matrix._lock:  # its follower hangs
        archive.write([new])
        archive.erase("old", reason="asked")
        eventually(lambda: BEHIND in indexes.notices(), within_s=30)
        status = indexes.status()
        assert (status.exact_change, status.last_change) == (1, 3)
        found = [hit.key for hit in indexes.dense(old.vectors[0], limit=5)]
        assert found and archive.passages(found) == {}  # found, and not to be shown
    eventually(lambda: whole(indexes, 3) and indexes.notices() == (), within_s=60)
    assert [p.article_id for p in archive.passages([indexes.dense(new.vectors[0], limit=1)[0].key]).values()] == ["new"]
