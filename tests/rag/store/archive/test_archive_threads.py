"""Many threads and processes at one archive: numbers grow in the order of the commits, readers see whole articles."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.store.archive.archive import Archive

pytestmark = pytest.mark.usefixtures("database")

WRITER = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[1], str(Path(sys.argv[1]).parents[1])]
from conftest import make_write
from rag.config import Settings
from rag.store.archive.archive import Archive, Identity

with Archive.open(Settings(data_dir=Path(sys.argv[2])), identity=Identity("test-model", 8, "sentences")) as archive:
    for n in range(60):
        archive.write([make_write(f"{sys.argv[3]}-{n}"), make_write("shared", text=f"{sys.argv[3]} {n}. Dva. Tri")])
"""


class Follower(threading.Thread):
    """Reads changes as an index does, and notes what it would have missed."""

    def __init__(self, archive: Archive) -> None:
        super().__init__()
        self.archive, self.stop = archive, threading.Event()
        self.numbers: list[int] = []
        self.keys: set[int] = set()

    def run(self) -> None:
        while not self.stop.is_set():
            self.take_in()

    def take_in(self) -> None:
        since, upto = (self.numbers[-1] if self.numbers else 0), self.archive.last_change()
        self.numbers += [change.number for change in self.archive.changes(since) if change.number <= upto]
        self.keys -= set(self.archive.removed_keys(since, upto).tolist())
        for batch in self.archive.read_added(since, upto):
            self.keys |= set(batch.keys.tolist())


@pytest.mark.slow
def test_three_processes_write_and_a_follower_misses_nothing(archive, settings):
    follower = Follower(archive)
    follower.start()
    here = str(Path(__file__).parents[1])
    command = [sys.executable, "-c", WRITER, here, str(settings.data_dir)]
    writers = [subprocess.Popen([*command, name], stderr=subprocess.PIPE, text=True) for name in ("a", "b", "c")]
    said = [writer.communicate(timeout=100)[1] for writer in writers]
    follower.stop.set()
    follower.join()
    assert [writer.returncode for writer in writers] == [0, 0, 0], said
    follower.take_in()
    assert follower.numbers == list(range(1, archive.last_change() + 1))
    assert archive.last_change() == 3 * 60 * 2
    assert archive.article("shared").revision == 3 * 60
    assert follower.keys == set(archive.columns().keys.tolist())
    assert archive.check() == []


def test_threads_read_whole_articles_while_others_write(archive, made):
    versions = [". ".join([f"v{n}"] * 5) for n in range(40)]
    archive.write([made(text=versions[0])])
    done = threading.Event()

    def read() -> int:
        reads = 0
        while not done.is_set():
            stored = archive.passages_of("a1")
            assert len({one.passage.text for one in stored}) == 1 and len(stored) == 5
            found = archive.passages([one.key for one in stored])
            assert not found or {p.revision for p in found.values()} == {stored[0].passage.revision}
            reads += 1
        return reads

    def write(numbers: range) -> None:
        for n in numbers:
            archive.write([made(text=versions[n])])

    with ThreadPoolExecutor(10) as pool:
        readers = [pool.submit(read) for _ in range(6)]
        writers = [pool.submit(write, range(start, 40, 4)) for start in range(1, 5)]
        for writer in writers:
            writer.result()
        done.set()
        assert all(reader.result() > 0 for reader in readers)
    assert archive.article("a1").revision == 40
    assert archive.check() == []


def test_two_first_openers_make_one_archive(settings, identity, made):
    def first(n: int) -> str:
        with Archive.open(settings, identity=identity) as archive:
            return archive.write([made(f"a{n}")])[0]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(first, range(8))) == ["new"] * 8
    with Archive.open(settings) as archive:
        assert archive.stats().articles == archive.last_change() == 8
