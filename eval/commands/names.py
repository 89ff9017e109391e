"""The commands `telal eval names` and `telal eval ordinary`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from eval.fit.ordinary import open_texts, ordinary, write
from eval.suites.names import matching, pairs, spotted

_out = Console()
Data = Annotated[Path, typer.Argument(help="The folder with the data, e.g. ../shared/data.")]


def register(app: typer.Typer) -> None:
    """Adds these commands to `telal eval`."""
    app.command("names")(names)
    app.command("ordinary")(ordinary_words)


def names(
    data: Data,
    fitting: Annotated[bool, typer.Option(help="The half of the linked names that rules may be made on.")] = False,
    wrong: Annotated[bool, typer.Option(help="Name the pairs that are judged wrong; of --fitting only.")] = False,
) -> None:
    """Match pairs of linked names, of one bearer and the nearest of others; find names in questions typed small."""
    drawn = pairs(data / "train", measuring=not fitting)
    found = matching(drawn)
    table = Table("pairs", "of one bearer", "count", "taken for one name", box=None)
    for row in found.rows:
        table.add_row(row.group, "yes" if row.same else "no", str(row.pairs), f"{row.share:.3f}")
    _out.print(table)
    _out.print(f"precision {found.precision:.3f}, recall {found.recall:.3f}")
    split = "calibrate" if fitting else "dev"
    for with_archive in (False, True):
        seen = spotted(data, split, with_archive=with_archive)
        told = "tables and the gold article" if with_archive else "tables alone"
        _out.print(f"typed small, {split}, {told}: {seen.found} of {seen.true} names found, {seen.false} false")
    if wrong and fitting:
        for pair in drawn:
            if matching([pair]).rows[0].matched != pair.same:
                _out.print(pair.group, pair.one, pair.other, sep=" | ")


def ordinary_words(
    data: Data,
    out: Annotated[Path, typer.Option(help="Where the table is written; Telal reads rag/text/data/ordinary.toml.")],
) -> None:
    """Find the ordinary words that are spelt like a known bearer, in corpora whose licence allows it."""
    write(ordinary(open_texts(data)), out)
