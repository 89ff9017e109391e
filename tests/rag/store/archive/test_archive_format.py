"""An archive of format 1 is brought up to date when it is opened to write, and nothing of it is lost."""

import contextlib
import sqlite3

import pytest

from rag.config import Settings
from rag.errors import ReadOnly
from rag.store.archive.archive import Archive
from rag.store.backup import restore
from rag.store.database.schema import SCHEMA_VERSION

URL = "https://n1.example/vest"


@pytest.fixture
def older(settings, archive, made):
    """As format 1 left it: without the new tables and the time of a change."""
    archive.write([made("a1", url=URL), made("a2")])
    archive.close()
    connection = sqlite3.connect(settings.data_dir / "archive.sqlite")
    for table in ("addresses", "absences", "copies", "fingerprints", "bands"):
        connection.execute(f"DROP TABLE {table}")
    connection.execute("ALTER TABLE changes DROP COLUMN at")
    connection.execute("UPDATE meta SET value = '1' WHERE name = 'schema_version'")
    connection.commit()
    connection.close()
    return settings


def test_it_is_brought_up_to_date(older, identity, made):
    with Archive.open(older, identity=identity) as archive:
        assert archive.at_address(URL) == ["a1"]
        assert archive.write([made("a1", title="Drugi naslov", url=URL), made("a3")]) == ["changed", "new"]
        assert archive.check() == []
    with Archive.open(older, read_only=True) as archive:
        assert archive.stats().articles == 3
    connection = sqlite3.connect(older.data_dir / "archive.sqlite")
    assert connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone() == (
        str(SCHEMA_VERSION),
    )
    connection.close()


def test_read_only_it_is_left_and_said(older):
    with pytest.raises(ReadOnly, match="brings it up to date"):
        Archive.open(older, read_only=True)


def test_a_backup_of_it_can_be_restored(older, tmp_path):
    backup = tmp_path / "old.sqlite"
    with (
        contextlib.closing(sqlite3.connect(older.data_dir / "archive.sqlite")) as source,
        contextlib.closing(sqlite3.connect(backup)) as target,
    ):
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    new = Settings(data_dir=tmp_path / "new")
    assert restore(new, backup, replace=False).articles == 2
    with Archive.open(new) as archive:
        assert archive.at_address(URL) == ["a1"] and archive.check() == []
    assert [path.name for path in new.data_dir.iterdir() if path.name.startswith("restoring")] == []
