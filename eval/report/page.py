"""Puts the parts of a report together as one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eval.report.cases import day, listing
from eval.report.curves import plots
from eval.report.draw import svg
from eval.report.heat import heat_sets
from eval.report.refusals import refusals
from eval.report.runs import Run
from eval.report.table import summarise

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
        listing=listing(runs),
        style=Markup(style),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _asset(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
