"""Shows runs to the evaluator: progress while they last, tables at the end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn, TextColumn
from rich.table import Table

from eval.core.record import CaseRecord, Metrics, RunRecord
from rag.show import ProgressBar

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("retrieval", ("recall@", "success@", "mrr@", "ndcg@", "map")),
    ("passages", ("passage_",)),
    ("answers", ("answer_hit", "shown_", "exact_", "token_f1", "list_", "status_", "language_", "script_")),
    ("right or silent", ("wrong_", "short_", "filler", "coverage@")),
    ("grounding", ("citation_", "quotes_", "unsupported_")),
    ("refusal", ("refusal_", "answered", "risk_", "calibration_")),
    ("safety", ("injection_",)),
    ("speed", ("first_", "latency_", "input_", "output_", "cost")),
)


OF_ANSWERABLE = frozenset({"pair", "languages"})  # what has no answer has no document, and its language
BY = (
    "success@1", "success@5", "recall@5", "answer_hit@1", "shown_hit@1", "shown_hit", "answered", "wrong_answers",
    "short_shown", "short_precision", "filler", "status_right", "citation_valid", "refusal_recall",
)  # fmt: skip
WIDE = 180  # columns where nobody looks: in a file or a pipe no cell is cut


def console() -> Console:
    """The output stream, wide enough for a table when it is no terminal."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=WIDE)


def ratio(some: int, all_: int) -> str:
    """A share as tables show it."""
    return f"{some / all_:.3f}" if all_ else "-"


def write_lines(out: Path | None, rows: Iterable[Mapping[str, object]]) -> None:
    """Writes every case of a suite as JSON lines where --out names a file."""
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")


class CaseProgressBar(ProgressBar):
    """How many cases of a run are done, and how many of them failed."""

    def __init__(self, console: Console, label: str, total: int) -> None:
        columns = MofNCompleteColumn(), TextColumn("{task.fields[failed]}")
        super().__init__(console, *columns, label=label, total=total, failed="")
        self._failed = 0

    def advance(self, count: int) -> None:
        """So many are done in all."""
        self._update(completed=count)

    def case(self, case: CaseRecord) -> None:
        """One more is done."""
        self._failed += case.failed
        self._update(advance=1, failed=f"{self._failed} failed" if self._failed else "")


def number(name: str, value: float | None) -> str:
    """A figure for a table: three digits after the point, times in whole or tenths of a millisecond."""
    if value is None:
        return "-"
    if "_ms" in name:
        return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"
    if name == "cost":
        return f"{value:.6f}"
    return f"{value:,.0f}" if name.endswith("_tokens") else f"{value:.3f}"


def group_of(name: str) -> str:
    return next((group for group, starts in GROUPS if name.startswith(starts)), "other")


def metrics_table(titles: Sequence[str], columns: Sequence[Metrics]) -> Table:
    """Every metric that some run measures, a run a column, in groups."""
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("metric")
    for title in titles:
        table.add_column(title, justify="right")
    last = ""
    for name in columns[0]:
        values = [column.get(name) for column in columns]
        if all(v is None for v in values):
            continue
        group = group_of(name)
        table.add_row("" if group == last else group, name, *(number(name, v) for v in values))
        last = group
    return table


def by_table(run: RunRecord, key: str, names: Sequence[str]) -> Table | None:
    """Some metrics by language, category or pair; None when there is but one row."""
    groups = run.metrics_by.get(key, {})
    shown = [n for n in names if any(m.get(n) is not None for m in groups.values())]
    if len(groups) < 2 or not shown:
        return None
    table = Table(box=None, pad_edge=False)
    table.add_column(key)
    for name in ("cases", *shown):
        table.add_column(name, justify="right")
    for group, figures in groups.items():
        count = sum(getattr(c, key) == group and not (key in OF_ANSWERABLE and c.unanswerable) for c in run.per_case)
        table.add_row(group, str(count), *(number(n, figures.get(n)) for n in shown))
    return table


def show_run(out: Console, err: Console, run: RunRecord) -> None:
    """The table of a run, and below it what the reader must know."""
    out.print(metrics_table([f"{run.suite}{f' {run.split}' if run.split else ''}"], [run.metrics]))
    for key in ("language", "category", "pair", "languages"):
        table = by_table(run, key, BY)
        if table is not None:
            out.print()
            out.print(table)
    c = run.counts
    out.print(
        f"\n{c['cases']:,.0f} cases: {c['answered']:,.0f} answered, {c['refused']:,.0f} refused, "
        f"{c['searched']:,.0f} searched, {c['failed']:,.0f} failed, in {c['seconds']:,.0f} s",
        highlight=False,
    )
    for line in (*run.notes, *_failures(run), *_degraded(run)):
        err.print(line, style="yellow", markup=False, highlight=False, soft_wrap=True)


def _failures(run: RunRecord) -> list[str]:
    failed = [c for c in run.per_case if c.failed]
    listed = [f"{c.id} failed: {c.error}" for c in failed[:5]]
    return [*listed, f"... and {len(failed) - 5} more"] if len(failed) > 5 else listed


def _degraded(run: RunRecord) -> list[str]:
    notices = {n for c in run.per_case for n in c.notices}
    return [f"The system said: {n}" for n in sorted(notices)[:5]]
