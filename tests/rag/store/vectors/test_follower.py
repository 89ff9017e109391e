"""The vector store deleted, overwritten, left by a kill, or its server gone: exact search answers, and it is filled
again."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from rag.store import indexes as texts
from rag.store.database.records import Batch
from rag.store.followers import StoreFollower
from rag.store.upkeep.catchup import IndexBroken
from rag.store.upkeep.index_directory import IndexDirectory
from rag.store.vectors.chroma import ChromaStore


@pytest.fixture
def written(archive, made):
    """More passages than Chroma keeps back before it writes its graph file (1,000)."""
    text = ". ".join(f"Rečenica broj {n}" for n in range(60))
    batch = [made(f"a{n}", text=text) for n in range(20)]
    archive.write(batch)
    return batch


@pytest.fixture
def ready(eventually):
    """Waits until the store answers and nothing is amiss."""

    def wait(indexes):
        eventually(lambda: indexes.status().vector_store_state == "ready" and not indexes.notices())
        return indexes

    return wait


def found(indexes, write) -> bool:
    return indexes.dense(write.vectors[3], limit=1)[0].score > 0.999


def directory_of(settings) -> Path:
    [directory] = [path for path in (settings.data_dir / "indexes").glob("vectors-*") if path.is_dir()]
    return directory


def overwrite(directory: Path, only: str = "*") -> None:
    """Garbage of the same length into every file."""
    for path in directory.rglob(only):
        if path.is_file():
            path.write_bytes(os.urandom(path.stat().st_size))


@pytest.mark.parametrize("damage", [shutil.rmtree, overwrite], ids=["deleted", "overwritten"])
def test_while_running(follow, written, settings, ready, made, archive, damage):
    indexes = ready(follow(mode="chroma"))
    old = directory_of(settings)
    damage(old)
    for _ in range(200):  # while it notices and mends
        assert found(indexes, written[7])
        time.sleep(0.005)
    archive.write([made("new")])
    ready(indexes)
    assert indexes.check() == []
    assert directory_of(settings) != old


def test_all_indexes_deleted_while_running(follow, written, settings, ready):
    indexes = ready(follow(mode="chroma"))
    shutil.rmtree(settings.data_dir / "indexes")
    for _ in range(100):
        assert found(indexes, written[7])
        time.sleep(0.005)
    indexes.refresh()
    ready(indexes)
    assert indexes.check() == []
    assert indexes.keyword("rečenica", limit=3)


@pytest.mark.parametrize("only", ["*", "chroma.sqlite3", "*.bin"])
def test_garbage_written_while_closed(follow, written, settings, ready, only):
    ready(follow(mode="chroma")).close()
    overwrite(directory_of(settings), only)
    indexes = follow(mode="chroma")
    assert found(indexes, written[7])
    ready(indexes)
    assert indexes.check() == []


def test_what_was_not_closed_cleanly_is_never_opened(follow, written, settings, ready, opened):
    """Opening it could end the process. Exact search answers until another one is full."""
    ready(follow(mode="chroma")).close()
    mark_of(directory_of(settings)).unlink()  # as after a kill
    opened.clear()
    indexes = follow(mode="chroma")
    assert found(indexes, written[7])
    ready(indexes)
    assert opened == ["empty"]
    assert indexes.check() == []


@pytest.mark.parametrize("left", ["the mark", "the pointer", "half the directory", "half and the mark"])
def test_a_kill_in_the_middle_of_deleting(follow, written, settings, ready, opened, left):
    ready(follow(mode="chroma")).close()
    directory = directory_of(settings)
    (directory / "chroma.sqlite3").unlink()
    if "mark" not in left:
        mark_of(directory).unlink()
    if "half" not in left:
        shutil.rmtree(directory)
    opened.clear()
    indexes = ready(follow(mode="chroma"))
    assert opened == ["empty"]
    assert indexes.check() == []
    assert len(list((settings.data_dir / "indexes").glob("vectors-*"))) == 1  # nothing else stays


@pytest.mark.parametrize("cleanly", [True, False])
def test_a_stop_in_the_middle_of_filling(archive, follow, made, settings, ready, opened, monkeypatch, cleanly):
    """Closed cleanly it is gone on with, else filled anew from the beginning."""
    monkeypatch.setattr(StoreFollower, "changes", 5)
    archive.write([made(f"a{n}") for n in range(150)])
    indexes = follow(mode="chroma")
    while not indexes.status().vector_store_change:
        time.sleep(0.001)
    if not cleanly:
        monkeypatch.setattr("rag.store.upkeep.follower.mark_clean", lambda directory: None)
    indexes._stop.set()
    assert indexes.status().vector_store_change < 140
    indexes.close()
    opened.clear()
    again = ready(follow(mode="chroma"))
    assert again.check() == []
    assert opened == (["as it was"] if cleanly else ["empty"])


def test_an_error_at_closing_leaves_no_mark(follow, written, settings, ready, monkeypatch):
    indexes = ready(follow(mode="chroma"))
    close = ChromaStore.close

    def fails(self):
        close(self)
        raise IndexBroken("Not all was written.")

    monkeypatch.setattr(ChromaStore, "close", fails)
    indexes.close()
    assert not mark_of(directory_of(settings)).exists()


@pytest.fixture
def opened(monkeypatch) -> list[str]:
    """How stores were opened: empty, in an empty directory, or as what was there."""
    found = []
    init = ChromaStore.__init__

    def watched(self, settings, directory, *, dimension, empty):
        found.append("empty" if empty and not any(directory.iterdir()) else "as it was")
        init(self, settings, directory, dimension=dimension, empty=empty)

    monkeypatch.setattr(ChromaStore, "__init__", watched)
    return found


def mark_of(directory: Path) -> Path:
    return directory.with_name(f"{directory.name}.clean")


def test_an_error_at_asking_fills_it_anew(follow, written, settings, ready, monkeypatch):
    indexes = ready(follow(mode="chroma"))
    old = directory_of(settings)
    indexes._store._writing.index.close()  # as good as an error inside Chroma
    assert found(indexes, written[7])
    ready(indexes)
    assert directory_of(settings) != old
    assert indexes.check() == []


def test_one_that_is_not_used_any_more_is_deleted(follow, written, settings, ready):
    ready(follow(mode="chroma")).close()
    follow(mode="exact").refresh()
    assert not list((settings.data_dir / "indexes").glob("vectors-*"))


def test_a_full_disk_is_waited_for(follow, written, ready, monkeypatch):
    def full(self):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(IndexDirectory, "fresh", full)
    indexes = follow(mode="chroma")
    time.sleep(0.5)
    assert found(indexes, written[7])
    assert indexes.keyword("rečenica", limit=3) == []
    assert set(indexes.notices()) == {texts.UNUSABLE, texts.BROKEN}
    monkeypatch.undo()
    ready(indexes)
    indexes.refresh()
    assert indexes.check() == []


def test_passages_that_it_lost_are_noticed_at_the_next_start(follow, written, archive, ready):
    indexes = ready(follow(mode="chroma"))
    store = indexes._store._writing.index
    store.apply(archive.columns().keys[:5], (), store.state())
    indexes.close()
    assert ready(follow(mode="chroma")).check() == []


def test_vectors_that_a_disk_forgot_are_noticed_at_the_next_start(follow, written, settings, ready):
    indexes = ready(follow(mode="chroma"))
    indexes.close()
    old = directory_of(settings)
    [path] = old.rglob("data_level0.bin")
    seen, data = path.stat(), bytearray(path.read_bytes())
    data[::2] = bytes(255 - byte for byte in data[::2])
    path.write_bytes(data)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    again = ready(follow(mode="chroma"))
    assert again.check() == [] and directory_of(settings) != old
    assert found(again, written[7])


# a server


def test_on_a_server(follow, written, archive, made, ready, chroma_server, settings):
    indexes = ready(follow(mode="chroma", url=chroma_server.url, collection="on-a-server"))
    archive.write([made("new")])
    indexes.refresh()
    assert indexes.check() == []
    assert found(indexes, written[3])
    assert not list((settings.data_dir / "indexes").glob("vectors-*"))
    indexes.close()
    again = ready(follow(mode="chroma", url=chroma_server.url, collection="on-a-server"))
    assert again.check() == []


def test_repair_fills_a_collection_anew_whatever_it_counts(follow, written, archive, ready, chroma_server):
    indexes = ready(follow(mode="chroma", url=chroma_server.url, collection="repaired"))
    columns, store = archive.columns(), indexes._store._writing.index
    other = np.ones((1, 10), np.float32)
    store.apply(columns.keys[:1], [Batch(np.array([10**9]), other, [])], store.state())  # as many, but another
    indexes.repair()
    assert store is not indexes._store.index
    assert indexes._store.index.search(other[0], limit=1)[0].key != 10**9


def test_readers_ask_the_server_that_the_owner_writes(follow, written, archive, made, ready, chroma_server, eventually):
    vectors = {"url": chroma_server.url, "collection": "readers", "mode": "chroma"}
    reader = follow(**vectors, own=False)
    assert found(reader, written[3])
    owner = ready(follow(**vectors))
    ready(reader)
    assert found(reader, written[3])
    archive.write([made("new")])
    owner.refresh()
    eventually(lambda: reader.status().vector_store_change == archive.last_change())
    archive.erase("a1", reason="on request")
    owner.refresh()
    ready(owner)
    eventually(lambda: reader.status().vector_store_change == archive.last_change() and found(reader, written[3]))
    assert reader.check() == []


def test_the_server_goes_in_the_middle_of_a_question_and_comes_back(
    follow, written, archive, made, ready, own_chroma_server, monkeypatch
):
    indexes = ready(follow(mode="chroma", url=own_chroma_server.url))
    own_chroma_server.stop()
    assert found(indexes, written[3])
    assert indexes.notices() == (texts.BROKEN,)
    archive.write([made("new")])
    indexes.refresh()
    time.sleep(1)
    assert found(indexes, written[3])
    own_chroma_server.start()
    ready(indexes)
    assert indexes.check() == []


def test_a_server_that_hangs_costs_one_question_its_time_out(follow, written, ready, own_chroma_server):
    indexes = ready(follow(mode="chroma", url=own_chroma_server.url, timeout_s=2))
    os.kill(own_chroma_server.process.pid, signal.SIGSTOP)
    started = time.monotonic()
    assert all(found(indexes, written[3]) for _ in range(50))
    assert time.monotonic() - started < 20  # not 50 time-outs
    os.kill(own_chroma_server.process.pid, signal.SIGCONT)
    ready(indexes)


def test_a_server_that_lost_everything_is_filled_again(follow, written, ready, own_chroma_server, tmp_path):
    indexes = ready(follow(mode="chroma", url=own_chroma_server.url))
    own_chroma_server.stop()
    shutil.rmtree(tmp_path / "chroma-server")
    own_chroma_server.start()
    assert found(indexes, written[3])
    ready(indexes)
    assert indexes.check() == []


def test_no_server_at_all(follow, written, free_port):
    indexes = follow(mode="chroma", url=f"http://127.0.0.1:{free_port}")
    time.sleep(0.5)
    assert found(indexes, written[3])
    assert indexes.check() == ["The vector store differs from the archive: there is none."]
