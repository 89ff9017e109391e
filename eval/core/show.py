"""The terminal: progress while a run lasts, how figures are written, the table of all metrics."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import Console
from rich.progress import MofNCompleteColumn, TextColumn
from rich.table import Table

from eval.core.record import CaseRecord, Metrics
from rag.show import ProgressBar

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("what readers see", ("seen", "stated", "false_absence", "withheld")),
    ("confidence", ("calibration_", "auroc_", "coverage@")),
    ("short answers", ("short", "marked", "exact_", "token_f1")),
    ("answers", ("sentence@", "list_", "status_", "language_")),
    ("retrieval", ("recall@", "success@", "mrr@", "ndcg@", "map")),
    ("passages", ("passage_",)),
    ("grounding", ("citation_", "quotes_", "unsupported_")),
    ("safety", ("injection_",)),
    ("speed", ("first_", "latency_", "input_", "output_", "cost")),
)
WIDE = 180  # columns where nobody looks: in a file or a pipe no cell is cut


def console() -> Console:
    """The output stream, wide enough for a table when it is no terminal."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=WIDE)


EVERY_S = 30.0  # between two lines where there is no terminal


class CaseProgressBar(ProgressBar):
    """How many cases of a run are done, and how many of them failed; a line now and then where there is no terminal."""

    def __init__(self, console: Console, label: str, total: int) -> None:
        columns = MofNCompleteColumn(), TextColumn("{task.fields[failed]}")
        super().__init__(console, *columns, label=label, total=total, failed="")
        self._console, self._label, self._total = console, label, total
        self._done = self._failed = 0
        self._said = time.monotonic()

    def advance(self, count: int) -> None:
        """Sets the number of cases that are done."""
        self._done = count
        self._update(completed=count)
        self._say()

    def case(self, case: CaseRecord) -> None:
        """One more is done."""
        self._done += 1
        self._failed += case.failed
        self._update(advance=1, failed=f"{self._failed} failed" if self._failed else "")
        self._say()

    def _say(self) -> None:
        if self._console.is_terminal or time.monotonic() < self._said + EVERY_S:
            return
        self._said = time.monotonic()
        failed = f", {self._failed} failed" if self._failed else ""
        self._console.print(f"{self._label}: {self._done} of {self._total}{failed}", highlight=False, soft_wrap=True)


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
    names = [n for n in columns[0] if any(column.get(n) is not None for column in columns)]
    last = ""
    for name in sorted(names, key=_place):
        group = group_of(name)
        table.add_row(
            "" if group == last else group, name, *(number(name, column.get(name)) for column in columns)
        )  # fmt: skip
        last = group
    return table


def _place(name: str) -> int:
    """The place of a metric's group; metrics of one group keep their order."""
    order = [group for group, _ in GROUPS]
    group = group_of(name)
    return order.index(group) if group in order else len(order)
