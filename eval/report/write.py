"""Writes the report of some runs: `telal eval report`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from eval.report.curves import risk, short_risk
from eval.report.page import page
from eval.report.runs import read_runs
from eval.report.sheet import sheet
from rag.errors import BadInput


def write_report(runs: Sequence[Path], out: Path) -> None:
    """One self-contained HTML file about these run records (a run's folder or file). Raises BadInput.

    The first run is the one that the others are compared with.
    """
    read = read_runs(runs)
    _write(page(read), out)


def write_risk(runs: Sequence[Path], out: Path) -> dict[str, Mapping[str, Sequence[Mapping[str, float]]]]:
    """One SVG file with the risk-coverage curves of these runs; gives their points by run. Raises BadInput."""
    read = read_runs(runs)
    plots = [plot for make in (risk, short_risk) if (plot := make(read)) is not None]
    if not plots:
        raise BadInput("No answer of these runs has a confidence.", hint="Ask Telal: `telal eval run ... --out DIR`.")
    _write(sheet(plots, "Risk against coverage of answers and short answers"), out)
    return {run.name: run.record.curves for run in read}


def _write(text: str, out: Path) -> None:
    if out.is_dir():
        raise BadInput(f"{out} is a folder.", hint="Name the file to write, e.g. --out report.html.")
    unfinished = out.with_name(out.name + ".part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        # A lone surrogate from a damaged reply is shown as a question mark: the page must be valid UTF-8.
        unfinished.write_bytes(text.encode("utf-8", "replace"))
        unfinished.replace(out)
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.", hint="Name another file with --out.") from error
