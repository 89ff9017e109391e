"""The values of Telal as plain JSON-ready dictionaries, the same on the command line and over HTTP."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter

from rag.plain import plain_text
from rag.types import Answer


def jsonable(value: Any) -> Any:
    """Dates as ISO 8601, tuples as lists, enumerations as their values, dataclasses field by field."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(k): jsonable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(v) for v in value]
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: jsonable(getattr(value, f.name)) for f in fields(value)}
    return value


def pick(value: Any, *names: str) -> dict[str, Any]:
    """Some fields of a value."""
    return {name: jsonable(getattr(value, name)) for name in names}


def answer_json(answer: Answer) -> dict[str, Any]:
    """An answer with its plain text, for those who need no more."""
    return {**jsonable(answer), "text": plain_text(answer)}


def answer_of(body: dict[str, Any]) -> Answer:
    """Reads what `answer_json` wrote, also from a server, which adds fields of its own."""
    return TypeAdapter(Answer).validate_python(body, extra="ignore")
