"""The commands under `telal eval`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.cases import Suite
from eval.datasets.languages import narrow
from eval.datasets.load import load
from eval.datasets.reader import Options
from eval.environment import environment
from eval.index import build, opened
from eval.record import RunRecord
from eval.run import Plan, Watch, run
from eval.show import Follower, show_run
from eval.targets.local import LocalTarget
from eval.texts import Texts
from rag.config import Settings, load_settings

app = typer.Typer(help="Measure Telal, or a rival, on questions with known answers.", no_args_is_help=True)
_out = Console()
_err = Console(stderr=True)


def register(root: typer.Typer) -> None:
    """Adds these commands to the command line."""
    root.add_typer(app, name="eval")


Docs = Annotated[Path | None, typer.Option("--docs", help="The documents: JSON lines, a file or a folder of them.")]
Split = Annotated[str | None, typer.Option(help="Only the cases of this split, e.g. dev.")]
Language = Annotated[str | None, typer.Option(help="Only cases and documents in this language, e.g. en or sr.")]
DocsLanguage = Annotated[
    str | None, typer.Option(help="Documents in this language, where it is another than --language.")
]
Pairs = Annotated[str | None, typer.Option(help="Parallel segments: en (to it and back), all, or sq:en,en:sq.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the first N cases.")]
Workers = Annotated[int, typer.Option(min=1, max=64, help="Questions asked at once.")]
Out = Annotated[Path | None, typer.Option("--out", help="Where the run record is written: RUN.json, or a folder.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Begin anew where --out holds a run.")]


@app.command("run")
def run_suite(
    source: Annotated[str, typer.Argument(metavar="SUITE|FILE", help="A suite's name, or a file of cases.")],
    docs: Docs = None,
    split: Split = None,
    language: Language = None,
    docs_language: DocsLanguage = None,
    pairs: Pairs = None,
    limit: Limit = None,
    workers: Workers = 1,
    out: Out = None,
    overwrite: Overwrite = False,
) -> None:
    """Ask every question of a suite and score the answers. An interrupted run goes on where it was."""
    suite = narrow(load(source, Options(docs, pairs)), questions=language, documents=docs_language or language)
    suite = suite.of_split(split).first(limit)
    made = _local(suite, load_settings(), split=split, workers=workers, out=out, overwrite=overwrite)
    show_run(_out, _err, made)
    if out is not None:
        _err.print(f"Written to {out}.", markup=False, highlight=False, soft_wrap=True)


def _local(
    suite: Suite, settings: Settings, *, split: str | None, workers: int, out: Path | None, overwrite: bool
) -> RunRecord:
    with Follower(_err, "Indexing", total=len(suite.documents)) as follower:
        index = build(suite, settings, progress=follower.done)
    about = environment(suite, index.settings, seed=0, model_id=index.model_id, chunking=index.chunking)
    plan = Plan(suite, split, about, workers=workers, out=out, overwrite=overwrite)
    with opened(index) as engine, Follower(_err, "Asking", total=len(suite.cases)) as follower:
        watch = Watch(resumed=follower.done, finished=follower.case)
        return run(plan, LocalTarget(engine), Texts(suite.documents), watch)
