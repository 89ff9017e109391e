"""What a run says: one plain sentence, a small table, then everything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from eval.core.record import CaseRecord, Metrics, RunRecord
from eval.core.show import metrics_table, number
from eval.run.summary import grouped, outcomes

MAIN = (
    "seen@1", "seen", "stated", "stated_wrong", "false_absence", "withheld", "calibration_error", "short_shown",
    "short@shown",
)  # fmt: skip
MAIN_SEARCHED = ("success@1", "success@5", "recall@5", "mrr@10", "ndcg@10")  # where nothing was answered
FEWEST = 5  # cases of a pair that is shown: figures of fewer say nothing
TITLES = {
    "language": "language of the question",
    "pair": "question:article",
    "languages": "languages",
    "category": "category",
}


@dataclass(frozen=True, slots=True)
class Grid:
    """A table in words: the names of its columns, and its rows, each with the number of its cases."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def main_grid(run: RunRecord, *, more: Sequence[str] = ()) -> Grid:
    """The main figures, and `more`, of all cases, and of questions and articles in one language and in two."""
    names = _measure(run, [run.metrics], more)
    rows = [_row("all", run.per_case, run.metrics, names)]
    split = run.metrics_by.get("languages", {})
    if len(split) > 1:
        cases = grouped(run.per_case, "languages")
        rows += [_row(f"{name} language" + "s" * (name == "two"), cases[name], split[name], names) for name in split]
    return Grid(("", "cases", *names), tuple(rows))


def by_grid(run: RunRecord, key: str) -> Grid | None:
    """The main figures by language, pair or category; None when there is but one row, or nothing to show.

    Pairs: those with enough cases, the worst first.
    """
    cases, groups = grouped(run.per_case, key), run.metrics_by.get(key, {})
    if key == "pair":
        groups = {name: figures for name, figures in groups.items() if len(cases[name]) >= FEWEST}
    names = _measure(run, list(groups.values()))
    if len(groups) < 2 or not names:
        return None
    if key == "pair":
        groups = dict(sorted(groups.items(), key=lambda g: math.inf if (v := g[1].get(names[0])) is None else v))
    title = f"{TITLES[key]} ({FEWEST} cases or more)" if key == "pair" else TITLES[key]
    return Grid((title, "cases", *names), tuple(_row(n, cases[n], m, names) for n, m in groups.items()))


def _measure(run: RunRecord, figures: Sequence[Metrics], more: Sequence[str] = ()) -> tuple[str, ...]:
    wanted = MAIN_SEARCHED if all(c.search_only for c in run.per_case) else MAIN
    return tuple(n for n in (*wanted, *more) if any(m.get(n) is not None for m in figures))


def _row(name: str, cases: Sequence[CaseRecord], figures: Metrics, names: Sequence[str]) -> tuple[str, ...]:
    return (name, str(len(cases)), *(number(n, figures.get(n)) for n in names))


def _table(grid: Grid) -> Table:
    table = Table(box=None, pad_edge=False)
    for n, name in enumerate(grid.head):
        table.add_column(name, justify="right" if n else "left")
    for row in grid.rows:
        table.add_row(*row)
    return table


def plain_sentence(run: RunRecord) -> str:
    """What became of the questions, in one sentence."""
    asked = outcomes(run.per_case).sentence
    if asked:
        return asked
    c, found = run.counts, run.metrics.get("success@1")
    if c["searched"] and found is not None:
        return f"{c['searched']:,.0f} were only searched for: of these {found:.1%} had a right article first."
    return "Nothing here tells right from wrong."


def show_run(out: Console, err: Console, run: RunRecord) -> None:
    """A sentence, a small table, then all figures, and below them what the reader must know."""
    if run.counts["failed"] == len(run.per_case):
        out.print(f"All {len(run.per_case)} cases failed.", highlight=False)
    else:
        _show_figures(out, run)
    for line in (*run.notes, *_failures(run), *_degraded(run)):
        err.print(line, style="yellow", markup=False, highlight=False, soft_wrap=True)


def _show_figures(out: Console, run: RunRecord) -> None:
    out.print(plain_sentence(run), highlight=False)
    grids = [main_grid(run), *(g for key in ("language", "pair", "category") if (g := by_grid(run, key)))]
    for grid in grids:
        out.print()
        out.print(_table(grid))
    out.print()
    out.print(metrics_table([f"{run.suite}{f' {run.split}' if run.split else ''}"], [run.metrics]))
    c = run.counts
    out.print(
        f"\n{c['cases']:,.0f} cases: {c['stated']:,.0f} stated, {c['doubtful']:,.0f} shown with doubt, "
        f"{c['refused']:,.0f} refused, {c['searched']:,.0f} searched, {c['failed']:,.0f} failed, "
        f"in {c['seconds']:,.0f} s",
        highlight=False,
    )


def _failures(run: RunRecord) -> list[str]:
    failed = [c for c in run.per_case if c.failed]
    listed = [f"{c.id} failed: {c.error}" for c in failed[:5]]
    return [*listed, f"... and {len(failed) - 5} more"] if len(failed) > 5 else listed


def _degraded(run: RunRecord) -> list[str]:
    notices = {n for c in run.per_case for n in c.notices}
    return [f"The system said: {n}" for n in sorted(notices)[:5]]
