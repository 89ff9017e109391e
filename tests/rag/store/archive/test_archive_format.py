"""An archive that lacks the tables of a newer Telal gets them when it is opened to write, and nothing of it is lost."""

import contextlib
import sqlite3

import pytest

from rag.config import Settings
from rag.errors import ArchiveBroken, ReadOnly
from rag.store.archive.archive import Archive
from rag.store.backup import restore
from rag.store.site_cases import SiteCases


@pytest.fixture
def older(settings, archive, made):
    """As an earlier version left it."""
    archive.write([made("a1"), made("a2")])
    SiteCases(archive.database).add("Ana", {"question": "Who?"})
    archive.close()
    change(settings, "DROP TABLE desk_pins", "DROP TABLE shared_sheets")
    return settings


def change(settings, *statements):
    with contextlib.closing(sqlite3.connect(settings.data_dir / "archive.sqlite")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_it_is_brought_up_to_date(older, identity, made):
    with pytest.raises(ReadOnly, match="brings it up to date"):
        Archive.open(older, read_only=True)
    with Archive.open(older, identity=identity) as archive:
        assert archive.write([made("a1", title="Drugi naslov"), made("a3")]) == ["changed", "new"]
        assert archive.check() == [] and len(SiteCases(archive.database).all()) == 1
    with Archive.open(older, read_only=True) as archive:
        assert archive.stats().articles == 3


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
        assert archive.stats().articles == 2 and archive.check() == []
    assert [path.name for path in new.data_dir.iterdir() if path.name.startswith("restoring")] == []


def test_the_format_of_before_0_1_is_refused(older):
    change(older, "UPDATE meta SET value = '1' WHERE name = 'schema_version'")
    with pytest.raises(ArchiveBroken, match="format 1"):
        Archive.open(older)
