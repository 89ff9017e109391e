"""The commands `telal eval many` and `telal eval speed`: here, since nothing in `eval` imports benchmarks."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.many import Many, ingest_many
from bench.speed import commands as speed_commands

_out = Console()
_err = Console(stderr=True)


def register(root: typer.Typer) -> None:
    """Adds the commands to `telal eval`, which is mounted before."""
    app = next(group.typer_instance for group in root.registered_groups if group.name == "eval")
    assert app is not None
    app.command("many")(many)
    speed_commands.register(app)


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
