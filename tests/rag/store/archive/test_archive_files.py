"""The archive's file when something is wrong with it, its directory, its disk, or another process holds it."""

import os
import sqlite3
import subprocess
import sys

import pytest

from rag.config import ArchiveSettings, Settings
from rag.errors import ArchiveBroken, ArchiveBusy, ArchiveTooNew, BadSettings, ReadOnly
from rag.store.archive.archive import Archive
from rag.store.database.records import Identity


def test_a_file_of_garbage_is_refused_and_left_as_it_was(settings, identity):
    settings.data_dir.mkdir()
    path = settings.data_dir / "archive.sqlite"
    garbage = b"SQLite or not, this is no database. " * 500
    path.write_bytes(garbage)
    for read_only in (False, True):
        with pytest.raises(ArchiveBroken, match="damaged or is not"):
            Archive.open(settings, identity=identity, read_only=read_only)
    assert path.read_bytes() == garbage
    assert list(settings.data_dir.iterdir()) == [path]


def test_garbage_behind_a_right_beginning_is_refused_and_left_as_it_was(settings, identity):
    settings.data_dir.mkdir()
    path = settings.data_dir / "archive.sqlite"
    path.write_bytes(b"SQLite format 3\0" + os.urandom(8192))
    before = path.read_bytes()
    with pytest.raises(ArchiveBroken):
        Archive.open(settings, identity=identity)
    assert path.read_bytes() == before


def test_somebody_elses_database_is_refused_and_left_as_it_was(settings, identity):
    settings.data_dir.mkdir()
    path = settings.data_dir / "archive.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE meta (name, worth)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ArchiveBroken):
        Archive.open(settings, identity=identity)
    assert path.read_bytes() == before


def test_a_directory_in_its_place_is_refused(settings):
    (settings.data_dir / "archive.sqlite").mkdir(parents=True)
    with pytest.raises(ArchiveBroken):
        Archive.open(settings)


def test_a_damaged_page_is_found_by_the_check(settings, archive, made):
    archive.write([made(f"a{n}", text="Dugačko. " * 300 + "Kraj") for n in range(20)])
    archive.close()
    path = settings.data_dir / "archive.sqlite"
    data = bytearray(path.read_bytes())
    data[4096 * 6 : 4096 * 9] = os.urandom(4096 * 3)
    path.write_bytes(data)
    with Archive.open(settings) as damaged:
        assert damaged.check()
        with pytest.raises(ArchiveBroken, match="doctor"):
            for n in range(20):
                damaged.article(f"a{n}")
            damaged.columns()


def test_a_text_changed_behind_its_back_is_found_by_the_check(settings, archive, made):
    archive.write([made(), made("a2"), made("a3"), made("a4")])
    assert archive.check() == []
    connection = sqlite3.connect(settings.data_dir / "archive.sqlite")
    connection.execute("UPDATE documents SET text = 'kratko' WHERE change = 1")
    connection.execute("DELETE FROM passages WHERE change = 2 AND ordinal = 1")
    connection.execute("UPDATE vectors SET data = x'00' WHERE change = 3")
    connection.execute("DELETE FROM revisions WHERE article_id = 'a4'")
    connection.commit()
    connection.close()
    found = "\n".join(archive.check())
    for part in (
        "a1' revision 1: its text",
        "a1' revision 1: a passage",
        "a2' revision 1",
        "a3' revision 1",
        "'a4'",
        "documents of change 4",
    ):
        assert part in found


def test_a_newer_format_is_refused(settings, archive):
    archive.close()
    connection = sqlite3.connect(settings.data_dir / "archive.sqlite")
    connection.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    connection.commit()
    connection.close()
    with pytest.raises(ArchiveTooNew, match="Update Telal"):
        Archive.open(settings)


def test_an_address_chooses_the_file(tmp_path, made, identity):
    settings = Settings(data_dir=tmp_path, archive=ArchiveSettings(url=f"sqlite:///{tmp_path}/other/here.db"))
    with Archive.open(settings, identity=identity) as archive:
        archive.write([made()])
    assert (tmp_path / "other" / "here.db").exists()
    with pytest.raises(BadSettings):
        Archive.open(Settings(data_dir=tmp_path, archive=ArchiveSettings(url="mysql://x/y")))


def test_opened_for_reading_it_reads_beside_a_writer_and_refuses_to_write(settings, archive, made):
    with pytest.raises(ReadOnly, match="telal ingest"):
        Archive.open(Settings(data_dir=settings.data_dir / "nothing"), read_only=True)
    archive.write([made()])
    with Archive.open(settings, read_only=True) as reader:
        assert reader.article("a1").id == "a1"
        archive.write([made("a2")])
        assert reader.last_change() == 2
        with pytest.raises(ReadOnly):
            reader.write([made("a3")])


def test_an_empty_file_read_only_is_no_archive(settings):
    settings.data_dir.mkdir()
    (settings.data_dir / "archive.sqlite").touch()
    with pytest.raises(ReadOnly):
        Archive.open(settings, read_only=True)


def test_another_writer_makes_it_busy_and_readers_go_on(tmp_path, made, identity):
    settings = Settings(data_dir=tmp_path, archive=ArchiveSettings(busy_timeout_s=0.2))
    with Archive.open(settings, identity=identity) as archive:
        archive.write([made()])
        other = sqlite3.connect(tmp_path / "archive.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveBusy, match="Try again"):
            archive.write([made("a2")])
        assert archive.last_change() == 1
        other.execute("ROLLBACK")
        other.close()
        assert archive.write([made("a2")]) == ["new"]


def test_an_archive_that_is_opened_twice_in_a_process_keeps_its_locks(tmp_path):
    """Looking into the file by hand and closing that handle would drop them: another process then removes the log."""
    settings = Settings(data_dir=tmp_path)
    first = Archive.open(settings, identity=Identity("m", 2, "c"))
    first.stats()
    Archive.open(settings).close()
    code = f"""
from rag.config import Settings
from rag.store.archive.archive import Archive
from rag.store.database.records import Identity
archive = Archive.open(Settings(data_dir={str(tmp_path)!r})); archive.stats(); archive.close()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert (tmp_path / "archive.sqlite-wal").exists()  # whoever believes to be the last one removes it
    first.close()


def test_an_emptied_archive_beside_indexes_is_damage_and_without_them_a_new_one(settings, identity):
    settings.data_dir.mkdir()
    (settings.data_dir / "archive.sqlite").touch()
    Archive.open(settings, identity=identity).close()
    (settings.data_dir / "archive.sqlite").write_bytes(b"")
    (settings.data_dir / "indexes/keyword-1").mkdir(parents=True)
    with pytest.raises(ArchiveBroken, match="empty"):
        Archive.open(settings, identity=identity)


def test_a_flipped_digit_is_not_read_and_a_row_that_cannot_be_says_what_to_do(settings, archive, made):
    archive.write([made("a", text="U jami je bilo 17 ljudi, kaže policija."), made("b", text="Most je otvoren danas.")])
    archive.close()
    path = settings.data_dir / "archive.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("UPDATE documents SET text = replace(text, '17', '71') WHERE text LIKE '%17%'")
    connection.execute("UPDATE documents SET extra = '{' WHERE text LIKE 'Most%'")
    connection.commit()
    connection.close()
    with Archive.open(settings, read_only=True) as opened:
        with pytest.raises(ArchiveBroken, match="damaged") as told:
            opened.article("a")
        assert "Restore" in told.value.hint
        with pytest.raises(ArchiveBroken, match="damaged") as told:
            opened.article("b")
        assert "backup" in told.value.hint


def test_a_text_that_is_no_text_any_more_is_damage_and_is_not_told(settings, archive, made):
    archive.write([made("a", text="Most je otvoren danas, kaže ministar.")])
    archive.close()
    connection = sqlite3.connect(settings.data_dir / "archive.sqlite")
    connection.execute("UPDATE documents SET text = CAST(replace(CAST(text AS BLOB), x'c5be', x'c5ff') AS TEXT)")
    connection.commit()
    connection.close()
    with Archive.open(settings, read_only=True) as opened:
        for read in (lambda: opened.article("a"), lambda: opened.articles(limit=9)):
            with pytest.raises(ArchiveBroken, match="is damaged") as told:
                read()
            assert "otvoren" not in str(told.value)
            assert "backup" in told.value.hint


def test_what_may_not_be_written_is_read(settings, archive, made, monkeypatch):
    archive.write([made("a")])
    archive.close()
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write everything
    with pytest.raises(ReadOnly):
        Archive.open(settings)
    with Archive.open_as_allowed(settings) as opened:
        assert opened.read_only
        assert opened.article("a").id == "a"
        with pytest.raises(ReadOnly):
            opened.write([made("b")])
