"""A writer killed at any moment: what it acknowledged is there, and what it did not is there whole or not at all."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from rag.config import Settings
from rag.errors import Erased
from rag.store.archive.archive import Archive
from rag.store.database.records import Identity
from rag.store.indexes import Indexes
from support.servers import Postgres, until

pytestmark = pytest.mark.slow

MORE = int(os.environ.get("KILLS", "1"))  # KILLS=20 pytest tests/rag/store/archive/test_archive_kill.py: the long form
KILLS = {"sqlite": 12 * MORE, "postgres": 6 * MORE}  # to open and check takes longer there


@contextmanager
def nursery() -> Iterator[subprocess.Popen[str]]:
    """Forks a writer for each line; its settings are those of the environment now."""
    script = Path(__file__).with_name("killed_archive.py")
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, str(script)], stdin=pipe, stdout=pipe, text=True, bufsize=1) as process:
        yield process
        process.stdin.close()


def kill_one(writers: subprocess.Popen[str], data_dir: Path, round_: int) -> None:
    writers.stdin.write(f"{data_dir} {round_}\n")
    pid = int(writers.stdout.readline())
    if round_ % 4:  # else perhaps while it opens the archive
        before = lines(data_dir)
        while lines(data_dir) == before:
            assert Path(f"/proc/{pid}").exists(), "the writer ended by itself"
            time.sleep(0.001)
    time.sleep(random.uniform(0, 0.2))
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.001)


def kill_postgres(writers: subprocess.Popen[str], postgres: Postgres, data_dir: Path, round_: int) -> None:
    """Kill the server in the middle of a writer's work, wait for the writer's end, start the server again."""
    writers.stdin.write(f"{data_dir} {round_}\n")
    pid, before = int(writers.stdout.readline()), lines(data_dir)
    while lines(data_dir) == before:
        assert Path(f"/proc/{pid}").exists(), "the writer ended by itself"
        time.sleep(0.001)
    time.sleep(random.uniform(0, 0.3))
    postgres.stop(signal.SIGQUIT)
    while Path(f"/proc/{pid}").exists():  # it is told that the database is gone
        time.sleep(0.01)
    postgres.start()


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


def test_a_kill_at_any_moment_loses_nothing(database, settings):
    settings.data_dir.mkdir()
    with nursery() as writers:
        for round_ in range(KILLS[database]):
            kill_one(writers, settings.data_dir, round_)
            with Archive.open(Settings(data_dir=settings.data_dir)) as archive:
                survived = whole(archive, settings.data_dir)
    assert survived >= sum(round_ % 4 > 0 for round_ in range(KILLS[database]))  # each of these waits for one at least


def test_a_kill_of_postgres_at_any_moment_loses_nothing(own_postgres, settings, monkeypatch):
    """As a crash of the server: its processes end at once, and it mends itself from its log at the next start."""
    monkeypatch.setenv("TELAL_ARCHIVE__URL", own_postgres.new())
    settings.data_dir.mkdir()
    with nursery() as writers:
        for round_ in range(2 * MORE):
            kill_postgres(writers, own_postgres, settings.data_dir, round_)
            with Archive.open(Settings(data_dir=settings.data_dir)) as archive:
                assert whole(archive, settings.data_dir) > 0


@pytest.mark.skipif("KILLS" not in os.environ, reason="KILLS=1 or more runs it")
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # cursors of a server that was killed
def test_nodes_are_alike_after_every_kill(own_postgres, settings, tmp_path, monkeypatch):
    """Two nodes follow a writer that is killed, or loses its PostgreSQL, again and again."""
    monkeypatch.setenv("TELAL_ARCHIVE__URL", own_postgres.new())
    settings.data_dir.mkdir()
    folders = [tmp_path / name for name in ("one", "two")]
    with ExitStack() as stack:
        writers = stack.enter_context(nursery())
        nodes = [stack.enter_context(node(folder)) for folder in folders]
        archive = stack.enter_context(Archive.open(Settings(data_dir=settings.data_dir)))
        for round_ in range(3 * MORE):
            if round_ % 3 == 2:
                kill_postgres(writers, own_postgres, settings.data_dir, round_)
            else:
                kill_one(writers, settings.data_dir, round_)
            assert whole(archive, settings.data_dir) > 0 or round_ == 0
            for indexes in nodes:
                until(lambda i=indexes: level(i), within_s=120)
            if archive.last_change():
                assert [indexes.check() for indexes in nodes] == [[], []]
            # of all: many score the same, and which of those a limit cuts off is nobody's promise
            first, second = ([hit.key for hit in indexes.keyword("vest", limit=100_000)] for indexes in nodes)
            assert first == second
    assert acknowledged(settings.data_dir)


def level(indexes: Indexes) -> bool:
    status = indexes.status()
    return status.keyword_change == status.exact_change == status.last_change


@contextmanager
def node(folder: Path) -> Iterator[Indexes]:
    """A node's indexes, begun."""
    with Archive.open(Settings(data_dir=folder), identity=Identity("ones", 32, "whole")) as archive:
        indexes = Indexes(archive, Settings(data_dir=folder), dimension=32)
        indexes.start()
        yield indexes
        indexes.close()
