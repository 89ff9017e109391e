"""The command `telal eval report`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Adds the command to `telal eval`."""
    app.command("report")(report)
    app.command("risk")(risk)


def report(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Runs' folders, or their .json files.")],
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path("report.html"),
) -> None:
    """Show runs as one HTML page: tables, heat maps, curves, every case. The first is what others are compared with."""
    from eval.report.page import write_report  # half a second of plotting library that no other command needs

    write_report(runs, out)
    _err.print(f"Written to {out}.", markup=False, highlight=False, soft_wrap=True)


def risk(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Runs' folders, or their .json files.")],
    out: Annotated[Path, typer.Option("--out", help="The picture to write.")] = Path("risk.svg"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the points of the curves.")] = False,
) -> None:
    """Draw risk against coverage of answers and short answers as one SVG file that needs nothing else."""
    from eval.report.page import write_risk

    curves = write_risk(runs, out)
    if as_json:
        typer.echo(json.dumps(curves, ensure_ascii=False))
    _err.print(f"Written to {out}.", markup=False, highlight=False, soft_wrap=True)
