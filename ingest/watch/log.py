"""The log of the visits: one event a line, for people or as JSON. The only import of structlog."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import structlog


def visit_log(level: str, *, as_json: bool, stream: TextIO | None = None) -> Any:
    """A logger with `info`, `warning`, `error`: an event's name and its fields. Fields without a value are left out."""
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
