"""`python -m research.speed answers|stores|kept|models|ingestion`: how fast Telal is, beside what others would do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from eval.core.record import command_line
from rag.config import load_settings
from rag.errors import BadInput, TelalError
from research.speed import runtimes
from research.speed.answers import compare
from research.speed.beside_haiku import beside, haiku_figures
from research.speed.figures import Figure, SizeFigures, number
from research.speed.ingestion import Ingested, ingest_many
from research.speed.kept import Filling
from research.speed.kept import kept as measure_kept
from research.speed.measure import How, benchmark_questions, measure
from research.speed.write import picture, write

LEAST, MOST = 200, 1_000_000  # passages that can be measured
_out = Console()
_err = Console(stderr=True)
app = typer.Typer(pretty_exceptions_enable=False, no_args_is_help=True, help="How fast Telal is.")


@app.command()
def ingestion(
    articles: Annotated[int, typer.Argument(min=1, max=10_000_000, help="How many articles the outlet has.")] = 100_000,
    indexed: Annotated[bool, typer.Option("--indexed/--not-indexed", help="Also build the keyword index.")] = True,
) -> None:
    """Ingest a made-up outlet with a cheap embedder: the cost and memory of everything but embedding."""
    with Progress(console=_err, disable=not _err.is_terminal) as bar:
        task = bar.add_task("articles", total=articles)
        made = ingest_many(articles, follow=lambda done: bar.update(task, completed=done), indexed=indexed)
    table = Table("figure", "value")
    for name, value in _rows(made):
        table.add_row(name, value)
    _out.print(table)


def _rows(made: Ingested) -> list[tuple[str, str]]:
    return [
        ("articles, passages", f"{made.articles:,}, {made.passages:,}"),
        ("ms of one core an article, without embedding", f"{made.ms_an_article:.2f}"),
        ("most memory while ingesting", f"{made.memory_mb:,.0f} MB"),
        ("indexing, seconds of one core", f"{made.index_s:,.1f}"),
        ("most memory after indexing", f"{made.index_memory_mb:,.0f} MB"),
        ("archive", f"{made.archive_mb:,.0f} MB"),
    ]


@app.command()
def answers(
    against: Annotated[Path | None, typer.Option(help="Another checkout, measured in turns with this one.")] = None,
    data: Annotated[Path | None, typer.Option(help="A data directory; default: that of the settings.")] = None,
    questions: Annotated[int, typer.Option(min=10, help="Questions asked one by one.")] = 100,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of many readers at once.")] = 3,
) -> None:
    """Measure whole answers over HTTP: latency, answers a second, memory."""
    asked = benchmark_questions(questions)
    others = [question for question in benchmark_questions(sys.maxsize) if question not in set(asked)]
    found = compare(data or load_settings().data_dir, asked, others, against=against, rounds=rounds)
    made = Table("whole answers", "unit", "this checkout", *(["the other", "ratio"] if against else []))
    for figure in found:
        made.add_row(figure.name, figure.unit, *_cells(figure)[: 3 if against else 1])
    _out.print(made)


@app.command()
def models(
    rounds: Annotated[int, typer.Option(min=1, help="How often the runtimes take turns.")] = 3,
    only: Annotated[str, typer.Option(help="One runtime, once, as JSON: onnx or torch.")] = "",
) -> None:
    """Measure the runtimes of the embedding model side by side, each in a process of its own."""
    if only:
        chosen = next((name for name in runtimes.RUNTIMES if name == only), None)
        if chosen is None:
            raise BadInput(f"--only {only!r} is no runtime.", hint=f"One of {', '.join(runtimes.RUNTIMES)}.")
        sys.stdout.write(json.dumps(runtimes.measure(chosen)) + "\n")
    else:
        sys.stdout.write(runtimes.compare(rounds) + "\n")


@app.command()
def kept(
    directories: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders that stay.")],
    make: Annotated[int, typer.Option(min=0, help="Fill each with so many passages first.")] = 0,
    embedded: Annotated[int, typer.Option(min=40, help="Passages that are really embedded.")] = 600,
    reference: Annotated[bool, typer.Option("--reference", help="Fill the tutorial's store too.")] = False,
    questions: Annotated[int, typer.Option(min=5, help="Questions asked for each figure.")] = 40,
    out: Annotated[Path | None, typer.Option("--picture", help="Draw the medians against the passages.")] = None,
) -> None:
    """Measure latencies over stores that are kept, at as many sizes as there are folders."""
    found = measure_kept(directories, questions=questions, filling=Filling(make, embedded, reference) if make else None)
    for measured in found:
        _out.print(table(measured))
    if out is not None:
        out.write_text(picture(found), encoding="utf-8")


@app.command()
def stores(
    passages: Annotated[str, typer.Option(metavar="N[,N...]", help="Sizes of the store.")] = "10000",
    out: Annotated[Path | None, typer.Option("--out", help="A folder for speed.json and latency.svg.")] = None,
    embedded: Annotated[int, typer.Option(min=40, help="Passages that are really embedded.")] = 1_000,
    questions: Annotated[int, typer.Option(min=5, help="Questions asked for each figure.")] = 100,
    reference: Annotated[
        bool, typer.Option("--reference/--no-reference", help="Measure the usual tutorial's pipeline beside it.")
    ] = True,
    haiku: Annotated[Path | None, typer.Option(help="haiku.rag's Python (beside_haiku.py), to measure it too.")] = None,
) -> None:
    """Measure ingestion, start, memory and latency beside the usual tutorial's pipeline (LangChain and Chroma)."""

    how = How(sizes(passages), embedded, questions, reference, command=command_line())
    report = measure(load_settings(), how, tell=lambda line: _err.print(line, style="dim", highlight=False))
    for measured in report.sizes:
        _out.print(table(measured))
        _out.print()
        if haiku is not None:
            theirs = haiku_figures(haiku, load_settings(), measured.passages, how)
            _out.print(table(SizeFigures(measured.passages, beside(measured.figures, theirs)), beside="haiku.rag"))
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


def table(measured: SizeFigures, *, beside: str = "tutorial") -> Table:
    """One size: Telal, what stands beside it, the ratio."""
    made = Table(f"{measured.passages:,} passages", box=None, pad_edge=False)
    for column in ("unit", "Telal", beside, "ratio"):
        made.add_column(column, justify="left" if column == "unit" else "right")
    for figure in measured.figures:
        made.add_row(figure.name, figure.unit, *_cells(figure))
    return made


def _cells(figure: Figure) -> list[str]:
    ratio = f"{number(figure.ratio)}x" if figure.ratio else ""
    return [number(figure.telal), number(figure.reference), ratio]


if __name__ == "__main__":
    try:
        app()
    except TelalError as error:
        sys.exit(f"{error.message} {error.hint}")
