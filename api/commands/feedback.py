"""The commands `telal feedback list|erase`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.kept.feedback import FeedbackFile
from rag.config import load_settings
from rag.errors import BadInput
from rag.store.archive.open import shared_database

feedback = typer.Typer(help="Read and erase what readers said of answers.", no_args_is_help=True)
_out = Console()


@feedback.command("list")
def list_feedback(as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False) -> None:
    """List it, oldest first."""
    table = Table("at", "verdict", "citation", "comment", "answer")
    for said in _file().all():
        if as_json:
            typer.echo(json.dumps(asdict(said), ensure_ascii=False))
        table.add_row(said.at, said.verdict, str(said.citation or ""), said.comment, said.id)
    if not as_json:
        _out.print(table)


@feedback.command()
def erase(before: Annotated[str, typer.Option(help="YYYY-MM-DD: what is older goes.")]) -> None:
    """Erase what is older than a day."""
    try:
        day = date.fromisoformat(before)
    except ValueError as error:
        raise BadInput(f"--before {before!r} is not a date.", hint="Write it as 2026-03-18.") from error
    count = _file().erase(before=day.isoformat())
    _out.print(f"Erased {count}.", highlight=False)


def _file() -> FeedbackFile:
    settings = load_settings()
    return FeedbackFile(settings.data_dir, shared_database(settings))
