"""Copies of the archive: into a backup file and back, and row by row into another database. Indexes are built anew."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection, MetaData, Row, Table, delete, insert, inspect, select, tuple_

from rag.config import ArchiveSettings, Settings
from rag.errors import ArchiveBroken, BadInput
from rag.store.archive.archive import Archive
from rag.store.archive.open import COPYING, LacksTables, on_postgres, prepare, sqlite_path
from rag.store.database.database import Database, missing_archive_error
from rag.store.database.rows import chunks
from rag.store.database.schema import changes, meta
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


_ROWS = 500  # in one transaction; each is looked up in the other database by its key


@dataclass(frozen=True, slots=True)
class CopyCounts:
    """Rows of all tables, and how many of them were written: fewer when an interrupted copy was resumed."""

    rows: int
    written: int


def copy_tables(
    source: Database, target: Database, *, kinds: Sequence[MetaData], tell: Callable[[str], None]
) -> CopyCounts:
    """Makes the tables of `kinds` in the target equal to one snapshot of the source, even while the source is written.

    Rows that are equal already are kept, so an interrupted copy is resumed, and a later copy takes in what is new.
    Nothing else can open the target until it is complete. Raises BadInput when the target holds another archive,
    ArchiveBroken when a row differs afterwards.
    """
    prepare(target, copying=True)
    with target.writing() as connection:
        for kind in kinds:
            kind.create_all(connection)
    with source.reading() as held:
        _must_be_a_beginning(held, target)
        there = set(inspect(held).get_table_names())
        tables = [table for kind in kinds for table in kind.sorted_tables if table.name in there]
        _mark(target)
        rows = written = 0
        for table in tables:
            for found in _differences(held, target, table):
                rows, written = rows + found.rows, written + len(found.new)
                _mend(target, table, found)
            tell(f"{table.name}: {rows:,} rows so far, {written:,} written")
        for table in tables:
            if any(found.new or found.gone for found in _differences(held, target, table)):
                raise ArchiveBroken(
                    f"{table.name} is not the same in both.", hint="Stop what writes there, then copy again."
                )
    with target.writing() as connection:
        connection.execute(delete(meta).where(meta.c.name == COPYING))
    return CopyCounts(rows, written)


@dataclass(frozen=True, slots=True)
class _Difference:
    """For some rows: their number, those to write, and the keys of those to remove first."""

    rows: int
    new: Sequence[Row[Any]]
    gone: Sequence[tuple[Any, ...]]


def _differences(held: Connection, target: Database, table: Table) -> Iterator[_Difference]:
    for rows in held.execute(select(table), execution_options={"yield_per": _ROWS}).partitions():
        with target.reading() as connection:
            there = {_key(table, row): row for row in _with_keys(connection, table, [_key(table, row) for row in rows])}
        new = [row for row in rows if there.get(_key(table, row)) != row]
        yield _Difference(len(rows), new, [key for row in new if (key := _key(table, row)) in there])
    with target.reading() as connection:
        keys = [_key(table, row) for row in connection.execute(select(*table.primary_key.columns))]
    for some in chunks(keys, _ROWS):
        known = {_key(table, row) for row in _with_keys(held, table, some)}
        yield _Difference(0, (), [key for key in some if key not in known and not _is_mark(table, key)])


def _with_keys(connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]) -> Sequence[Row[Any]]:
    return connection.execute(select(table).where(_among(table, keys))).all()


def _among(table: Table, keys: Sequence[tuple[Any, ...]]) -> Any:
    columns = list(table.primary_key.columns)
    return columns[0].in_([key[0] for key in keys]) if len(columns) == 1 else tuple_(*columns).in_(keys)


def _key(table: Table, row: Row[Any]) -> tuple[Any, ...]:
    return tuple(row._mapping[column.name] for column in table.primary_key.columns)


def _mend(target: Database, table: Table, found: _Difference) -> None:
    if found.gone or found.new:
        with target.writing() as connection:
            if found.gone:
                connection.execute(delete(table).where(_among(table, found.gone)))
            if found.new:
                connection.execute(insert(table), [dict(row._mapping) for row in found.new])


def _must_be_a_beginning(held: Connection, target: Database) -> None:
    """The target must hold an earlier state of the source: its last change is the source's change of that number."""
    last = select(changes).order_by(changes.c.number.desc()).limit(1)
    with target.reading() as connection:
        mine = connection.execute(last).first()
    if mine is None:
        return
    theirs = held.execute(select(changes).where(changes.c.number == mine.number)).first()
    if theirs != mine:
        raise BadInput(f"{target.name} holds another archive, or a newer one.", hint="Name an empty database.")


def _mark(target: Database) -> None:
    with target.writing() as connection:
        connection.execute(delete(meta).where(meta.c.name == COPYING))
        connection.execute(insert(meta), {"name": COPYING, "value": "1"})


def _is_mark(table: Table, key: tuple[Any, ...]) -> bool:
    return table is meta and key == (COPYING,)
