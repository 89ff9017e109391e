"""The server's log: lines of text, or of JSON, on standard error. Questions are not in it."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from rag.config import Settings

_TEXT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class JsonLines(logging.Formatter):
    """One JSON object a record."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            fields["error"] = record.exc_info[0].__name__
            fields["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(fields, ensure_ascii=False)


def configure(settings: Settings) -> None:
    """Sends every library's log one way. Called by the commands that serve, before anything else logs."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if settings.server.log_format == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    for quiet in ("mcp", "sse_starlette", "httpx", "chromadb"):  # they tell every request
        logging.getLogger(quiet).setLevel(max(logging.WARNING, logging.getLogger().level))
