"""`python -m research.score RECORD`: the figures of every suite in a record of answers, without asking again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from eval.core.cases import Case, Reply, Timing
from eval.core.record import RunRecord
from eval.core.show import console
from eval.run.run import RunOptions, run
from eval.run.show import main_grid, plain_sentence
from eval.targets.replies import to_reply
from rag.errors import BadInput
from research.record import Source, read_rows, sources

_out = console()


@dataclass(frozen=True, slots=True)
class RecordedTarget:
    """Answers each case of a suite with its row in a record; ranking and times are not recorded."""

    source: str
    rows: Mapping[str, Mapping[str, Any]]
    name: str = "record"

    def holds(self, case: Case) -> bool:
        return f"{self.source}/{case.id}" in self.rows

    def ask(self, case: Case) -> Reply:
        row = self.rows[f"{self.source}/{case.id}"]
        if error := row.get("error"):
            return Reply("refused", (), refusal_reason=error["kind"], notices=(error["message"],))
        return to_reply(row["answer"], None, Timing(0.0, None, 0.0))


def scored(source: Source, rows: Mapping[str, Mapping[str, Any]], *, out: Path | None = None) -> RunRecord | None:
    """The run of a suite's recorded cases, written to a file of `out`; None where the record has none of them."""
    target = RecordedTarget(source.name, rows)
    held = source.suite.only([case.id for case in source.suite.cases if target.holds(case)])
    file = out / f"{source.name}.json" if out else None
    return run(held, target, RunOptions(out=file, overwrite=True)) if held.cases else None


def score(
    record: Annotated[Path, typer.Argument(metavar="RECORD", help="A folder that research.record made.")],
    out: Annotated[Path | None, typer.Option(help="Where runs are written, for `telal eval compare`.")] = None,
) -> None:
    """Print the main figures of each suite in a record of answers."""
    rows, found = read_rows(record), False
    if out:
        out.mkdir(parents=True, exist_ok=True)
    for source in sources():
        made = scored(source, rows, out=out)
        if made is None:
            continue
        found = True
        grid = main_grid(made, more=("marked_shown", "marked@1"))
        table = Table(source.name, *grid.head[1:], box=None, pad_edge=False)
        for row in grid.rows:
            table.add_row(*row)
        _out.print(plain_sentence(made), table, "", sep="\n", highlight=False)
    if not found:
        raise BadInput(f"{record} holds no answer to a suite.", hint=f"python -m research.record make {record}")


if __name__ == "__main__":
    typer.run(score)
