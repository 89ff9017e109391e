"""A document as the tutorial loads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from eval.core.cases import Document


@dataclass(frozen=True, slots=True)
class Text:
    """A document as the tutorial loads it, with the metadata that filters need. `day`: days since 1970-01-01."""

    id: str
    text: str
    language: str = "und"
    day: int | None = None

    @classmethod
    def of(cls, document: Document) -> Text:
        """From a suite's document: title and text, as a page is loaded."""
        return cls(document.id, document.text, document.language, day_of(document.fields.get("published")))


def day_of(published: Any) -> int | None:
    """Days since 1970-01-01 of a date in ISO form; None for what is none."""
    try:
        moment = datetime.fromisoformat(str(published))
    except ValueError:
        return None
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return (utc.date() - date(1970, 1, 1)).days
