"""What a source hands on: a record as it was read, or one that could not be read, each with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: a file (or another source's name) and a line, counted from 1."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        return self.source if self.line is None else f"{self.source}:{self.line}"


@dataclass(frozen=True, slots=True)
class Raw:
    """One record as it was read, its fields not looked at yet."""

    fields: Mapping[str, Any]
    place: Place
    size: int = 0  # bytes of the source that this record took, as stored (compressed ones count compressed)
    fallback_id: str = ""  # the article's id when neither the record nor a URL gives one
    notice: str = ""  # what the operator should know although the record was read, e.g. a guessed encoding


@dataclass(frozen=True, slots=True)
class Rejected:
    """One record that is not taken in, with the reason in few words, the particulars, and the record to mend."""

    reason: str
    place: Place
    detail: str = ""
    record: Mapping[str, Any] | str | None = None
    size: int = 0
    fallback_id: str = ""

    def as_line(self) -> dict[str, Any]:
        """A JSON object for the file of rejected records; fed again, it is read as the record that it holds."""
        about = {
            "reason": self.reason,
            "detail": self.detail,
            "file": self.place.source,
            "line": self.place.line,
            "id": self.fallback_id,
        }
        return {"rejected": {k: v for k, v in about.items() if v}, "record": self.record}
