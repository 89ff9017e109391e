"""Writes the report of some runs: `telal eval report`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.report.page import page
from eval.report.runs import read_runs
from rag.errors import BadInput


def write_report(runs: Sequence[Path], out: Path) -> None:
    """One self-contained HTML file about these run records (a run's folder or file). Raises BadInput.

    The first run is the one that the others are compared with.
    """
    read = read_runs(runs)
    if out.is_dir():
        raise BadInput(f"{out} is a folder.", hint="Name the file to write, e.g. --out report.html.")
    unfinished = out.with_name(out.name + ".part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        text = page(read)
        # A lone surrogate from a damaged reply is shown as a question mark: the page must be valid UTF-8.
        unfinished.write_bytes(text.encode("utf-8", "replace"))
        unfinished.replace(out)
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.", hint="Name another file with --out.") from error
