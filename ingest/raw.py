"""What sources yield: raw records, and records that could not be read, each with its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any

from rag.store.upkeep.index_directory import write_error


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a record: a file or another source, and a line counted from 1."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        return self.source if self.line is None else f"{self.source}:{self.line}"


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record as it was read, not yet checked."""

    fields: Mapping[str, Any]
    place: Place
    size: int = 0  # bytes of the source that this record took, as stored (compressed ones count compressed)
    fallback_id: str = ""  # the article's id when the record has neither an id nor a URL
    notice: str = ""  # what to tell the operator, e.g. that the encoding was guessed


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A rejected record: the reason in a few words, the details, and the record itself, so that it can be corrected."""

    reason: str
    place: Place
    detail: str = ""
    record: Mapping[str, Any] | str | None = None
    size: int = 0
    fallback_id: str = ""

    def as_line(self) -> dict[str, Any]:
        """Returns a JSON object for the file of rejected records.

        Read again, it stands for the record that it holds.
        """
        about = {
            "reason": self.reason,
            "detail": self.detail,
            "file": self.place.source,
            "line": self.place.line,
            "id": self.fallback_id,
        }
        return {"rejected": {k: v for k, v in about.items() if v}, "record": self.record}


SourceRecord = RawRecord | RejectedRecord | None
"""What a source yields: None for a file or record of another kind, which is skipped and counted."""


class RejectionFile:
    """The file of rejected records, made at the first one and only appended to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: FileIO | None = None

    def write(self, rejected: RejectedRecord) -> None:
        """Appends a record. Raises ReadOnly, DiskFull."""
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = FileIO(self.path, "a")  # unbuffered: a full disk shows at once, not at the end
            held = rejected.as_line()
            try:
                line = (json.dumps(held, ensure_ascii=False) + "\n").encode("utf-8")
            except UnicodeEncodeError:  # half a surrogate pair, which only JSON's escapes can hold
                line = (json.dumps(held) + "\n").encode("ascii")
            while line:
                line = line[self._file.write(line) :]
        except OSError as error:
            raise write_error(error, self.path) from error
        self.count += 1

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> RejectionFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
