"""The archive on a full disk, in a directory that may not be written, on a file that is taken away."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from rag.config import Settings
from rag.errors import ArchiveBroken, DiskFull, ReadOnly
from rag.store.archive.archive import Archive
from rag.store.database.sqlite import SqliteDatabase, translate


def test_a_full_disk_loses_nothing(settings, archive, identity, made, monkeypatch):
    connect = SqliteDatabase._connect

    def small(self: SqliteDatabase) -> sqlite3.Connection:
        connection = connect(self)
        connection.execute("PRAGMA max_page_count = 100")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(SqliteDatabase, "_connect", small)
        with Archive.open(settings, identity=identity) as cramped:
            _fill(cramped, made)
    assert archive.write([made("room again")]) == ["new"]
    assert archive.check() == []


def _fill(archive: Archive, made) -> None:
    """Write until the disk is full, then see that everything acknowledged is there and nothing else."""
    stored = archive.last_change()
    with pytest.raises(DiskFull, match="nothing stored is lost"):
        for n in range(10_000):
            archive.write([made(f"full{n}", text="Rečenica. " * 200 + f"Kraj {n}")])
            stored += 1
    assert 1 < stored == archive.last_change() == archive.stats().articles
    assert archive.article("full0").text.endswith("Kraj 0")
    assert archive.check() == []


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="needs to mount a small disk")
def test_a_really_full_disk_loses_nothing(tmp_path, made, identity):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("may not mount")
    try:
        with Archive.open(Settings(data_dir=disk), identity=identity) as archive:
            _fill(archive, made)
        with Archive.open(Settings(data_dir=disk)) as again:
            assert again.check() == []
            assert again.stats().articles > 1
    finally:
        subprocess.run(["umount", str(disk)], check=True)


_AS_ANOTHER_USER = """
import os, sys
from pathlib import Path
from rag.config import Settings
from rag.errors import ReadOnly
from rag.store.archive.archive import Archive
os.setgid(65534)
os.setuid(65534)
settings = Settings(data_dir=Path(sys.argv[1]))
for one in (settings, Settings(data_dir=settings.data_dir / "deeper")):
    try:
        sys.exit(f"opened {Archive.open(one)}")
    except ReadOnly as error:
        assert "write access" in error.hint
with Archive.open(settings, read_only=True) as archive:
    for line in sys.stdin:
        print(len(archive.columns().keys), archive.article(line.strip()).title, flush=True)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user")
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "with a log"])
def test_a_directory_that_may_not_be_written_is_read(made, identity, closed):
    pipe = subprocess.PIPE
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        settings = Settings(data_dir=Path(name))
        archive = Archive.open(settings, identity=identity)
        archive.write([made()])
        if closed:
            archive.close()
        for file in Path(name).iterdir():  # whose owner lets others read
            file.chmod(0o644)
        command = [sys.executable, "-c", _AS_ANOTHER_USER, name]
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, bufsize=1) as reader:
            assert _asked(reader, "a1") == "3 Naslov a1"
            archive.write([made("a2")])  # by its owner, meanwhile
            assert _asked(reader, "a2") == "6 Naslov a2"
            archive.close()
            assert _asked(reader, "a2") == "6 Naslov a2"
            archive.write([made("a3")])
            archive.close()
            assert _asked(reader, "a3") == "9 Naslov a3"
            reader.stdin.close()


def _asked(reader: subprocess.Popen[str], article_id: str) -> str:
    try:
        reader.stdin.write(article_id + "\n")
        return reader.stdout.readline().strip()
    finally:
        if reader.poll() is not None:
            pytest.fail(reader.stderr.read())


@pytest.mark.parametrize("replaced", [True, False])
def test_a_file_that_is_taken_away_is_not_written_any_more(settings, archive, made, replaced):
    archive.write([made()])
    for path in settings.data_dir.iterdir():
        path.unlink()
    if replaced:
        with Archive.open(settings) as other:
            assert other.last_change() == 0
    for use in (lambda: archive.write([made("a2")]), archive.last_change):
        with pytest.raises(ArchiveBroken, match="moved, deleted or replaced"):
            use()


def test_every_error_of_the_system_has_a_name_of_ours(tmp_path):
    assert isinstance(translate(OSError(28, "No space left on device"), tmp_path), DiskFull)
    assert isinstance(translate(PermissionError(13, "Permission denied"), tmp_path), ReadOnly)
    assert isinstance(translate(OSError(5, "Input/output error"), tmp_path), ArchiveBroken)
    assert isinstance(translate(sqlite3.OperationalError("what?"), tmp_path), ArchiveBroken)
