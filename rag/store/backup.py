"""Copies of the archive: into a backup file and back, and row by row into another database. Indexes are built anew."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection, MetaData, Row, Table, delete, insert, inspect, select

from rag.config import ArchiveSettings, Settings
from rag.errors import ArchiveBroken, BadInput
from rag.store.archive.archive import Archive
from rag.store.archive.open import LacksTables, on_postgres, prepare, sqlite_path
from rag.store.database.database import Database, missing_archive_error
from rag.store.database.schema import changes
from rag.store.database.sqlite import translate
from rag.store.upkeep.index_directory import OwnerLock


@dataclass(frozen=True, slots=True)
class BackupResult:
    """A finished copy."""

    articles: int
    bytes: int


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """What was restored, and where the former archive is now."""

    articles: int
    aside: Path | None


def back_up(settings: Settings, file: Path) -> BackupResult:
    """Copies one snapshot of the archive by SQLite's online backup, beside readers and writers, and checks the copy.

    Raises BadInput when the file exists, ReadOnly, DiskFull, ArchiveBroken.
    """
    _must_be_a_file(settings, hint=f"pg_dump --format=custom --file={file} DATABASE")
    if file.exists():
        raise BadInput(f"{file} exists already.", hint="Name a new file.")
    source = sqlite_path(settings)
    if not source.exists():
        raise missing_archive_error(str(source))
    Archive.open_as_allowed(settings).close()  # checks it, and brings it up to date
    part = file.with_name(file.name + ".part")
    try:
        with _translated(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            _copy(source, part, journal="DELETE")  # one file, without a log beside it
        articles = _checked(part)
        part.replace(file)
    finally:
        _remove(part)
    return BackupResult(articles, file.stat().st_size)


def restore(settings: Settings, file: Path, *, replace: bool) -> RestoreResult:
    """Replaces the archive by a copy and removes the indexes; an existing archive is moved aside, but its keys stay.

    Raises DirectoryOwned while a server runs, ArchiveBusy while somebody writes, BadInput, ArchiveBroken.
    """
    _must_be_a_file(settings, hint=f"pg_restore --clean --if-exists --dbname=DATABASE {file}")
    if not file.is_file():
        raise BadInput(f"There is no file {file}.", hint="Name a copy that `telal backup` made.")
    articles = _checked_copy(file, settings.data_dir)
    lock = OwnerLock(settings.data_dir)
    lock.require()
    try:
        target = sqlite_path(settings)
        held = target.exists() and target.stat().st_size
        if held and not replace:
            raise BadInput(f"There is an archive at {target} already.", hint="--replace puts it aside.")
        part = target.with_name(target.name + ".restoring")
        with _translated(target):
            _remove(part)
            _copy(file, part, journal="WAL")
            if held:
                _take_keys(settings, part)
            aside = _put_aside(target) if target.exists() else None
            part.replace(target)
            shutil.rmtree(settings.data_dir / "indexes", ignore_errors=True)
    finally:
        lock.release()
    return RestoreResult(articles, aside)


def _take_keys(settings: Settings, part: Path) -> None:
    """Puts the present keys into the copy: its own may have been revoked since, and others made."""
    Archive.open(settings).close()  # both have the tables now
    Archive.open(_settings_of(part)).close()
    with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as connection:
        connection.execute("ATTACH ? AS former", (str(sqlite_path(settings)),))
        connection.execute("INSERT OR REPLACE INTO shared_sheets SELECT * FROM former.shared_sheets")


def _must_be_a_file(settings: Settings, *, hint: str) -> None:
    if on_postgres(settings):
        raise BadInput("The archive is in PostgreSQL, which has its own tools for this.", hint=f"Run `{hint}`.")


def _copy(source: Path, target: Path, *, journal: str) -> None:
    target.touch(mode=0o600)
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.execute("PRAGMA busy_timeout=5000")
        old.backup(new)  # in one step: page by page it begins anew whenever somebody writes
        new.execute(f"PRAGMA journal_mode={journal}")


def _checked(file: Path) -> int:
    """The articles in a copy; raises ArchiveBroken when it is damaged."""
    with Archive.open(_settings_of(file), read_only=True) as copy:
        problems = copy.check()
        if problems:
            raise ArchiveBroken(f"{file} is not whole: {problems[0]}", hint="Use another copy.")
        return copy.stats().articles


def _checked_copy(file: Path, folder: Path) -> int:
    """As _checked, also for a copy that lacks tables, which must be made for it to be read."""
    try:
        return _checked(file)
    except LacksTables:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix="restoring-") as aside:
            copied = Path(aside) / "archive.sqlite"
            with _translated(copied):
                _copy(file, copied, journal="WAL")
            Archive.open(_settings_of(copied)).close()
            return _checked(copied)


def _settings_of(file: Path) -> Settings:
    address = SecretStr(f"sqlite:///{file.absolute()}")
    return Settings(data_dir=file.absolute().parent, archive=ArchiveSettings(url=address))


def _put_aside(target: Path) -> Path:
    """Moves an archive that nobody writes, after merging its log into it."""
    with contextlib.closing(sqlite3.connect(target, timeout=1.0, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    aside = target.with_name(f"{target.name}.before-{moment}")
    target.replace(aside)
    _remove_logs(target)
    return aside


def _remove(file: Path) -> None:
    file.unlink(missing_ok=True)
    _remove_logs(file)


def _remove_logs(file: Path) -> None:
    for ending in ("-wal", "-shm", "-journal"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise translate(error, path) from error


_ROWS = 500  # read and written at once


def copy_tables(source: Database, target: Database, *, kinds: Sequence[MetaData], tell: Callable[[str], None]) -> int:
    """Replaces the tables of `kinds` in the target by one snapshot of the source, even while the source is written.

    One transaction: the target holds the whole copy or what it held before. Returns the number of rows. Raises BadInput
    when the target holds another archive, ArchiveBroken when a table differs afterwards.
    """
    prepare(target)
    total = 0
    with source.reading() as old, target.writing() as new:
        _must_be_a_beginning(old, new, target.name)
        there = set(inspect(old).get_table_names())
        for kind in kinds:
            kind.create_all(new)
        for table in (table for kind in kinds for table in kind.sorted_tables if table.name in there):
            new.execute(delete(table))
            for rows in _rows_of(old, table):
                new.execute(insert(table), [dict(row._mapping) for row in rows])
                total += len(rows)
            if _digest(old, table) != _digest(new, table):
                raise ArchiveBroken(f"{table.name} is not the same in both.", hint="Copy again.")
            tell(f"{table.name}: {total:,} rows so far")
    target.wipe()
    return total


def _rows_of(connection: Connection, table: Table) -> Iterator[Sequence[Row[Any]]]:
    return connection.execute(select(table), execution_options={"yield_per": _ROWS}).partitions()


def _digest(connection: Connection, table: Table) -> int:
    """The sum of the rows' SHA-256, whatever their order."""
    rows = (row for some in _rows_of(connection, table) for row in some)
    return sum(
        int.from_bytes(hashlib.sha256(repr(tuple(row)).encode("utf-8", "surrogatepass")).digest()) for row in rows
    )


def _must_be_a_beginning(old: Connection, new: Connection, name: str) -> None:
    """The target must hold an earlier state of the source: its last change is the source's change of that number."""
    mine = new.execute(select(changes).order_by(changes.c.number.desc()).limit(1)).first()
    if mine is not None and old.execute(select(changes).where(changes.c.number == mine.number)).first() != mine:
        raise BadInput(f"{name} holds another archive, or a newer one.", hint="Name an empty database.")
