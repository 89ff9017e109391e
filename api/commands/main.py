"""The commands of the server: serve, mcp, suggest, keys, feedback, backup, restore."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from api.commands import archive
from api.commands.feedback import feedback
from api.commands.keys import keys
from api.kept.suggested import SuggestionSheet
from rag.commands import articles
from rag.config import load_settings
from rag.store.archive.open import shared_database
from rag.store.backup import back_up, restore

_out = Console()
_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Adds these commands to the command line."""
    app.command()(serve)
    app.command()(mcp)
    app.command()(suggest)
    app.add_typer(keys, name="keys")
    app.add_typer(feedback, name="feedback")
    archive.register(articles)
    app.command("backup")(backup_archive)
    app.command("restore")(restore_archive)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: TELAL_SERVER__HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default: TELAL_SERVER__PORT.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the archive.")] = 1,
) -> None:
    """Serve the API and the page."""
    from api.serving import serve as run  # imported here: the other commands need not pay for a web server

    for name, value in (("HOST", host), ("PORT", port)):
        if value is not None:
            os.environ[f"TELAL_SERVER__{name}"] = str(value)  # workers read it too
    run(load_settings(), workers=workers, tell=_tell)


def mcp() -> None:
    """Serve agents over the Model Context Protocol, on standard input and output."""
    from api import serving
    from api.mcp_tools import serve_stdio
    from api.serving import open_engine

    settings = load_settings()
    serving.configure(settings)
    with open_engine(settings, own=None, tell=_tell) as engine:
        _tell(engine.archive.notice_if_empty() or f"Telal answers from {settings.data_dir}.")
        serve_stdio(engine, settings)


def suggest() -> None:
    """Make the first questions that the page offers, so that they are there when it is."""
    from api.answering.suggestions import Suggestions
    from api.serving import open_engine

    settings = load_settings()
    with (
        open_engine(settings, own=None, tell=_tell) as engine,
        contextlib.closing(Suggestions(engine, SuggestionSheet(settings.data_dir, shared_database(settings)))) as made,
    ):
        for language in track(made.languages(), "questions", console=_err, transient=True):
            made.make(language)
        _out.print(f"Questions to begin with in {len(made.languages())} languages.", highlight=False)


def backup_archive(file: Annotated[Path, typer.Argument(help="Where to write the copy; it must not exist.")]) -> None:
    """Copy the archive into a file, also while it is being served and written."""
    done = back_up(load_settings(), file)
    _out.print(f"{done.articles:,} articles, {done.bytes:,} bytes, checked: {file}", markup=False, highlight=False)


def restore_archive(
    file: Annotated[Path, typer.Argument(help="A copy that `telal backup` made.")],
    replace: Annotated[bool, typer.Option("--replace", help="Put the archive that is there aside.")] = False,
) -> None:
    """Put a backup in the place of the archive; the indexes are built anew from it."""
    done = restore(load_settings(), file, replace=replace)
    _out.print(f"{done.articles:,} articles restored.", markup=False, highlight=False)
    if done.aside is not None:
        _out.print(f"The archive that was there is {done.aside}.", markup=False, highlight=False)


def _tell(line: str) -> None:
    _err.print(line, style="dim", markup=False, highlight=False)
