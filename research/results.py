"""`python -m research.results RUN...`: runs as one page of Markdown, each with the command that gives its figures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from eval.core.record import RunRecord, read_run
from eval.report.runs import title_of
from eval.run.show import MAIN, MAIN_SEARCHED, TITLES, by_grid, main_grid, plain_sentence
from eval.run.summary import metrics_by

_INTRO = """\
# Results

Written by `python -m research.results RUN...`; do not edit. What the metrics mean is in [evaluation.md](evaluation.md).
`-`: there is nothing to measure it by. How confidence does on suites that it was not fitted on:
[the models](reader.md#how-sure).
"""
LEAST = 5  # cases of a language or pair: fewer say nothing
_WHERE = re.compile(r" --out \S+| --overwrite")  # where a run was kept changes no figure


def results(runs: Sequence[RunRecord]) -> str:
    """The page: one table of questions asked, one of texts searched for, and what each run depended on."""
    asked = [r for r in runs if not _searched(r)]
    parts = [_INTRO, *(f"- {_named(r)}. {plain_sentence(r)}" for r in asked), ""]
    parts += _table(asked, MAIN)
    parts += _table([r for r in runs if _searched(r)], MAIN_SEARCHED)
    for key in ("language", "pair"):
        parts += _pooled(asked, key)
    return "\n".join([*parts, "## What was run", "", *(_about(r) for r in runs), ""])


def _searched(run: RunRecord) -> bool:
    return all(c.search_only for c in run.per_case)


def _named(run: RunRecord) -> str:
    """Suite and split, and the system where it is not Telal in this process."""
    return title_of(run) + ("" if run.target == "local" else f", {run.target}")


def _table(runs: Sequence[RunRecord], names: Sequence[str]) -> list[str]:
    shown = [n for n in names if any(r.metrics.get(n) is not None for r in runs)]
    lines = [] if not runs else _head(["suite", "cases", *(f"`{n}`" for n in shown)])
    for run in runs:
        grid = main_grid(run)
        for row in grid.rows:
            cells = dict(zip(grid.head, row, strict=True))
            name = _named(run) if row is grid.rows[0] else f"… {cells['']}"
            lines.append(_row([name, cells["cases"], *(cells.get(n, "-") for n in shown)]))
    return [*lines, ""] if lines else []


def _pooled(runs: Sequence[RunRecord], key: str) -> list[str]:
    """All questions of all suites by language or pair, where there are enough; runs of one system only."""
    if len({r.target for r in runs}) != 1:
        return []
    cases = [c for r in runs for c in r.per_case]
    grid = by_grid(replace(runs[0], per_case=cases, metrics_by=metrics_by(cases)), key)
    rows = [] if grid is None else [r for r in grid.rows if int(r[1]) >= LEAST]
    if grid is None or not rows:
        return []
    title = f"## All suites by {TITLES[key]}, at least {LEAST} questions"
    return [title, "", *_head(grid.head), *(_row(r) for r in rows), ""]


def _about(run: RunRecord) -> str:
    about = run.environment
    command = _WHERE.sub("", str(about.get("command") or ""))
    return (
        f"- `{command}`: {run.created[:10]}, commit {str(about.get('commit') or 'unknown')[:12]}"
        f"{' with changes not committed' if about.get('dirty') else ''}, {about.get('cpu', 'unknown')}, "
        f"{about.get('cores', '?')} cores, model {about.get('model_id') or 'not ours'}, "
        f"cases {str(about.get('cases_digest') or '-')[:12]}, documents {str(about.get('docs_digest') or '-')[:12]}"
    )


def _head(cells: Sequence[str]) -> list[str]:
    return [_row(cells), _row(["---"] * len(cells))]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def write_results(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Runs' folders, or their .json files.")],
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path("results.md"),
) -> None:
    """Write runs of several suites as one page of Markdown, each with the command that gives its figures."""
    out.write_text(results([read_run(r) for r in runs]), encoding="utf-8")


if __name__ == "__main__":
    typer.run(write_results)
