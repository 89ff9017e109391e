"""Commands over finished runs: compare, report, trec."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from eval.compare.compare import Comparison, GroupChange, compare
from eval.compare.trec import export
from eval.core.record import read_run
from eval.core.show import console, number
from eval.run.show import FEWEST, TITLES
from rag.wire import jsonable

_out = console()
_err = Console(stderr=True)

RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder, or its .json file.")]
RunPaths = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Runs' folders, or their .json files.")]


def register(app: typer.Typer) -> None:
    """Adds these commands to `telal eval`."""
    app.command("compare")(compare_runs)
    app.command("report")(report)
    app.command("trec")(trec)


def compare_runs(
    a: RunPath,
    b: RunPath,
    cases: Annotated[int, typer.Option(min=0, help="How many better and worse cases to name.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare run B with run A: differences with intervals and p-values, cases better and worse."""
    left, right = read_run(a), read_run(b)
    made = compare(left, right)
    if as_json:
        _out.print_json(data=jsonable(made))
        return
    _out.print(_differences(made))
    for key in ("all", "languages", "language", "pair"):
        _print_groups([g for g in made.groups if g.key == key and (key != "pair" or g.cases >= FEWEST)])
    questions = {c.id: c.question for c in right.per_case}
    for title, changes in (("better", made.better), ("worse", made.worse)):
        _out.print(f"\n{len(changes)} cases {title}", highlight=False)
        for change in changes[:cases]:
            _out.print(
                f"  {change.id}: {change.metric} {change.a:.2f} -> {change.b:.2f}  {questions.get(change.id, '')[:90]}",
                markup=False,
                highlight=False,
            )
    _out.print(
        f"\n{made.cases} cases in both, {made.left_out} in one or failed. Intervals: 95 %, paired bootstrap; p: "
        f"permutation test, corrected by Holm over all metrics shown. Pairs have {FEWEST} cases or more.",
        style="dim",
    )


def trec(run: RunPath, folder: Annotated[Path, typer.Argument(help="Where run.trec and qrels.trec go.")]) -> None:
    """Write a run's rankings as TREC run and qrels files."""
    made = export(read_run(run), folder)
    _out.print(f"{made.run}\n{made.qrels}", markup=False, highlight=False, soft_wrap=True)


def _differences(made: Comparison) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("metric", "cases", "A", "B", "B - A", "95 % interval", "p", "p corrected", ""):
        table.add_column(name, no_wrap=name == "metric", justify="left" if name in ("metric", "") else "right")
    styles = {"better": "green", "worse": "red"}
    for d in made.differences:
        table.add_row(
            d.metric, str(d.cases), number(d.metric, d.a), number(d.metric, d.b), f"{d.difference:+.3f}",
            f"{d.low:+.3f} to {d.high:+.3f}", f"{d.p:.4f}", f"{d.p_corrected:.4f}", d.verdict,
            style=styles.get(d.verdict, ""),
        )  # fmt: skip
    return table


def _print_groups(changes: Sequence[GroupChange]) -> None:
    """A group a row, its figures in A and B side by side."""
    names = list(dict.fromkeys(c.metric for c in changes))
    groups = {c.group: c.cases for c in changes}
    if not changes or (len(groups) < 2 and changes[0].key != "all"):
        return
    told = {(c.group, c.metric): f"{number(c.metric, c.a)} → {number(c.metric, c.b)}" for c in changes}
    table = Table(TITLES.get(changes[0].key, ""), "cases", *names, box=None, pad_edge=False)
    for group, cases in groups.items():
        table.add_row(group, str(cases), *(told.get((group, name), "-") for name in names))
    _out.print()
    _out.print(table)


def report(
    runs: RunPaths,
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path("report.html"),
) -> None:
    """Show runs as one HTML page: a sentence, tables, curves, every case. The others are compared with the first."""
    from eval.report.page import write_report  # needs the packages of the extra `eval`, and says so

    write_report(runs, out)
    _err.print(f"Written to {out}.", markup=False, highlight=False, soft_wrap=True)
