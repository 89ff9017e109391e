"""Shows visits to the operator: tables and a log of events. The only import of structlog."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TextIO

import structlog
from rich.table import Table

from ingest.watch.outlet_status import OutletStatus
from ingest.watch.visit import VisitCounts

ERROR_CHARS = 70


def run_table(totals: VisitCounts) -> Table:
    """Makes a table of what a run did."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    rows = (
        ("sources visited", totals.visits),
        ("  with nothing new", totals.unchanged),
        ("  that failed", totals.errors),
        ("articles stored", totals.stored),
        ("rejected", totals.rejected),
        ("not allowed or gone (robots, reserved, 410)", totals.refused),
        ("to be tried again", totals.failed),
        ("pages looked at again", totals.checked),
    )
    for name, value in rows:
        table.add_row(name, f"{value:,}")
    return table


def status_table(found: Sequence[OutletStatus], now: datetime) -> Table:
    """Makes a table with one line an outlet."""
    table = Table(box=None, pad_edge=False)
    for name in ("outlet", "sources", "last success", "articles", "rejected", "waiting", "lag", "last error"):
        table.add_column(name, justify="right" if name in ("articles", "rejected", "waiting") else "left")
    for f in found:
        table.add_row(
            f.outlet,
            f"{f.sources}" + (f", {f.failing} failing" if f.failing else ""),
            f"{ago(now - f.last_success)} ago" if f.last_success else "never",
            f"{f.held:,}",
            f"{f.rejected:,}",
            f"{f.waiting:,}",
            ago(timedelta(seconds=f.lag_s)) if f.lag_s is not None else "-",
            f.last_error[:ERROR_CHARS],
        )
    return table


def ago(span: timedelta) -> str:
    """Writes a duration in its largest unit: `3 h`."""
    seconds = span.total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def visit_log(level: str, *, as_json: bool, stream: TextIO | None = None) -> Any:
    """Makes a logger whose `info`, `warning` and `error` take an event's name and fields. Empty fields are left out."""
    out = stream or sys.stderr
    shown: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if not as_json:
        shown = structlog.dev.ConsoleRenderer(colors=out.isatty(), pad_event_to=10)
    return structlog.wrap_logger(
        structlog.PrintLogger(out),
        processors=[
            _without_blanks,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=True,
    )


def _without_blanks(logger: Any, method: str, event: Any) -> Any:
    return {key: value for key, value in event.items() if value is not None and value != "" and value is not False}
