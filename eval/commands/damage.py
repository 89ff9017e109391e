"""The command `telal eval damage`."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from eval.core.show import console
from eval.suites.damage import trials
from rag.config import load_settings
from rag.models.embed import load_embedder
from rag.reader.reader import load_reader

_out = console()


def register(app: typer.Typer) -> None:
    """Adds the command to `telal eval`."""
    app.command("damage")(damage)


def damage(
    questions: Annotated[list[str], typer.Argument(help="What is asked of every damaged copy.")],
    number: Annotated[int, typer.Option(min=1, help="So many damages, each of a copy of its own.")] = 50,
    seed: Annotated[int, typer.Option(help="Of the chance that chooses them.")] = 1,
) -> None:
    """Damage copies of the data directory, a byte or a page each, and ask them; exit code 1 if one is not clear."""
    settings = load_settings()
    embedder, reader = load_embedder(settings.embedding), load_reader(settings.embedding)
    counts: Counter[tuple[str, str, str]] = Counter()
    bad = 0
    with tempfile.TemporaryDirectory(prefix="telal-damage-") as work:
        for trial in trials(settings.data_dir, Path(work), questions, embedder, reader, number=number, seed=seed):
            counts["archive" if trial.file == "archive.sqlite" else "index", trial.kind, trial.outcome] += 1
            bad += not trial.clear
            _out.print(f"{trial.file} {trial.kind}: {trial.outcome} {trial.said}", markup=False, highlight=False)
    table = Table("file", "damage", "outcome", "times", box=None)
    for (file, kind, outcome), times in sorted(counts.items()):
        table.add_row(file, kind, outcome, str(times))
    _out.print(table)
    if bad:
        raise typer.Exit(1)
