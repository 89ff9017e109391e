"""Puts the parts of a report together as one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eval.report.cases import day, list_cases, refusals
from eval.report.curves import plots, risk, short_risk
from eval.report.draw import sheet, svg
from eval.report.results import Run, read_runs
from eval.report.table import heat_sets, summarise
from rag.errors import BadInput

TEMPLATES = Path(__file__).parent / "templates"


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
    style, script = (_asset(name) for name in ("report.css", "report.js"))
    return jinja.get_template("report.html").render(
        runs=runs,
        titles=list(dict.fromkeys(r.title for r in runs)),
        summary=summarise(runs),
        heats=heat_sets(runs),
        plots=[(plot, Markup(svg(plot))) for plot in plots(runs)],
        refusals=refusals(runs),
        listing=list_cases(runs),
        style=Markup(style),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _asset(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


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
