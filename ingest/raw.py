"""What sources yield: raw records, or records that could not be read, each with its place."""

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
    """Where a record stands: a file (or another source's name) and a line, counted from 1."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        return self.source if self.line is None else f"{self.source}:{self.line}"


@dataclass(frozen=True, slots=True)
class Raw:
    """One record as it was read, unchecked."""

    fields: Mapping[str, Any]
    place: Place
    size: int = 0  # bytes of the source that this record took, as stored (compressed ones count compressed)
    fallback_id: str = ""  # the article's id when neither the record nor a URL gives one
    notice: str = ""  # what the operator should know although the record was read, e.g. a guessed encoding


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A rejected record: the reason in a few words, the details, and the record itself, to be corrected."""

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


class Rejections:
    """The file of rejected records. It is created at the first rejection and only appended to, so that none is lost."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: FileIO | None = None

    def write(self, rejected: RejectedRecord) -> None:
        """Raises ReadOnly, DiskFull."""
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = FileIO(self.path, "a")  # unbuffered: a full disk is told at the record, not at the end
            line = _line(rejected)
            while line:
                line = line[self._file.write(line) :]
        except OSError as error:
            raise write_error(error, self.path) from error
        self.count += 1

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Rejections:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _line(rejected: RejectedRecord) -> bytes:
    """In UTF-8, unless the record has half a surrogate pair, which only JSON's escapes can express."""
    held = rejected.as_line()
    try:
        return (json.dumps(held, ensure_ascii=False) + "\n").encode("utf-8")
    except UnicodeEncodeError:
        return (json.dumps(held) + "\n").encode("ascii")
