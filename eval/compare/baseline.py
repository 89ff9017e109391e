"""`telal eval baseline`: the same questions for BM25 alone, vectors alone, the usual tutorial's pipeline, and Telal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.core.cases import Suite, Target
from eval.core.record import RunRecord, command_line
from eval.core.show import CaseProgressBar, console, metrics_table
from eval.datasets.languages import narrow
from eval.datasets.load import load
from eval.datasets.reader import Options
from eval.run.index import Index, build
from eval.run.run import Bars, How, ask, local_target, quiet
from rag.config import Settings, load_settings

Opens = Callable[[Suite, Settings], AbstractContextManager[Target]]


@dataclass(frozen=True, slots=True)
class Contender:
    """One column of the table. `mode`: a way of our own retrieval; else `opens` makes the system."""

    name: str
    mode: str | None = None
    opens: Opens | None = None


_out = console()
_err = Console(stderr=True)

OWN = (Contender("bm25", "keyword"), Contender("dense", "dense"))
TELAL = Contender("telal", "hybrid")


def baseline(
    suite: Suite,
    settings: Settings,
    how: How,
    *,
    others: tuple[Contender, ...] = (),
    bars: Bars = quiet,
) -> Iterator[tuple[str, RunRecord]]:
    """Name and record of each contender, Telal last; with `how.out`, each in a folder of its own below it."""
    with bars("Indexing", len(suite.documents)) as bar:
        index = build(suite, settings, progress=bar.advance)
    for contender in (*OWN, *others, TELAL):
        with _opened(contender, suite, index) as target:
            own = replace(how, out=_folder(how.out, contender.name))
            yield contender.name, ask(suite, target, index.settings, own, index=index, bars=bars)


def _opened(contender: Contender, suite: Suite, index: Index) -> AbstractContextManager[Target]:
    if contender.opens is not None:
        return contender.opens(suite, index.settings)
    return local_target(index, contender.mode or "hybrid")


def _folder(out: Path | None, name: str) -> Path | None:
    return None if out is None else out / name


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("baseline")(run_baseline)


def run_baseline(
    source: Annotated[str, typer.Argument(metavar="SUITE|FILE")],
    docs: Annotated[Path | None, typer.Option("--docs")] = None,
    split: Annotated[str | None, typer.Option()] = None,
    language: Annotated[str | None, typer.Option()] = None,
    docs_language: Annotated[str | None, typer.Option()] = None,
    pairs: Annotated[str | None, typer.Option()] = None,
    limit: Annotated[int | None, typer.Option(min=1)] = None,
    sample: Annotated[int | None, typer.Option(min=1)] = None,
    seed: Annotated[int, typer.Option()] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", help="A folder; each system's run goes into one below it.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite")] = False,
    no_tutorial: Annotated[bool, typer.Option("--no-tutorial", help="Leave the tutorial's pipeline out.")] = False,
) -> None:
    """Measure BM25 alone, vectors alone, the usual tutorial's pipeline and Telal on the same cases; one table."""
    suite = narrow(load(source, Options(docs, pairs)), questions=language, documents=docs_language or language)
    suite = suite.of_split(split).first(limit).sample(sample, seed=seed)
    how = How(split=split, out=out, overwrite=overwrite, seed=seed, command=command_line())
    others = () if no_tutorial else (_tutorial(),)
    runs = dict(baseline(suite, load_settings(), how, others=others, bars=partial(CaseProgressBar, _err)))
    _out.print(metrics_table(list(runs), [r.metrics for r in runs.values()]))


def _tutorial() -> Contender:
    """Imported here: it needs the packages of the extra `bench`, and NotInstalled says so."""
    from eval.targets.tutorial import reference_target

    return Contender("tutorial", opens=reference_target)
