"""Backup and restore: a copy taken in the middle of writing is whole, and what is put back answers."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from api.auth.keys import KeyStore
from api.commands import main
from rag.config import Settings
from rag.errors import ArchiveBroken, BadInput, DirectoryOwned, ReadOnly
from rag.store.archive.archive import Archive, Identity, Write
from rag.store.backup import back_up, restore
from rag.store.upkeep.index_directory import OwnerLock
from rag.types import Article


def write(archive: Archive, *numbers: int) -> None:
    for n in numbers:
        day = datetime(2025, 1, 1 + n % 28, tzinfo=UTC)
        article = Article(f"a{n}", f"t{n}", f"Text {n}.", outlet=f"O{n % 2}", language="sq", published=day)
        archive.write([Write(article, [], np.zeros((0, 4), np.float32))])


@pytest.fixture
def archive(settings):
    with Archive.open(settings, identity=Identity("m", 4, "c")) as opened:
        write(opened, *range(10))
        yield opened


def test_a_copy_taken_while_writing_is_whole(archive, settings, tmp_path):
    stop = threading.Event()

    def go_on():
        n = 10
        while not stop.is_set():
            write(archive, n)
            n += 1

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        copies = [back_up(settings, tmp_path / f"copy{n}.sqlite") for n in range(3)]
    finally:
        stop.set()
        writer.join()
    assert 10 <= copies[0].articles <= copies[2].articles
    assert sorted(path.name for path in tmp_path.glob("copy*")) == [f"copy{n}.sqlite" for n in range(3)]


def test_what_is_put_back_is_what_was_copied(archive, settings, tmp_path):
    copy = tmp_path / "copy.sqlite"
    back_up(settings, copy)
    archive.erase("a1", reason="test")
    write(archive, 99)
    archive.close()
    (settings.data_dir / "indexes").mkdir()
    (settings.data_dir / "indexes" / "old").write_text("")
    with pytest.raises(BadInput, match="--replace"):
        restore(settings, copy, replace=False)
    done = restore(settings, copy, replace=True)
    assert done.articles == 10 and not (settings.data_dir / "indexes").exists()
    with Archive.open(settings, identity=Identity("m", 4, "c")) as again:
        assert again.article("a1").text == "Text 1." and again.check() == []
        write(again, 100)
    with sqlite3.connect(done.aside) as aside:
        assert aside.execute("select count(*) from articles").fetchone() == (10,)
    aside.close()
    fresh = Settings(data_dir=tmp_path / "elsewhere")
    assert restore(fresh, copy, replace=False).aside is None


def test_a_restore_keeps_the_keys_of_today(archive, settings, tmp_path):
    """A copy of before must not bring back what was revoked, nor lose what was made since."""
    keys = KeyStore(archive.database)
    former = keys.create("former", kind="secret")
    back_up(settings, tmp_path / "copy.sqlite")
    keys.revoke(former.key.id)
    now = keys.create("now", kind="secret")
    archive.close()
    restore(settings, tmp_path / "copy.sqlite", replace=True)
    with Archive.open(settings) as again:
        store = KeyStore(again.database)
        assert store.by_token(former.token) is None and store.by_token(now.token) == now.key


def test_what_cannot_be_done_is_told(archive, settings, tmp_path):
    copy = tmp_path / "copy.sqlite"
    back_up(settings, copy)
    with pytest.raises(BadInput, match="exists"):
        back_up(settings, copy)
    with pytest.raises(BadInput, match="no file"):
        restore(settings, tmp_path / "nothing", replace=True)
    with pytest.raises(ReadOnly, match="no archive"):
        back_up(Settings(data_dir=tmp_path / "empty"), tmp_path / "x")
    lock = OwnerLock(settings.data_dir)
    assert lock.acquire()
    with pytest.raises(DirectoryOwned):
        restore(settings, copy, replace=True)
    lock.release()
    for damage in (b"", b"garbage" * 100, copy.read_bytes()[:20_000]):
        copy.write_bytes(damage)
        with pytest.raises((ArchiveBroken, ReadOnly)):
            restore(settings, copy, replace=True)
    assert archive.article("a1").text == "Text 1."


def test_commands(archive, settings, tmp_path, monkeypatch):
    monkeypatch.setenv("TELAL_DATA_DIR", str(settings.data_dir))
    app = typer.Typer()
    main.register(app)
    done = CliRunner().invoke(app, ["backup", str(tmp_path / "copy.sqlite")])
    assert done.exit_code == 0 and "10 articles" in done.output
    monkeypatch.setenv("TELAL_DATA_DIR", str(tmp_path / "elsewhere"))
    done = CliRunner().invoke(app, ["restore", str(tmp_path / "copy.sqlite")])
    assert done.exit_code == 0 and "10 articles restored" in done.output


def test_outlets(archive):
    found = archive.outlets()
    assert [(o.name, o.articles, o.languages) for o in found] == [("O0", 5, {"sq": 5}), ("O1", 5, {"sq": 5})]
    assert found[0].first_published < found[0].last_published
