"""The commands `telal eval guard`, `telal eval conflicts` and `telal eval labelled`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from eval.core.record import read_run
from eval.core.show import console
from eval.suites import conflicts
from eval.suites.guard import TRUE, Judged, added_pairs, judge, made_pairs
from eval.suites.labelled import KINDS, read_labels, shares, shown_again
from rag.config import load_settings
from rag.reader.reader import load_reader

_out = console()

Out = Annotated[Path | None, typer.Option("--out", help="Where every case is written, JSON lines.")]


def register(app: typer.Typer) -> None:
    """Adds these commands to `telal eval`."""
    app.command("guard")(guard)
    app.command("conflicts")(conflict_cases)
    app.command("labelled")(labelled)


def guard(
    split: Annotated[str | None, typer.Option(help="dev or test; both by default.")] = None,
    added: Annotated[bool, typer.Option("--added", help="News translated by people, and what a model adds.")] = False,
    out: Out = None,
    show: Annotated[int, typer.Option(min=0, help="Show so many pairs that were judged wrong.")] = 0,
) -> None:
    """Try the guard on made pairs: how many lies it lets through, how many true sentences it withdraws."""
    judged = judge(added_pairs(split=split or "test") if added else made_pairs(split=split))
    _write(out, ({**asdict(j.pair), "passed": j.passed} for j in judged))
    table = Table("kind", "one language", "wrong", "two languages", "wrong", box=None)
    kinds = [TRUE, *sorted({j.pair.kind for j in judged} - {TRUE})]
    for kind in kinds:
        rows = [
            _share([j for j in judged if j.pair.kind == kind and j.pair.across is across]) for across in (False, True)
        ]
        table.add_row("true, withdrawn" if kind == TRUE else f"{kind}, let through", *rows[0], *rows[1])
    lies = [[j for j in judged if j.pair.kind != TRUE and j.pair.across is across] for across in (False, True)]
    table.add_row("all lies, let through", *_share(lies[0]), *_share(lies[1]))
    _out.print(table)
    for j in [j for j in judged if j.wrong][:show]:
        _out.print(f"{j.pair.id}: {j.pair.claim}", markup=False, highlight=False)


def conflict_cases(out: Out = None) -> None:
    """Try the detection of conflicting reports on made cases."""
    reader = load_reader(load_settings().embedding)
    seen = [conflicts.look(c, reader) for c in conflicts.cases()]
    _write(out, ({**asdict(s.case), "reported": s.reported} for s in seen))
    table = Table("kind", "conflicts", "found", "silent cases", "falsely reported", box=None)
    for kind in [*sorted({s.case.kind for s in seen}), "all"]:
        own = [s for s in seen if kind in (s.case.kind, "all")]
        yes, no = [s for s in own if s.case.conflicting], [s for s in own if not s.case.conflicting]
        found, false = sum(s.reported for s in yes), sum(s.reported for s in no)
        table.add_row(kind, str(len(yes)), _ratio(found, len(yes)), str(len(no)), _ratio(false, len(no)))
    _out.print(table)


def labelled(
    run: Annotated[Path | None, typer.Argument(help="A run: what it shows of the labelled sentences.")] = None,
) -> None:
    """Show what answers labelled by hand are worth: first sentence answers, any does, what the sentences are."""
    labels, strange = read_labels(), 0
    if run is not None:
        labels, strange = shown_again(labels, read_run(run).per_case)
    table = Table("questions", "answers", "first answers", "any answers", *KINDS, box=None)
    groups = {"with an answer": True, "without one": False}
    for name, answerable in groups.items():
        told = shares([a for a in labels if a.answerable is answerable])
        counts = [str(told.sentences[kind]) for kind in KINDS]
        table.add_row(
            name, str(told.answers), _ratio(told.first, told.answers), _ratio(told.any, told.answers), *counts
        )
    _out.print(table)
    if strange:
        _out.print(f"{strange} sentences of the run have no label.")


def _share(judged: Sequence[Judged]) -> tuple[str, str]:
    return str(len(judged)), _ratio(sum(j.wrong for j in judged), len(judged))


def _ratio(some: int, all_: int) -> str:
    return f"{some / all_:.3f}" if all_ else "-"


def _write(out: Path | None, records: Iterable[dict[str, object]]) -> None:
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
