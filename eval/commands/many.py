"""The command `telal eval many`: a made-up outlet of any size, and the memory that it takes."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.many import Many, ingest_many

_out = Console()
_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Adds the command to `telal eval`."""
    app.command("many")(many)


def many(
    articles: Annotated[int, typer.Argument(min=1, max=10_000_000, help="How many articles the outlet has.")] = 100_000,
    indexed: Annotated[bool, typer.Option("--indexed/--not-indexed", help="Also build the keyword index.")] = True,
) -> None:
    """Take in a made-up outlet with a cheap embedder: what everything but embedding costs, and the most memory held."""
    with Progress(console=_err, disable=not _err.is_terminal) as bar:
        task = bar.add_task("articles", total=articles)
        made = ingest_many(articles, follow=lambda done: bar.update(task, completed=done), indexed=indexed)
    table = Table("figure", "value")
    for name, value in _rows(made):
        table.add_row(name, value)
    _out.print(table)


def _rows(made: Many) -> list[tuple[str, str]]:
    return [
        ("articles, passages", f"{made.articles:,}, {made.passages:,}"),
        ("ms of one core an article, without embedding", f"{made.ms_an_article:.2f}"),
        ("most memory while ingesting", f"{made.memory_mb:,.0f} MB"),
        ("indexing, seconds of one core", f"{made.index_s:,.1f}"),
        ("most memory after indexing", f"{made.index_memory_mb:,.0f} MB"),
        ("archive", f"{made.archive_mb:,.0f} MB"),
    ]
