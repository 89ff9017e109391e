"""The command `telal eval extraction`: how well pages are read, against pinned floors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.suites.extraction import digest, measure, summary
from eval.suites.extraction_gate import NAMES, Name, pages_of, raised, read_floors, write_floors
from rag.errors import BadInput

FALLEN = 1
_out = Console()
_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Adds the command to `telal eval`."""
    app.command("extraction")(extraction)


def extraction(
    name: Annotated[str, typer.Argument(metavar="own|sample|shared", help="Which set of pages.")] = "shared",
    pages: Annotated[Path | None, typer.Option(help="The folder of the set, when it is elsewhere.")] = None,
    worst: Annotated[int, typer.Option(min=0, help="Show so many of the pages that are read worst.")] = 0,
    raise_floors: Annotated[bool, typer.Option("--raise", help="Raise the floors to what is measured.")] = False,
    repin: Annotated[bool, typer.Option("--repin", help="Take the pages as they are, floors included.")] = False,
) -> None:
    """Read pages as ingestion does and compare with what a person, or a parser for the site, says is in them.

    Exit code 0: no figure is under its floor; 1: some are; 2: the pages are not there or not those of the floors.
    """
    chosen = _named(name)
    found = pages_of(chosen, folder=pages)
    scores = measure(list(track(found, description="reading", console=_err, disable=not _err.is_terminal)))
    figures = summary(scores)
    table = Table("figure", "value")
    for key, value in figures.items():
        table.add_row(key, f"{value:.4f}" if value <= 1 else f"{value:,.1f}")
    _out.print(table)
    for one in sorted(scores, key=lambda s: s.f1)[:worst]:
        _out.print(f"{one.f1:.3f} {one.id} {one.rejected}", markup=False, highlight=False, soft_wrap=True)
    floors = read_floors()
    if raise_floors or repin:
        floors[chosen] = raised(chosen, found, figures, None if repin else floors.get(chosen))
        write_floors(floors)
    if chosen not in floors:
        return
    if floors[chosen].digest != digest(found):
        raise BadInput("The pages are not those of the floors.", hint="--repin takes them as they are.")
    fallen = floors[chosen].fallen(figures)
    for line in fallen:
        _err.print(line, style="red")
    if fallen:
        raise typer.Exit(FALLEN)


def _named(name: str) -> Name:
    for one in NAMES:
        if one == name:
            return one
    raise BadInput(f"There is no set {name!r}.", hint=f"There are {', '.join(NAMES)}.")
