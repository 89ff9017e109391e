"""The command `telal archive copy`: from one database to the other."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.console import Console

from ingest.watch import schema as visits
from rag.config import ArchiveSettings, Settings, load_settings
from rag.store.archive.copying import copy
from rag.store.archive.open import on_postgres, open_database
from rag.store.database import schema, shared
from rag.store.database.database import Database
from rag.store.database.shared import StoredLines, StoredSheet
from rag.store.desk import tables

archive = typer.Typer(help="Move the archive to another database.", no_args_is_help=True)
_out = Console()
_err = Console(stderr=True)
_PLACE = "A data directory, sqlite:///PATH or postgresql://USER@HOST/DATABASE (password: PGPASSWORD, ~/.pgpass)."


@archive.callback()
def _group() -> None:
    """Move the archive to another database."""


@archive.command("copy")
def copy_archive(
    source: Annotated[str, typer.Argument(metavar="FROM", help=_PLACE)],
    target: Annotated[str, typer.Argument(metavar="TO", help="As FROM; empty, or a copy to go on with.")],
) -> None:
    """Copy an archive with its visits, keys, conversations and feedback; every row is compared afterwards.

    FROM may be in use: TO gets its state of one moment. A copy that was broken off is gone on with, and one made before
    takes in what came since.
    """
    with (
        contextlib.closing(_opened(source, read_only=True)) as old,
        contextlib.closing(_opened(target, read_only=False)) as new,
    ):
        kinds = (schema.metadata, shared.metadata, visits.metadata, tables.metadata)
        done = copy(old, new, kinds=kinds, tell=lambda line: _err.print(line, style="dim", markup=False))
        if on_postgres(_settings(target)) and not on_postgres(_settings(source)):
            _take_files_along(_settings(source).data_dir, new)
    _out.print(f"{done.rows:,} rows are the same in both; {done.written:,} were written.", highlight=False)


def _opened(place: str, *, read_only: bool) -> Database:
    return open_database(_settings(place), read_only=read_only)


def _settings(place: str) -> Settings:
    if "://" in place:
        return load_settings(archive=ArchiveSettings(url=SecretStr(place)))
    folder = Path(place).absolute()
    return load_settings(data_dir=folder, archive=ArchiveSettings(url=SecretStr(f"sqlite:///{folder}/archive.sqlite")))


def _take_files_along(folder: Path, database: Database) -> None:
    """What one machine keeps in files and several keep in their database."""
    keys, feedback = folder / "keys.json", folder / "feedback.jsonl"
    if keys.exists():
        with StoredSheet(database, "keys").writing(default={}) as content:
            content |= json.loads(keys.read_text("utf-8"))
    if feedback.exists():
        lines = StoredLines(database, "feedback")
        for line in feedback.read_text("utf-8").splitlines():
            lines.add(json.loads(line))
