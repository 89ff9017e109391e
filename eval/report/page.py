"""Puts the parts of a report together as one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from rag.errors import BadInput, NotInstalled

try:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup
except ImportError as error:
    raise NotInstalled("The report is made with Jinja.", hint="pip install 'telal[eval]'") from error

from eval.report.cases import day, list_cases
from eval.report.curves import curves
from eval.report.runs import Run, read_runs
from eval.report.table import summarise
from eval.run.show import Grid, by_grid, main_grid, plain_sentence

TEMPLATES = Path(__file__).parent / "templates"
TITLES = {
    "language": "By language of the question",
    "pair": "By language of question and article",
    "category": "By category",
}


def page(runs: Sequence[Run]) -> str:
    """The whole page. Everything from a run is escaped; beside that, the page's policy runs no script but its own."""
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters |= {"day": day, "json": _json}
    style, script = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    return jinja.get_template("report.html").render(
        runs=runs,
        titles=list(dict.fromkeys(r.title for r in runs)),
        told=[(run, plain_sentence(run.record), main_grid(run.record)) for run in runs],
        summary=summarise(runs),
        groups=[(key, title, grids) for key, title in TITLES.items() if (grids := _grids(key, runs))],
        curves=curves(runs),
        listing=list_cases(runs),
        style=Markup(style),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _grids(key: str, runs: Sequence[Run]) -> list[tuple[Run, Grid]]:
    return [(run, grid) for run in runs if (grid := by_grid(run.record, key)) is not None]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def write_report(runs: Sequence[Path], out: Path) -> None:
    """One self-contained HTML file about these run records (a run's folder or file). Raises BadInput.

    The first run is the one that the others are compared with.
    """
    read = read_runs(runs)
    _write(page(read), out)


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
