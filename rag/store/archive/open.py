"""Opens the archive's database: checks format and owner, and creates the tables of a new one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, insert, inspect, select

from rag.config import Settings
from rag.errors import ArchiveBroken, ArchiveTooNew, BadSettings, NotInstalled, ReadOnly
from rag.store.database import follow_tables
from rag.store.database.database import Database, missing_archive_error
from rag.store.database.schema import SCHEMA_VERSION, meta, metadata
from rag.store.database.sqlite import SqliteDatabase

_ELSEWHERE = "Or choose another place: TELAL_DATA_DIR, TELAL_ARCHIVE__URL."


class LacksTables(ReadOnly):
    """Tables that came later are missing, and the archive was opened for reading only."""


def open_database(settings: Settings, *, read_only: bool) -> Database:
    """The database that the settings name; a SQLite file in the data directory by default.

    Raises BadSettings, NotInstalled; what it says never holds a password.
    """
    if not on_postgres(settings):
        timeout_s = settings.archive.busy_timeout_s
        _must_not_be_emptied(sqlite_path(settings), settings.data_dir)
        return SqliteDatabase.open(sqlite_path(settings), busy_timeout_s=timeout_s, read_only=read_only)
    try:
        from rag.store.database.postgres import PostgresDatabase  # an extra, and needed only here
    except ImportError as error:
        raise NotInstalled("PostgreSQL needs psycopg.", hint="pip install 'telal[postgres]'") from error
    return PostgresDatabase.open(settings.archive, read_only=read_only)


def _must_not_be_emptied(path: Path, data_dir: Path) -> None:
    """An empty file beside indexes was an archive: a new one instead would silently answer nothing."""
    emptied = path.is_file() and path.stat().st_size == 0
    indexes = data_dir / "indexes"
    if emptied and indexes.is_dir() and any(indexes.iterdir()):
        raise ArchiveBroken(
            f"{path} is empty, but there are indexes of an archive beside it.",
            hint="Restore a backup, or remove the file and the folder `indexes` to start over.",
        )


def on_postgres(settings: Settings) -> bool:
    """Is the archive in PostgreSQL?"""
    return _kind_and_name(settings)[0].startswith("postgresql")


def sqlite_path(settings: Settings) -> Path:
    """The file of an archive in SQLite. Raises BadSettings for another address."""
    kind, name = _kind_and_name(settings)
    if kind != "sqlite" or not name:
        raise BadSettings(
            f"TELAL_ARCHIVE__URL is not supported{f' ({kind})' if name else ''}.",
            hint="Use sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE, or unset it.",
        )
    return settings.data_dir / name


def _kind_and_name(settings: Settings) -> tuple[str, str]:
    """The parts before and after `://` in the archive's address."""
    url = settings.archive.url
    kind, _, name = (url.get_secret_value() if url else "sqlite:///archive.sqlite").partition("://")
    return kind, name.removeprefix("/")


def prepare(database: Database) -> None:
    """Checks owner and format of the database, then creates missing tables.

    Raises ArchiveBroken, ArchiveTooNew, ReadOnly.
    """
    with database.reading() as connection:
        begun = _must_be_ours(connection, database)
        whole = set(inspect(connection).get_table_names()).issuperset(follow_tables.metadata.tables)
    if begun and database.read_only and not whole:
        raise LacksTables(
            f"{database.name} was made by an older Telal.", hint="`telal status` brings it up to date, once."
        )
    if not begun:
        if database.read_only:
            raise missing_archive_error(database.name)
        database.begin()
        with database.writing() as connection:
            if not _must_be_ours(connection, database):  # another process may have been faster
                metadata.create_all(connection)
                connection.execute(insert(meta), {"name": "schema_version", "value": str(SCHEMA_VERSION)})
    if not whole:
        with database.writing() as connection:
            follow_tables.metadata.create_all(connection)


def _must_be_ours(connection: Connection, database: Database) -> int:
    """The format of a usable archive; 0 for an empty database."""
    names = set(inspect(connection).get_table_names())
    if not names:
        return 0
    found = None
    if meta.name in names:
        found = connection.scalar(select(meta.c.value).where(meta.c.name == "schema_version"))
    if found is None or not found.isdigit():
        raise ArchiveBroken(f"{database.name} is not Telal's archive.", hint=_ELSEWHERE)
    if int(found) == SCHEMA_VERSION and not names.issuperset(metadata.tables):
        raise ArchiveBroken(f"{database.name} lacks tables.", hint="Move it away and ingest again.")
    if int(found) < SCHEMA_VERSION:
        raise ArchiveBroken(f"{database.name} has the format {found}, of before 0.1.", hint="Ingest again elsewhere.")
    if int(found) > SCHEMA_VERSION:
        raise ArchiveTooNew(
            f"{database.name} was written by a newer Telal (format {found}; this one reads {SCHEMA_VERSION}).",
            hint=f"Update Telal. {_ELSEWHERE}",
        )
    return int(found)
