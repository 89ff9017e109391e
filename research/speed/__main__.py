"""`python -m research.speed answers|search|ingestion`: how fast Telal is, beside another checkout or a tutorial."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from rag.config import load_settings
from rag.errors import TelalError
from research.speed.answers import compare
from research.speed.figures import Figure, number
from research.speed.ingestion import ingest_many
from research.speed.search import benchmark_questions, fill, measure

_out = Console()
_err = Console(stderr=True)
app = typer.Typer(pretty_exceptions_enable=False, no_args_is_help=True, help="How fast Telal is.")


@app.command()
def ingestion(
    articles: Annotated[int, typer.Argument(min=1, max=10_000_000, help="How many articles the outlet has.")] = 100_000,
) -> None:
    """Ingest a made-up outlet with a cheap embedder: the cost and memory of everything but embedding."""
    with Progress(console=_err, disable=not _err.is_terminal) as bar:
        task = bar.add_task("articles", total=articles)
        made = ingest_many(articles, follow=lambda done: bar.update(task, completed=done))
    table = Table("figure", "value")
    table.add_row("articles, passages", f"{made.articles:,}, {made.passages:,}")
    table.add_row("ms of one core an article, without embedding", f"{made.ms_an_article:.2f}")
    table.add_row("most memory while ingesting", f"{made.memory_mb:,.0f} MB")
    table.add_row("indexing, seconds of one core", f"{made.index_s:,.1f}")
    table.add_row("most memory after indexing", f"{made.index_memory_mb:,.0f} MB")
    table.add_row("archive", f"{made.archive_mb:,.0f} MB")
    _out.print(table)


@app.command()
def answers(
    against: Annotated[Path | None, typer.Option(help="Another checkout, measured in turns with this one.")] = None,
    data: Annotated[Path | None, typer.Option(help="A data directory; default: that of the settings.")] = None,
    questions: Annotated[int, typer.Option(min=10, help="Questions asked one by one.")] = 100,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of many readers at once.")] = 3,
) -> None:
    """Measure whole answers over HTTP: latency, answers a second, memory."""
    asked = benchmark_questions(questions)
    others = [question for question in benchmark_questions() if question not in set(asked)]
    found = compare(data or load_settings().data_dir, asked, others, against=against, rounds=rounds)
    made = Table("whole answers", "unit", "this checkout", *(["the other", "ratio"] if against else []))
    for figure in found:
        made.add_row(figure.name, figure.unit, *_cells(figure)[: 3 if against else 1])
    _out.print(made)


@app.command()
def search(
    directories: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders that stay.")],
    make: Annotated[int, typer.Option(min=0, help="Fill each with so many passages first.")] = 0,
    embedded: Annotated[int, typer.Option(min=40, help="Passages that are really embedded.")] = 600,
    beside: Annotated[bool, typer.Option("--beside", help="Fill the usual tutorial's store too.")] = False,
    questions: Annotated[int, typer.Option(min=5, help="Questions asked for each figure.")] = 40,
) -> None:
    """Measure search, answers, start and memory over stores that are kept, at as many sizes as there are folders."""
    for directory in directories if make else ():
        for line in fill(directory, make, embedded=embedded, beside=beside):
            _err.print(f"{directory}: {line}", markup=False, highlight=False)
    for directory in directories:
        found = measure(directory, benchmark_questions(questions))
        made = Table(f"{found.passages:,} passages", "unit", "Telal", "tutorial", "ratio", box=None, pad_edge=False)
        for figure in found.figures:
            made.add_row(figure.name, figure.unit, *_cells(figure))
        _out.print(made)


def _cells(figure: Figure) -> list[str]:
    ratio = f"{number(figure.ratio)}x" if figure.ratio else ""
    return [number(figure.telal), number(figure.reference), ratio]


if __name__ == "__main__":
    try:
        app()
    except TelalError as error:
        sys.exit(f"{error.message} {error.hint}")
