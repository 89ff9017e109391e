"""The commands `telal ingest` (files by default, the other sources below it), `telal reindex`, `telal archive copy`."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.progress import Progress as Bar
from typer.core import TyperGroup

from ingest.commands import archives, live
from ingest.commands.terminal import RecordProgressBar, ingest_records, report_table
from ingest.lifecycle.reindex import reindex, reindex_in_place
from ingest.pipeline import RunCallbacks
from ingest.sources.files import STDIN, Files, starter_files
from ingest.watch import schema as visits
from rag.config import ArchiveSettings, Settings, load_settings
from rag.errors import BadInput
from rag.store import backup
from rag.store.archive.archive import Archive
from rag.store.archive.open import open_database
from rag.store.database import desk_tables, schema

FILES = "files"
HELP = ("--help", "-h")


class FilesByDefault(TyperGroup):
    """A group of commands that reads files where no command is named.

    Write a folder of a command's name as `./watch`.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in HELP):
            args = [FILES, *args]
        return list(super().parse_args(ctx, args))


_out = Console()
_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Adds this command to the command line."""
    group = typer.Typer(cls=FilesByDefault, help="Ingest articles: files, live sources, archives of others.")
    group.command(FILES)(ingest)
    for part in (live, archives):
        part.register(group)
    app.add_typer(group, name="ingest")
    app.command("reindex")(reindex_archive)
    app.add_typer(archive, name="archive")


def ingest(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files or folders (.jsonl .html .md .txt, also .gz), or - for JSON lines on standard input."
        ),
    ] = None,
    starter: Annotated[bool, typer.Option("--starter", help="Ingest the starter corpus.")] = False,
    rejected: Annotated[
        Path | None,
        typer.Option(help="Where rejected records are written; default: in the data directory.", dir_okay=False),
    ] = None,
) -> None:
    """Ingest articles. Known ones are skipped, so you can interrupt and repeat a run.

    Exit code 0: everything is stored; 2: something was rejected or failed; 130: interrupted after a batch.
    """
    settings, named = load_settings(), paths or []
    if starter == bool(named):
        raise BadInput("Name what to ingest: files, folders, - or --starter.", hint="`telal ingest --help` says more.")
    if rejected and any(path != STDIN and Path(path).resolve() == rejected.resolve() for path in named):
        hint = "Name another file: --rejected."
        raise BadInput(f"{rejected} is read and cannot be written at the same time.", hint=hint)
    records = starter_files() if starter else Files(named, max_bytes=settings.ingest.max_bytes)
    ingest_records(records, settings, total_bytes=records.total_bytes, rejected=rejected)


def reindex_archive(
    into: Annotated[
        Path | None, typer.Argument(help="A new data directory; default: the archive itself.", file_okay=False)
    ] = None,
) -> None:
    """Embed every article again with the model of the settings, by default Telal's newest.

    You can go on serving the archive: it answers with the former model until all vectors are replaced at once; running
    servers then switch. An interrupted run continues where it stopped.
    """
    settings = load_settings()
    if into is None:
        with Bar(console=_err, disable=not _err.is_terminal) as bar:
            task = bar.add_task("Embedding", total=None)
            count = reindex_in_place(settings, lambda done, of: bar.update(task, completed=done, total=of))
        _out.print(f"{count:,} revisions embedded anew." if count else "Nothing to do: the archive has this model.")
        return
    with RecordProgressBar(_err, total_bytes=None) as follower:
        report = reindex(settings, into, RunCallbacks(progress=follower.show))
    _out.print(report_table(report))
    _err.print(f"Set TELAL_DATA_DIR={into} to use it; {settings.data_dir} is as it was.", soft_wrap=True)


archive = typer.Typer(help="Move the archive to another database.", no_args_is_help=True)
_PLACE = "A data directory, sqlite:///PATH or postgresql://USER@HOST/DATABASE (password: PGPASSWORD, ~/.pgpass)."


@archive.callback()
def _group() -> None:
    """Move the archive to another database."""


@archive.command("copy")
def copy_archive(
    source: Annotated[str, typer.Argument(metavar="FROM", help=_PLACE)],
    target: Annotated[str, typer.Argument(metavar="TO", help="As FROM; empty, or an earlier copy.")],
) -> None:
    """Copy an archive with its visits, keys, conversations and feedback, and compare every row afterwards.

    FROM may be in use: TO gets its state at one moment. Run it again to update an earlier copy. An interrupted copy
    changes nothing.
    """
    with (
        Archive.open_as_allowed(_settings(source)) as old,
        contextlib.closing(open_database(_settings(target), read_only=False)) as new,
    ):
        kinds = (schema.metadata, desk_tables.metadata, visits.metadata)
        rows = backup.copy_tables(
            old.database, new, kinds=kinds, tell=lambda line: _err.print(line, style="dim", markup=False)
        )
    _out.print(f"{rows:,} rows are the same in both.", highlight=False)


def _settings(place: str) -> Settings:
    kind, _, name = place.rpartition("://")
    if kind not in ("", "sqlite"):
        return load_settings(archive=ArchiveSettings(url=SecretStr(place)))
    file = (Path(name.removeprefix("/")) if kind else Path(place) / "archive.sqlite").absolute()
    return load_settings(data_dir=file.parent, archive=ArchiveSettings(url=SecretStr(f"sqlite:///{file}")))
