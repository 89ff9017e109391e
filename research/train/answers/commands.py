"""The command `python -m research.train answers`: the small models behind an answer, fitted anew."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import rag.answer
from rag.answer.judge import FITTED_FILE
from rag.config import load_settings

FITTED_PATH = Path(rag.answer.__file__).with_name(FITTED_FILE)
_out, _err = Console(), Console(stderr=True)


def fit_answers(
    data: Annotated[Path, typer.Option(help="The folder with train/ and qa/; see docs/reader.md.")],
    work: Annotated[Path, typer.Option(help="Where rows are kept, a file a suite; those there are not read again.")],
    out: Annotated[Path, typer.Option(help="Where it is written; default: where Telal reads it.")] = FITTED_PATH,
    kinds: Annotated[bool, typer.Option(help="Also print figures by kind and language, and the worst.")] = False,
    held: Annotated[
        bool, typer.Option(help="Also judge the halves of real articles on which nothing is fitted.")
    ] = False,
) -> None:
    """Fit which sentence and passage answer, how sure that is, and which words are the answer.

    Prints how each suite fares under models fitted on the others.
    """
    from research.train.answers import fit, rows
    from research.train.answers.suites import HELD, SUITES, suite

    def read(name: str) -> list[rows.QuestionRow]:
        path = work / f"rows-{name}.jsonl"
        if not path.is_file():
            _err.print(f"Reading for {name}")
            rows.write(path, list(rows.collect(suite(name, data, work), load_settings())))
        return rows.read(path)

    work.mkdir(parents=True, exist_ok=True)
    found = {name: read(name) for name in SUITES}
    models = fit.fit(found)
    made = fit.as_json(models, sum(map(len, found.values())))
    out.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    judged = fit.left_out(found)
    _table(fit.table(judged, models.thresholds))
    if held:
        _table(fit.table({name: fit.judge(read(name), models) for name in HELD}, models.thresholds))
    if kinds:
        from research.train.answers import report

        bare = fit.left_out(found, [name for name in fit.WORDS if name != "verdict"])
        _table(report.curve(judged))
        _table(report.by_kind(judged, models.thresholds, bare, fit.thresholds(bare)))
        for line in report.worst(judged, 60):
            typer.echo(line)
    _out.print_json(data=made["thresholds"])


def _table(lines: Sequence[Mapping[str, float | str]]) -> None:
    typer.echo(f"| {' | '.join(lines[0])} |")
    typer.echo(f"|{'---|' * len(lines[0])}")
    for line in lines:
        typer.echo(f"| {' | '.join(f'{v:.2f}' if isinstance(v, float) else str(v) for v in line.values())} |")
