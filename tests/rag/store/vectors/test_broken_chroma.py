"""Chroma's directory deleted, overwritten, or its server gone: exact search answers, and it mends itself."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from rag.config import VectorsSettings
from rag.store.keyword import keeper
from rag.store.vectors import chroma
from rag.store.vectors.chroma_index import survives


@pytest.fixture
def written(archive, made):
    """More passages than Chroma keeps back before it writes its graph file (1,000)."""
    text = ". ".join(f"Rečenica broj {n}" for n in range(60))
    batch = [made(f"a{n}", text=text) for n in range(20)]
    archive.write(batch)
    return batch


@pytest.fixture
def ready(eventually):
    """Waits until Chroma answers and nothing is amiss."""

    def wait(indexes):
        eventually(lambda: indexes.status().chroma_state == "ready" and not indexes.notices())
        return indexes

    return wait


def found(indexes, write) -> bool:
    return indexes.dense(write.vectors[3], limit=1)[0].score > 0.999


def chroma_directory(settings) -> Path:
    [directory] = [path for path in (settings.data_dir / "indexes").glob("chroma-*") if path.is_dir()]
    return directory


def overwrite(directory: Path, only: str = "*") -> None:
    """Garbage of the same length into every file."""
    for path in directory.rglob(only):
        if path.is_file():
            path.write_bytes(os.urandom(path.stat().st_size))


@pytest.mark.parametrize("damage", [shutil.rmtree, overwrite], ids=["deleted", "overwritten"])
def test_while_running(follow, written, settings, ready, made, archive, damage):
    indexes = ready(follow(mode="chroma"))
    old = chroma_directory(settings)
    damage(old)
    for _ in range(200):  # while it notices and mends
        assert found(indexes, written[7])
        time.sleep(0.005)
    archive.write([made("new")])
    ready(indexes)
    assert indexes.check() == []
    assert chroma_directory(settings) != old


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
    overwrite(chroma_directory(settings), only)
    indexes = follow(mode="chroma")
    assert found(indexes, written[7])
    ready(indexes)
    assert indexes.check() == []


@pytest.mark.slow
@pytest.mark.parametrize("only", ["*", "chroma.sqlite3", "*.bin"])
def test_a_broken_directory_with_a_clean_mark_does_not_survive_the_probe(
    follow, written, settings, ready, only, monkeypatch
):
    ready(follow(mode="chroma")).close()
    directory = chroma_directory(settings)
    overwrite(directory, only)
    assert not survives(directory, VectorsSettings())
    monkeypatch.setattr("rag.store.vectors.chroma_index.take_clean_mark", lambda directory: True)
    indexes = follow(mode="chroma")
    assert found(indexes, written[7])
    ready(indexes)
    assert indexes.check() == []
    assert chroma_directory(settings) != directory


def test_a_probe_that_ends_by_a_signal_or_hangs(tmp_path, monkeypatch):
    for script in ("kill -SEGV $$", "sleep 60"):
        python = tmp_path / "python"
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
        monkeypatch.setattr("sys.executable", str(python))
        monkeypatch.setattr("rag.store.vectors.chroma_index._PROBE_S", 0.3)
        assert not survives(tmp_path, VectorsSettings())


def test_a_sound_directory_survives_and_stays_clean(follow, written, settings, ready):
    ready(follow(mode="chroma")).close()
    directory = chroma_directory(settings)
    assert survives(directory, VectorsSettings())
    assert not survives(directory, VectorsSettings(collection="other"))


def test_a_full_disk_is_waited_for(follow, written, ready, monkeypatch):
    def full(self):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rag.store.upkeep.index_directory.IndexDirectory.fresh", full)
    indexes = follow(mode="chroma")
    time.sleep(0.5)
    assert found(indexes, written[7])
    assert indexes.keyword("rečenica", limit=3) == []
    assert set(indexes.notices()) == {keeper.UNUSABLE, chroma.BROKEN_NOTICE}
    monkeypatch.undo()
    ready(indexes)
    indexes.refresh()
    assert indexes.check() == []


def test_passages_lost_by_chroma_are_noticed_at_the_next_start(follow, written, archive, ready):
    indexes = ready(follow(mode="chroma"))
    indexes._chroma._vectors.remove(archive.columns().keys[:5])
    indexes.close()
    assert ready(follow(mode="chroma")).check() == []


# a server


def test_on_a_server(follow, written, archive, made, ready, chroma_server, settings):
    indexes = ready(follow(url=chroma_server.url, collection="on-a-server"))
    archive.write([made("new")])
    indexes.refresh()
    assert indexes.check() == []
    assert found(indexes, written[3])
    assert not (settings.data_dir / "indexes" / "chroma-1").exists()
    indexes.close()
    again = ready(follow(url=chroma_server.url, collection="on-a-server"))
    assert again.check() == []


def test_readers_ask_the_server_that_the_owner_writes(follow, written, archive, made, ready, chroma_server, eventually):
    vectors = {"url": chroma_server.url, "collection": "readers", "mode": "chroma"}
    reader = follow(**vectors, own=False)
    assert found(reader, written[3])
    owner = ready(follow(**vectors))
    ready(reader)
    assert found(reader, written[3])
    archive.write([made("new")])
    owner.refresh()
    eventually(lambda: reader.status().chroma_change == archive.last_change())
    archive.erase("a1", reason="on request")
    owner.refresh()
    ready(owner)
    eventually(lambda: reader.status().chroma_change == archive.last_change() and found(reader, written[3]))
    assert reader.check() == []


def test_the_server_goes_in_the_middle_of_a_question_and_comes_back(
    follow, written, archive, made, ready, own_chroma_server, monkeypatch
):
    indexes = ready(follow(mode="chroma", url=own_chroma_server.url))
    own_chroma_server.stop()
    assert found(indexes, written[3])
    assert indexes.notices() == (chroma.BROKEN_NOTICE,)
    archive.write([made("new")])
    indexes.refresh()
    time.sleep(1)
    assert found(indexes, written[3])
    own_chroma_server.start()
    ready(indexes)
    assert indexes.check() == []


def test_a_server_that_hangs_costs_one_question_its_time_out(follow, written, ready, own_chroma_server):
    indexes = ready(follow(mode="chroma", url=own_chroma_server.url, timeout_s=0.5))
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
    indexes = follow(url=f"http://127.0.0.1:{free_port}")
    time.sleep(0.5)
    assert found(indexes, written[3])
    assert indexes.check() == ["The vector index differs from the archive: it is not open."]
