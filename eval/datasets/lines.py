"""Reads records from JSON lines and checks their fields; every complaint names file, line and field."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.raw import Place
from rag.errors import BadInput


def first_record(path: Path) -> dict[str, Any]:
    """The first record of JSON lines; {} when there is none, whatever is wrong is for the reader to say."""
    if not path.is_file() or not {".jsonl", ".gz"} & set(path.suffixes):
        return {}
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            record = json.loads(next((line for line in file if line.strip()), "null"))
    except (ValueError, OSError, EOFError):
        return {}
    return record if isinstance(record, dict) else {}


@dataclass(frozen=True, slots=True)
class Line:
    """One record and where it stands."""

    fields: Mapping[str, Any]
    place: Place

    def wrong(self, field: str, what: str, *, hint: str = "") -> BadInput:
        """The complaint about a field."""
        return BadInput(f"{self.place}: {field}: {what}.", hint=hint)

    def text(self, field: str, *, default: str | None = None) -> str:
        """A string field; missing or empty is wrong unless there is a default."""
        value = self.fields.get(field)
        if value is None and default is not None:
            return default
        if value is None:
            raise self.wrong(field, "is missing", hint=f"The record holds: {', '.join(self.fields) or 'nothing'}.")
        if not isinstance(value, str):
            raise self.wrong(field, f"is {type(value).__name__}, not text")
        if value.strip():
            return value
        if default is not None:
            return default
        raise self.wrong(field, "is empty")

    def texts(self, field: str, *, required: bool = True) -> tuple[str, ...]:
        """A list of strings."""
        value = self.fields.get(field)
        if value is None and not required:
            return ()
        if value is None:
            raise self.wrong(field, "is missing", hint="Give a list, empty if there is nothing.")
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            raise self.wrong(field, "is not a list of texts")
        return tuple(value)

    def flag(self, field: str) -> bool:
        value = self.fields.get(field, False)
        if not isinstance(value, bool):
            raise self.wrong(field, f"is {value!r}, not true or false")
        return value


MOST_COMPLAINTS = 50  # shown at once


class Complaints:
    """Collects what is wrong with records, so that all of it is reported at once."""

    def __init__(self) -> None:
        self._found: list[BadInput] = []

    @property
    def count(self) -> int:
        return len(self._found)

    def add(self, complaint: BadInput) -> None:
        """One more."""
        self._found.append(complaint)

    @contextmanager
    def collect(self) -> Iterator[None]:
        """Collects a BadInput raised in the block, which ends the block alone."""
        try:
            yield
        except BadInput as error:
            self._found.append(error)

    def raise_all(self) -> None:
        """Raises BadInput when anything was found: the one complaint, or all of them, one a line."""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            shown = [f"{e.message} {e.hint}".strip() for e in self._found[:MOST_COMPLAINTS]]
            more = len(self._found) - len(shown)
            last = [f"and {more} more"] if more else []
            raise BadInput("\n  ".join([f"{len(self._found)} things are wrong:", *shown, *last]))


def read_lines(path: Path, complaints: Complaints | None = None) -> list[Line]:
    """All records of a file (.gz: unpacked); raises BadInput when it is missing, empty or not JSON lines.

    With `complaints` lines that are not JSON are added to them, and the others returned.
    """
    gathering, lines, empty = complaints or Complaints(), list[Line](), True
    for text, place in _lines(path):
        empty = False
        with gathering.collect():
            lines.append(_line(text, place))
    if complaints is None:
        gathering.raise_all()
    if empty:
        raise BadInput(f"{path} is empty.", hint="One JSON record a line is expected.")
    return lines


def _lines(path: Path) -> Iterator[tuple[str, Place]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, start=1):
                if text.strip():
                    yield text, Place(str(path), number)
    except FileNotFoundError as error:
        raise BadInput(
            f"There is no file {path}.", hint="`telal eval list` names the suites that come along."
        ) from error
    except IsADirectoryError as error:
        raise BadInput(f"{path} is a folder, a file is expected here.") from error
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError) as error:
        raise BadInput(f"{path} cannot be read as UTF-8 text: {error}.") from error


def _line(text: str, place: Place) -> Line:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{place}: the line is not JSON: {error}.") from error
    if not isinstance(fields, dict):
        raise BadInput(f"{place}: the line is not a JSON object.", hint='Expected: {"id": ..., ...}.')
    return Line(fields, place)
