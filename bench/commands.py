"""The commands `telal eval many` and `telal eval speed`: here, since nothing in `eval` imports benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.many import Many, ingest_many
from eval.core.record import command_line
from rag.config import load_settings
from rag.errors import BadInput

if TYPE_CHECKING:
    from bench.speed.figures import Figure, SizeFigures


LEAST, MOST = 200, 1_000_000  # passages that can be measured
_out = Console()
_err = Console(stderr=True)


def register(root: typer.Typer) -> None:
    """Adds the commands to `telal eval`, which is mounted before."""
    app = next(group.typer_instance for group in root.registered_groups if group.name == "eval")
    assert app is not None
    app.command("many")(many)
    app.command("speed")(speed)


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


def speed(
    passages: Annotated[str, typer.Option(metavar="N[,N...]", help="Sizes of the store.")] = "10000",
    out: Annotated[Path | None, typer.Option("--out", help="A folder for speed.json and latency.svg.")] = None,
    embedded: Annotated[int, typer.Option(min=40, help="Passages that are really embedded.")] = 1_000,
    questions: Annotated[int, typer.Option(min=5, help="Questions asked for each figure.")] = 100,
    reference: Annotated[
        bool, typer.Option("--reference/--no-reference", help="Measure the usual tutorial's pipeline beside it.")
    ] = True,
) -> None:
    """Measure ingestion, start, memory and latency beside the usual tutorial's pipeline (LangChain and Chroma)."""
    from bench.speed.measure import How, measure  # the plotting and client libraries that other commands do not need
    from bench.speed.write import write

    how = How(sizes(passages), embedded, questions, reference, command=command_line())
    report = measure(load_settings(), how, tell=lambda line: _err.print(line, style="dim", highlight=False))
    for measured in report.sizes:
        _out.print(table(measured))
        _out.print()
    for note in report.notes:
        _out.print(f"- {note}", markup=False, highlight=False)
    if out is not None:
        for path in write(report, out):
            _err.print(f"Written to {path}.", markup=False, highlight=False, soft_wrap=True)


def sizes(text: str) -> tuple[int, ...]:
    """The numbers of passages, each once. Raises BadInput."""
    try:
        found = tuple(dict.fromkeys(int(part.replace("_", "")) for part in text.split(",")))
    except ValueError as error:
        raise BadInput(f"--passages {text!r} is no list of numbers.", hint="E.g. 10000,30000,100000.") from error
    if not all(LEAST <= n <= MOST for n in found):
        raise BadInput(f"--passages {text!r}: between {LEAST:,} and {MOST:,} can be measured.")
    return found


def table(measured: SizeFigures) -> Table:
    """One size: Telal, the tutorial's pipeline, the ratio."""
    made = Table(f"{measured.passages:,} passages", box=None, pad_edge=False)
    for column in ("unit", "Telal", "tutorial", "ratio"):
        made.add_column(column, justify="left" if column == "unit" else "right")
    for figure in measured.figures:
        made.add_row(figure.name, figure.unit, *_cells(figure))
    return made


def _cells(figure: Figure) -> list[str]:
    from bench.speed.figures import number

    ratio = f"{number(figure.ratio)}x" if figure.ratio else ""
    return [number(figure.telal), number(figure.reference), ratio]
