"""Reads JSON records, one a line, from a stream of bytes of any length in little memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NoReturn

from ingest.raw import Place, Raw, Rejected
from ingest.sources.charset import MARKS, guess
from rag.errors import BadInput

SKIP_BYTES = 1 << 20  # read at once while the rest of an oversized line is passed over


def read_lines(stream: BinaryIO, source: str, *, max_bytes: int, tell: Callable[[], int]) -> Iterator[Raw | Rejected]:
    """The records of a stream. `tell` gives the position in the source as stored, from which sizes are taken."""
    before, number = 0, 0
    while line := stream.readline(max_bytes + 1):
        number += 1
        place = Place(source, number)
        oversized = len(line) > max_bytes and not line.endswith(b"\n")
        if oversized:
            _pass_over(stream)
        after = tell()
        size, before = after - before, after
        if number == 1 and line.startswith((b"\xff\xfe", b"\xfe\xff")):
            yield Rejected("file is UTF-16, not UTF-8", place, "Convert it: `iconv -f UTF-16 -t UTF-8`.", size=size)
            return
        if oversized:
            detail = f"More than {max_bytes} bytes, which TELAL_INGEST__MAX_BYTES allows; it stays where it is."
            yield Rejected("line is too long", place, detail, size=size)
        elif line.strip():
            yield read_line(line.removeprefix(MARKS[0][0]) if number == 1 else line, place, size=size)


def read_line(line: bytes, place: Place, *, size: int = 0) -> Raw | Rejected:
    """One line's record; a line of a file of rejected records gives the record that it holds."""
    try:
        text = line.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        return _not_utf8(line, error, place, size=size)
    try:
        fields = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        return Rejected("line is not JSON", place, f"{error or 'nested too deeply'}", record=text, size=size)
    if not isinstance(fields, dict):
        detail = 'One record a line is expected: {"title": ..., "text": ...}.'
        return Rejected("line is not a JSON object", place, detail, record=text, size=size)
    if fields.keys() >= {"rejected", "record"}:
        return _mended(fields, place, size=size)
    return Raw(fields, place, size=size)


def _mended(fields: dict[str, Any], place: Place, *, size: int) -> Raw | Rejected:
    record, about = fields["record"], fields["rejected"]
    if isinstance(record, str):
        return read_line(record.encode("utf-8", "surrogatepass"), place, size=size)
    if not isinstance(record, dict):
        return Rejected("rejected record is not in the file", place, "Feed its source again.", record=record, size=size)
    name = about.get("id") if isinstance(about, dict) else None
    return Raw(record, place, size=size, fallback_id=name if isinstance(name, str) else "")


def _not_utf8(line: bytes, error: UnicodeDecodeError, place: Place, *, size: int) -> Rejected:
    """The record is kept as the likeliest character set reads it, to be looked at and fed again."""
    detail = f"Byte {error.start + 1} of the line."
    try:
        guessed = guess(line)
    except BadInput:
        return Rejected("line is not UTF-8", place, detail, record=line.decode("latin-1").strip(), size=size)
    detail += f" `record` holds it read as {guessed.charset}, the likeliest; when that is right, feed it again."
    return Rejected("line is not UTF-8", place, detail, record=guessed.text.strip(), size=size)


def _pass_over(stream: BinaryIO) -> None:
    while (more := stream.readline(SKIP_BYTES)) and not more.endswith(b"\n"):
        pass


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
