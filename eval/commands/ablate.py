"""The command `telal eval ablate`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from eval.compare.ablate import COLUMNS, Worth, ablate, chosen
from eval.core.environment import typed
from eval.core.record import write_run
from eval.core.show import Follower, console, number
from eval.datasets.load import load
from eval.datasets.reader import Options
from eval.run.run import How
from rag.config import load_settings

_out = console()
_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Adds the command to `telal eval`."""
    app.command("ablate")(run_ablation)


def run_ablation(
    rule: Annotated[str, typer.Argument(metavar="RULE|all", help="A rule's name, the beginning of some, or all.")],
    source: Annotated[str, typer.Argument(metavar="SUITE|FILE", help="A suite's name, or a file or folder of cases.")],
    docs: Annotated[Path | None, typer.Option("--docs", help="The documents: JSON lines.")] = None,
    split: Annotated[str | None, typer.Option(help="Only the cases of this split.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N cases.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A folder; each run goes into a file below it.")] = None,
) -> None:
    """Measure what rules of answering are worth: the figures with each rule less those without it, paired.

    The p-values are those of `telal eval compare`, corrected within a row.
    """
    rules = chosen(rule)
    suite = load(source, Options(docs)).of_split(split).first(limit)
    made = []
    for worth in ablate(suite, rules, load_settings(), How(split=split, command=typed()), partial(Follower, _err)):
        made.append(worth)
        if out is not None:
            write_run(worth.with_it, out / "with-all.json")
            write_run(worth.without_it, out / f"without-{worth.rule}.json")
    _out.print(_table(made))


def _table(made: list[Worth]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("rule", no_wrap=True)
    for name in ("cases changed", *COLUMNS):
        table.add_column(name, justify="right")
    whole = made[0].with_it
    table.add_row("all rules", str(len(whole.per_case)), *(number(n, whole.metrics.get(n)) for n in COLUMNS))
    for worth in made:
        told = {d.metric: f"{d.difference:+.3f} (p {d.p_corrected:.2f})" for d in worth.differences}
        table.add_row(worth.rule, str(worth.changed), *(told.get(n, "-") for n in COLUMNS))
    return table
