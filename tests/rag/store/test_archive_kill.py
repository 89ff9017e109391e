"""A writer killed at any moment: what it acknowledged is there, and what it did not is there whole or not at all."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.config import Settings
from rag.errors import Erased
from rag.store.archive import Archive

KILLS = {"sqlite": 12, "postgres": 6}  # to open and check takes longer there


@pytest.fixture
def nursery() -> Iterator[subprocess.Popen[str]]:
    script = Path(__file__).with_name("killed_archive.py")
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, str(script)], stdin=pipe, stdout=pipe, text=True, bufsize=1) as process:
        yield process
        process.stdin.close()


def kill_one(nursery: subprocess.Popen[str], data_dir: Path, round_: int) -> None:
    nursery.stdin.write(f"{data_dir} {round_}\n")
    pid = int(nursery.stdout.readline())
    if round_ % 4:  # else perhaps while it opens the archive
        before = lines(data_dir)
        while lines(data_dir) == before:
            assert Path(f"/proc/{pid}").exists(), "the writer ended by itself"
            time.sleep(0.001)
    time.sleep(random.uniform(0, 0.2))
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.001)


def lines(data_dir: Path) -> list[str]:
    file = data_dir / "acknowledged"
    return file.read_text().splitlines() if file.exists() else []


def acknowledged(data_dir: Path) -> dict[str, str | None]:
    """The newest acknowledged mark of each article; None when its erasure was acknowledged."""
    newest: dict[str, str | None] = {}
    for line in lines(data_dir):
        kind, article_id, *mark = line.split()
        newest[article_id] = mark[0] if kind == "put" else None
    return newest


def turn_of(mark: str) -> int:
    return int(mark.removeprefix("t"))


def whole(archive: Archive, data_dir: Path) -> int:
    """How many articles were acknowledged; all of them are as they should be."""
    assert archive.check() == []
    last = archive.last_change()
    assert [change.number for change in archive.changes(0, limit=last + 1)] == list(range(1, last + 1))
    newest = acknowledged(data_dir)
    for article_id, mark in newest.items():
        try:
            article = archive.article(article_id)
        except Erased:
            continue  # the erasure was committed, its acknowledgement perhaps killed
        assert mark is not None, f"{article_id} was erased and is there"
        assert turn_of(article.title) >= turn_of(mark)
        assert article.text.split()[0] == article.title
        assert [stored.passage.text for stored in archive.passages_of(article_id)] == [article.text]
    assert len(archive.columns().keys) == archive.stats().articles
    return len(newest)


def test_a_kill_at_any_moment_loses_nothing(database, nursery, settings):
    settings.data_dir.mkdir()
    for round_ in range(KILLS[database]):
        kill_one(nursery, settings.data_dir, round_)
        with Archive.open(Settings(data_dir=settings.data_dir)) as archive:
            survived = whole(archive, settings.data_dir)
    assert survived > KILLS[database]
