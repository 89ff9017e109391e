"""The commands under `telal eval`: run, new, export, list; the others are mounted from their own files."""

from __future__ import annotations

import os
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from eval.commands import runs
from eval.compare import gate
from eval.core.cases import Suite
from eval.core.record import command_line
from eval.core.show import CaseProgressBar, console
from eval.datasets.languages import narrow
from eval.datasets.languages import retype_questions as typed_as
from eval.datasets.load import READERS, load, suite_names
from eval.datasets.ours import write_suite
from eval.run.run import RunOptions, measure
from eval.run.show import show_run
from eval.skeleton import write_skeleton
from eval.targets.local import LOCAL
from rag.config import load_settings

app = typer.Typer(help="Measure Telal, or a rival, on questions with known answers.", no_args_is_help=True)
EXIT_FAILED = 1
_out = console()
_err = Console(stderr=True)

# What chooses the cases, for every command that takes a suite.
Source = Annotated[str, typer.Argument(metavar="SUITE|FILE", help="A suite's name, or a file or folder of cases.")]
Docs = Annotated[Path | None, typer.Option("--docs", help="The documents: JSON lines, a file or a folder of them.")]
Split = Annotated[str | None, typer.Option(help="Only the cases of this split, e.g. dev.")]
CasesLanguage = Annotated[str | None, typer.Option(help="Only cases and documents in this language, e.g. en or sr.")]
DocsLanguage = Annotated[str | None, typer.Option(help="Documents in this language, if another than --language.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the first N cases.")]
Sample = Annotated[
    int | None, typer.Option(min=1, help="Only N cases drawn by --seed, of each language and kind in its share.")
]
Seed = Annotated[int, typer.Option(help="Draws the sample.")]


def register(root: typer.Typer) -> None:
    """Adds these commands to the command line."""
    for part in (runs, gate):
        part.register(app)
    root.add_typer(app, name="eval")


@app.command("run")
def run_suite(
    source: Source,
    docs: Docs = None,
    split: Split = None,
    language: CasesLanguage = None,
    docs_language: DocsLanguage = None,
    limit: Limit = None,
    sample: Sample = None,
    seed: Seed = 0,
    way: Annotated[
        str | None, typer.Option("--typed", help="Type the questions: bare, other-script, capitals; or plain:WAY.")
    ] = None,
    search: Annotated[bool, typer.Option("--search", help="Only find passages; nothing is answered.")] = False,
    target: Annotated[
        str,
        typer.Option(
            help="local; bm25 or vectors, half of its search; tutorial, LangChain's; http://host:port/v1, a Telal; "
            "openai:http://host:port/v1, any such system."
        ),
    ] = LOCAL,
    model: Annotated[str | None, typer.Option(help="The model to ask an openai: target for.")] = None,
    key_env: Annotated[str | None, typer.Option(help="The environment variable with the target's key.")] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that a target has for one reply.")] = 60.0,
    prices: Annotated[
        tuple[float, float] | None, typer.Option(help="Prices of a million input and output tokens, for the cost.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Questions asked at once.")] = 1,
    out: Annotated[
        Path | None, typer.Option("--out", help="Where the run record is written: RUN.json, or a folder.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Begin anew where --out holds a run.")] = False,
) -> None:
    """Ask every question of a suite and score the answers. An interrupted run goes on where it was.

    Exit code 0: all were asked; 1: some failed, they are counted apart; 2: the run could not begin.
    """
    suite = opened_suite(source, docs, split, language, docs_language, limit)
    suite = typed_as(suite.sample(sample, seed=seed), way)
    suite = suite.to_search() if search else suite
    options = RunOptions(
        split=split, target=target, model=model, key=os.environ.get(key_env) if key_env else None,
        timeout_s=timeout, workers=workers, out=out, overwrite=overwrite, seed=seed, prices=prices,
        command=command_line(),
    )  # fmt: skip
    made = measure(suite, load_settings(), options, bars=partial(CaseProgressBar, _err))
    show_run(_out, _err, made)
    if out is not None:
        _err.print(f"Written to {out}.", markup=False, highlight=False, soft_wrap=True)
    if made.counts["failed"]:
        again = " The same command tries them again." if out and out.suffix != ".json" else ""
        _err.print(f"{made.counts['failed']:.0f} cases failed and are in no figure.{again}", style="red")
        raise typer.Exit(EXIT_FAILED)


@app.command("new")
def new_benchmark(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
) -> None:
    """Begin a benchmark of your own: a folder with three cases over two documents, to run and to replace."""
    for file in write_skeleton(folder):
        _out.print(str(file), markup=False, highlight=False, soft_wrap=True)
    _err.print(f"Try it: telal eval run {folder}", markup=False, highlight=False, soft_wrap=True)


@app.command("export")
def export_suite(
    source: Source,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where cases.jsonl and docs.jsonl go.")],
    docs: Docs = None,
    split: Split = None,
    language: CasesLanguage = None,
    docs_language: DocsLanguage = None,
    limit: Limit = None,
    sample: Sample = None,
    seed: Seed = 0,
) -> None:
    """Write a suite's cases and documents as JSON lines, to fill another system with; DIR can be run as a suite."""
    suite = opened_suite(source, docs, split, language, docs_language, limit).sample(sample, seed=seed)
    for file in write_suite(suite, folder):
        _out.print(str(file), markup=False, highlight=False, soft_wrap=True)
    _err.print(
        f"{len(suite.cases)} cases over {len(suite.documents)} documents. Run them: telal eval run {folder}",
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip


@app.command("list")
def list_suites() -> None:
    """Name the suites that come along and the forms of files that can be run, with licence and size."""
    table = Table("suite", "cases", "documents", "splits", "languages", "categories", "licence", box=None)
    for suite in map(load, suite_names()):
        splits = ", ".join(f"{name} {count}" for name, count in suite.splits().items())
        kinds = [str(len({kind(c) for c in suite.cases})) for kind in (attrgetter("language"), attrgetter("category"))]
        sizes = str(len(suite.cases)), str(len(suite.documents))
        table.add_row(suite.name, *sizes, splits or "-", *kinds, suite.licence)
    _out.print(table)
    _out.print()
    table = Table("form", "telal eval run ...", "licence of what usually comes in it", box=None)
    for reader in READERS:
        table.add_row(reader.name, reader.what.replace("[", r"\["), reader.licence)
    table.add_row("telal", "CASES.jsonl --docs DOCS.jsonl", "the file's own")
    _out.print(table)


def opened_suite(
    source: str,
    docs: Path | None,
    split: str | None = None,
    language: str | None = None,
    docs_language: str | None = None,
    limit: int | None = None,
) -> Suite:
    """The suite, narrowed as the command line says."""
    suite = narrow(load(source, docs), questions=language, documents=docs_language or language)
    return suite.of_split(split).first(limit)
