"""The exact vectors' files: shared between processes, whole after a kill, free of what was erased."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from rag.store.archive.archive import Archive, Identity
from rag.store.upkeep.catchup import IndexBroken, IndexState
from rag.store.upkeep.index_directory import IndexDirectory
from rag.store.vectors.exact_files import FORMAT, FileVectors, check, load
from rag.store.vectors.exact_follower import ExactFollower
from rag.store.vectors.exact_vectors import ExactVectors
from rag.types import ArticleStatus, Filters

DIMENSION = 8


def no_space(*given: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.fixture
def place(settings):
    return IndexDirectory(settings.data_dir / "indexes", "exact")


@pytest.fixture
def memory(archive, place):
    """Exact vectors over the archive, kept in files or only read."""

    def start(*, own: bool) -> ExactFollower:
        made = ExactFollower(archive, place, dimension=DIMENSION)
        if own:
            made.own()
        made.catch_up()
        return made

    return start


@pytest.fixture
def write(archive, made):
    def some(*ids: str, **fields):
        batch = [made(one, **{"text": f"Prva {one}. Druga {one}", **fields}) for one in ids]
        archive.write(batch)
        return batch

    return some


def same(memory: ExactFollower, archive: Archive) -> None:
    """It finds exactly what vectors read from the archive find."""
    columns = archive.columns()
    plain = ExactVectors.of(columns)
    for filters in (Filters(), Filters(languages=("sr",)), Filters(outlets=("B92",))):
        for vector in columns.vectors[::3].astype(np.float32):
            wanted = plain.search(vector, limit=7, filters=filters)
            assert memory.vectors.search(vector, limit=7, filters=filters) == wanted
    assert memory.problem() is None


def test_kept_up_and_reopened(archive, memory, write, place):
    write("a1", "a2", language="hr")
    owner = memory(own=True)
    write("a3", language="el", outlet="B92")
    write("a2", outlet="B92")
    write("a1", status=ArticleStatus.RETRACTED)
    assert owner.catch_up() and not owner.catch_up()
    same(owner, archive)
    owner.close()
    write("a4")
    again = memory(own=True)
    same(again, archive)
    assert place.current().name == "exact-1"


def test_a_reader_maps_what_the_owner_wrote_and_adds_what_came_since(archive, memory, write):
    write("a1", "a2", "a3")
    owner = memory(own=True)
    reader = memory(own=False)
    assert reader.vectors.in_memory == 0
    write("a4", language="el")
    write("a1", text="Sasvim drugo")
    reader.catch_up()  # before its owner
    same(reader, archive)
    assert reader.vectors.in_memory > 0
    owner.catch_up()
    reader.catch_up()
    same(reader, archive)
    same(owner, archive)


def test_a_reader_lets_go_of_what_it_holds_when_it_is_much(archive, memory, write, monkeypatch):
    monkeypatch.setattr("rag.store.vectors.exact_follower._TAIL", 4)
    write("a1")
    owner, reader = memory(own=True), memory(own=False)
    write(*(f"b{n}" for n in range(5)))
    reader.catch_up()
    assert reader.vectors.in_memory == 10
    owner.catch_up()
    write("c")
    reader.catch_up()
    assert reader.vectors.in_memory == 2
    same(reader, archive)


def test_without_files_everything_is_in_memory(archive, memory, write):
    write("a1", "a2")
    reader = memory(own=False)
    assert reader.vectors.in_memory == 4
    same(reader, archive)


def test_what_is_erased_or_superseded_is_overwritten(archive, memory, write, place):
    [old] = write("a1")
    [gone] = write("a2")
    owner = memory(own=True)
    reader = memory(own=False)
    traces = [vector.astype("<f2").tobytes() for one in (old, gone) for vector in one.vectors]
    assert all(held(place, trace) for trace in traces)
    write("a1", outlet="Drugi", text="Drugo")
    archive.erase("a2", reason="on request")
    owner.catch_up()
    assert not any(held(place, trace) for trace in traces)
    assert not any(part.vectors[: part.rows][~part.alive[: part.rows]].any() for part in owner.vectors.view().parts)
    reader.catch_up()
    same(reader, archive)
    same(owner, archive)


def held(place: IndexDirectory, trace: bytes) -> bool:
    return any(trace in path.read_bytes() for path in place.current().iterdir())


def test_a_kill_between_the_head_and_the_overwriting_leaves_no_trace(archive, memory, write, place, monkeypatch):
    [gone, _] = write("a1", "a2")
    owner = memory(own=True)
    archive.erase("a1", reason="on request")
    monkeypatch.setattr("rag.store.vectors.exact_files.FileStorage.clear", lambda self, rows: None)
    owner.catch_up()
    monkeypatch.undo()
    assert held(place, gone.vectors[0].astype("<f2").tobytes())
    again = memory(own=True)
    assert not held(place, gone.vectors[0].astype("<f2").tobytes())
    same(again, archive)


def test_what_was_written_but_not_committed_is_cut_off(archive, memory, write, place, monkeypatch):
    write("a1")
    owner = memory(own=True)
    [lost] = write("a2")
    monkeypatch.setattr(FileVectors, "commit", no_space)
    owner.catch_up()
    monkeypatch.undo()
    same(owner, archive)  # from memory
    archive.erase("a2", reason="on request")
    again = memory(own=True)
    assert not held(place, lost.vectors[0].astype("<f2").tobytes())
    same(again, archive)


def test_a_full_disk_is_tried_again_later(archive, memory, write, monkeypatch):
    write("a1")
    owner = memory(own=True)
    monkeypatch.setattr("rag.store.vectors.exact_files._write", no_space)
    write("a2")
    owner.catch_up()
    same(owner, archive)
    monkeypatch.undo()
    assert owner.vectors.in_memory > 0
    time.sleep(0.6)
    owner.catch_up()
    assert owner.vectors.in_memory == 0
    same(owner, archive)


@pytest.mark.parametrize("file", ["head.json", "0.codes", "0.vectors", "0.rows"])
@pytest.mark.parametrize("harm", ["gone", "short", "garbage"])
def test_damaged_files_are_made_anew(archive, memory, write, place, file, harm):
    write(*(f"a{n}" for n in range(6)))
    memory(own=True).close()
    path = place.current() / file
    if harm == "gone":
        path.unlink()
    elif harm == "short":
        path.write_bytes(path.read_bytes()[:7])
    else:
        path.write_bytes(os.urandom(path.stat().st_size))
    same(memory(own=False), archive)
    again = memory(own=True)
    assert not again.compare()
    same(again, archive)
    assert place.current().name == "exact-2"


@pytest.mark.parametrize("harm", ["inverted", "cut", "zeroed"])
@pytest.mark.parametrize("file", ["0.codes", "0.vectors", "0.rows"])
def test_files_that_are_damaged_while_they_are_searched_answer_nothing_and_are_made_anew(
    archive, memory, write, place, file, harm, monkeypatch
):
    write(*(f"a{n}" for n in range(6)))
    owner = memory(own=True)
    path = place.current() / file
    if harm == "cut":
        os.truncate(path, 7)
    else:
        with path.open("r+b") as opened:
            data = opened.read()
            opened.seek(0)
            opened.write(bytes(len(data)) if harm == "zeroed" else bytes(255 - byte for byte in data))
    monkeypatch.setattr("rag.store.vectors.exact_follower._SOON", 0)
    assert owner.vectors.search(np.ones(DIMENSION, np.float32), limit=3) == [], "nothing rather than what is wrong"
    assert owner.notice is not None
    owner.catch_up()
    assert owner.notice is None and place.current().name == "exact-2" and owner.mended
    same(owner, archive)


def test_of_a_small_archive_a_question_waits_until_they_are_made_anew(archive, memory, write, place):
    write("a1", "a2")
    owner = memory(own=True)
    os.truncate(place.current() / "0.codes", 7)
    same(owner, archive)
    assert place.current().name == "exact-2" and owner.notice is None


def test_files_that_somebody_only_touched_are_searched_on(archive, memory, write, place):
    write("a1", "a2")
    owner = memory(own=True)
    os.utime(place.current() / "0.codes")
    same(owner, archive)
    assert place.current().name == "exact-1" and not owner.mended


def test_a_reader_searches_no_file_that_was_cut_short(archive, memory, write, place):
    write("a1", "a2")
    memory(own=True).close()
    reader = memory(own=False)
    os.truncate(place.current() / "0.vectors", 7)
    same(reader, archive)
    assert reader.vectors.in_memory == 4


def test_what_a_disk_forgets_without_a_trace_is_found_block_by_block(archive, memory, write, place, monkeypatch):
    monkeypatch.setattr("rag.store.vectors.exact_follower._AGAIN_S", 0.0)
    write("a1", "a2")
    owner = memory(own=True)
    assert not owner.compare() and not owner.compare()
    forget(place.current() / "0.vectors", monkeypatch)
    assert owner.compare()
    same(owner, archive)
    assert place.current().name == "exact-2"


def forget(path: Path, monkeypatch) -> None:
    """A byte of a file is another one, and the file system knows nothing of it."""
    data = bytearray(path.read_bytes())
    data[1] ^= 255
    with path.open("r+b") as opened:
        opened.write(data)
    monkeypatch.setattr("rag.store.upkeep.checksums.Untouched.touched", False)


def test_what_is_removed_from_a_damaged_block_is_found_at_once(archive, memory, write, place, monkeypatch):
    write("a1", "a2")
    owner = memory(own=True)
    forget(place.current() / "0.codes", monkeypatch)
    archive.erase("a1", reason="on request")
    owner.catch_up()
    assert place.current().name == "exact-2"
    same(owner, archive)


def test_checksums_hold_whatever_comes_and_goes(archive, memory, write, place, monkeypatch):
    monkeypatch.setattr("rag.store.upkeep.checksums.BLOCK", 64)
    monkeypatch.setattr("rag.store.vectors.exact_files.BLOCK", 64)
    owner = memory(own=True)
    for n in range(12):
        write(f"a{n}", language=("sr", "el")[n % 2])
        owner.catch_up()
        if n % 3 == 2:
            archive.erase(f"a{n - 1}", reason="on request")
            write(f"a{n - 2}", text=f"Sasvim drugo {n}")
            owner.catch_up()
        assert sum(check(place.current(), DIMENSION)) > 0
    same(owner, archive)
    owner.close()
    same(memory(own=True), archive)
    assert place.current().name == "exact-1" and not owner.mended


def test_a_score_that_is_no_number_never_leaves_the_search(archive, write):
    write("a1", "a2")
    columns = archive.columns()
    vectors = ExactVectors.of(columns)
    whole = vectors.search(np.ones(DIMENSION, np.float32), limit=9)
    (part,) = vectors.view().parts
    part.vectors[1, 3], part.vectors[2, 0] = np.nan, np.inf
    left = [hit for hit in whole if hit.key not in part.keys[[1, 2]]]
    assert len(left) == len(whole) - 2 > 0
    assert vectors.search(np.ones(DIMENSION, np.float32), limit=9) == left
    scores = vectors.view().scores(np.ones(DIMENSION, np.float32), columns.keys.tolist())
    assert scores.keys() == {hit.key for hit in left}


def test_files_of_another_archive_are_found_out(archive, memory, write, made, settings, tmp_path, place, identity):
    write("a1", "a2")
    memory(own=True).close()
    for file in settings.data_dir.glob("archive.sqlite*"):
        file.rename(tmp_path / file.name)
    with Archive.open(settings, identity=identity) as other:
        other.write([made("b1", text="Prva b1. Druga b1"), made("b2", text="Prva b2. Druga b2")])
        again = ExactFollower(other, place, dimension=DIMENSION)
        again.own()
        again.catch_up()
        same(again, other)  # the mark of the last change tells at once that they are another archive's
        assert not again.compare()  # so nothing is left to find out


def test_another_model_is_not_searched(archive, place, settings, tmp_path, write, made):
    write("a1")
    files = FileVectors(place.fresh(), DIMENSION)
    files.add(archive.columns())
    files.commit(IndexState(FORMAT, Identity("another", DIMENSION, "sentences"), change=1))
    place.adopt(files.directory, begun=1)
    for own in (False, True):
        memory = ExactFollower(archive, place, dimension=DIMENSION)
        memory.own() if own else None
        memory.catch_up()
        same(memory, archive)
    with pytest.raises(IndexBroken):
        load(files.directory, DIMENSION + 1)


def test_many_removed_rows_are_left_behind_in_new_files(archive, memory, write, place, monkeypatch):
    monkeypatch.setattr("rag.store.vectors.exact_follower._FEW_DEAD", 3)
    write(*(f"a{n}" for n in range(8)))
    owner = memory(own=True)
    for n in range(4):
        archive.erase(f"a{n}", reason="on request")
    owner.catch_up()
    owner.catch_up()
    assert place.current().name == "exact-2" and sum(p.rows for p in owner.vectors.view().parts) == 8
    same(owner, archive)


def test_a_stop_ends_between_two_steps_and_the_next_start_goes_on(archive, write, place, monkeypatch):
    monkeypatch.setattr("rag.store.vectors.exact_follower._WINDOW", 2)
    for n in range(6):
        write(f"a{n}")
    stop, done = threading.Event(), []
    commit = FileVectors.commit
    monkeypatch.setattr(FileVectors, "commit", lambda self, built: done.append(commit(self, built)) or stop.set())
    first = ExactFollower(archive, place, dimension=DIMENSION)
    first.own()
    first.catch_up()
    assert len(done) == 3  # nobody told it to stop
    first.close()
    for n in range(6, 12):
        write(f"a{n}")
    stopped = ExactFollower(archive, place, dimension=DIMENSION, stop=stop)
    stop.clear()
    stopped.own()
    assert not stopped.catch_up() and len(done) == 4
    monkeypatch.undo()
    again = ExactFollower(archive, place, dimension=DIMENSION)
    again.own()
    again.catch_up()
    same(again, archive)
    assert place.current().name == "exact-1"


KILLED = """
import sys
from pathlib import Path
from rag.config import Settings
from rag.store.archive.archive import Archive
from rag.store.vectors.exact_follower import ExactFollower
from rag.store.upkeep.index_directory import IndexDirectory
settings = Settings(data_dir=Path(sys.argv[1]))
with Archive.open(settings) as archive:
    memory = ExactFollower(archive, IndexDirectory(settings.data_dir / "indexes", "exact"), dimension=8)
    memory.own()
    print("on", flush=True)
    while True:
        memory.catch_up()
"""


@pytest.mark.slow
def test_ten_kills_while_articles_come_and_go(archive, memory, made, settings, place):
    """Every time the files are taken up again, hold what the archive holds, and are not begun anew."""
    random, number = np.random.default_rng(5), 0
    archive.write([made("a")])
    memory(own=True).close()
    for _ in range(10):
        command = [sys.executable, "-c", KILLED, str(settings.data_dir)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None and process.stdout.readline() == "on\n"
            end = time.monotonic() + float(random.uniform(0.05, 0.3))
            while time.monotonic() < end:
                number += 1
                archive.write([made(f"a{number}", text=f"Jedan {number}. Dva {number}")])
                if number % 3 == 0:
                    archive.erase(f"a{number - 1}", reason="on request")
            os.kill(process.pid, signal.SIGKILL)
        again = memory(own=True)
        same(again, archive)
        assert not again.compare()
        again.close()
    assert Path(place.current()).name == "exact-1"
