"""Copies the archive while it is in use, and puts a copy back. Indexes are never copied: they are built anew."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from rag.config import ArchiveSettings, Settings
from rag.errors import ArchiveBroken, BadInput
from rag.store.archive.archive import Archive
from rag.store.archive.open import OlderFormat, on_postgres, sqlite_path
from rag.store.database.sqlite import translate
from rag.store.upkeep.index_directory import OwnerLock


@dataclass(frozen=True, slots=True)
class BackupResult:
    """A finished copy."""

    articles: int
    bytes: int


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """What is in place now, and where that is which was there before."""

    articles: int
    aside: Path | None


def back_up(settings: Settings, file: Path) -> BackupResult:
    """Copies one snapshot of the archive by SQLite's online backup, beside readers and writers, and checks the copy.

    Raises BadInput when the file exists, ReadOnly, DiskFull, ArchiveBroken.
    """
    _must_be_a_file(settings, hint=f"pg_dump --format=custom --file={file} DATABASE")
    if file.exists():
        raise BadInput(f"{file} exists already.", hint="Name a new file.")
    Archive.open(settings, read_only=True).close()
    source = sqlite_path(settings)
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
    """Puts a copy in the archive's place and removes the indexes; an archive that is there is put aside.

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
        if target.exists() and target.stat().st_size and not replace:
            raise BadInput(f"There is an archive at {target} already.", hint="--replace puts it aside.")
        part = target.with_name(target.name + ".restoring")
        with _translated(target):
            _remove(part)
            _copy(file, part, journal="WAL")
            aside = _put_aside(target) if target.exists() else None
            part.replace(target)
            shutil.rmtree(settings.data_dir / "indexes", ignore_errors=True)
    finally:
        lock.release()
    return RestoreResult(articles, aside)


def _must_be_a_file(settings: Settings, *, hint: str) -> None:
    if on_postgres(settings):
        raise BadInput("The archive is in PostgreSQL, which has its own tools for this.", hint=f"Run `{hint}`.")


def _copy(source: Path, target: Path, *, journal: str) -> None:
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.execute("PRAGMA busy_timeout=5000")
        old.backup(new)  # in one step: page by page it begins anew whenever somebody writes
        new.execute(f"PRAGMA journal_mode={journal}")


def _checked(file: Path) -> int:
    """The articles in a copy; raises ArchiveBroken when it is not whole."""
    with Archive.open(_settings_of(file), read_only=True) as copy:
        problems = copy.check()
        if problems:
            raise ArchiveBroken(f"{file} is not whole: {problems[0]}", hint="Use another copy.")
        return copy.stats().articles


def _checked_copy(file: Path, folder: Path) -> int:
    """As _checked, also for a copy in the format of an older Telal, which can be read only when it is brought up."""
    try:
        return _checked(file)
    except OlderFormat:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix="restoring-") as aside:
            copied = Path(aside) / "archive.sqlite"
            with _translated(copied):
                _copy(file, copied, journal="WAL")
            Archive.open(_settings_of(copied)).close()
            return _checked(copied)


def _settings_of(file: Path) -> Settings:
    return Settings(archive=ArchiveSettings(url=SecretStr(f"sqlite:///{file.absolute()}")))


def _put_aside(target: Path) -> Path:
    """Moves an archive that nobody writes, its log carried into it first."""
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
