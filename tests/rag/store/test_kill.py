"""A writer killed at any moment, thirty-two times: nothing acknowledged is lost or twice, and no help is needed."""

from __future__ import annotations

import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.config import Settings, VectorsSettings
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes

DIRECTORIES, KILLS = 4, 8  # fresh directories keep the rebuilding short
LONGEST_S = 250  # on a machine that does much else


class Nursery:
    """Writers, forked from a process that has everything imported."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("killed_writer.py")
        self._process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._said: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def writer(self, directory: Path, number: int) -> int:
        """The process id of a new writer."""
        self._process.stdin.write(f"{directory} {number}\n")
        return int(self.hear("pid").removeprefix("pid "))

    def hear(self, start: str) -> str:
        """The next line, which must begin so."""
        line = self._said.get(timeout=LONGEST_S)
        assert line.startswith(start), line
        return line

    def kill(self, pid: int) -> bool:
        """Kill a writer. Did it say that all was well before?"""
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.001)
        time.sleep(0.005)  # for its last words
        lines = []
        while not self._said.empty():
            lines.append(self._said.get())
        assert not [line for line in lines if line != "verified"], lines
        return bool(lines)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def _listen(self) -> None:
        for line in self._process.stdout:
            self._said.put(line.rstrip("\n"))


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kill_at_any_moment(nursery, tmp_path):
    random.seed()
    verified = 0
    for n in range(DIRECTORIES):
        directory = tmp_path / str(n)
        directory.mkdir()
        for number in range(KILLS):
            pid = nursery.writer(directory, number)
            if number % 4 == 3:  # at any moment from the start: while opening and rebuilding
                time.sleep(random.uniform(0, 0.8))
            else:  # while writing
                nursery.hear("verified")
                verified += 1
                time.sleep(random.uniform(0, 0.5))
            verified += nursery.kill(pid)
        last = nursery.writer(directory, KILLS)
        nursery.hear("verified")
        nursery.kill(last)
    assert whole(directory)
    assert verified >= DIRECTORIES * KILLS // 2


def whole(directory: Path) -> bool:
    """The indexes are whole in this process too, and again after a clean close."""
    settings = Settings(data_dir=directory / "data", vectors=VectorsSettings(mode="chroma"))
    with Archive.open(settings) as archive:
        assert archive.check() == []
        for _ in range(2):
            indexes = Indexes(archive, settings, dimension=256, own=True)
            indexes.start()
            assert indexes.check() == []
            assert indexes.status().vector_store_state == "ready"
            assert indexes.notices() == ()
            indexes.close()
    return True
