"""Reads files and folders: JSON lines, HTML, Markdown, plain text, each also gzipped, and standard input."""

from __future__ import annotations

import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from ingest.raw import Place, Raw, Rejected
from ingest.sources.charset import decode
from ingest.sources.documents import READERS
from ingest.sources.jsonl import read_lines
from rag.errors import BadInput

STDIN = "-"
LINES = (".jsonl", ".ndjson")
GZIP = b"\x1f\x8b"
BUFFER_BYTES = 1 << 18


class Source(Protocol):
    """Where records come from, in an order that holds revisions of one article oldest first."""

    @property
    def total_bytes(self) -> int | None:
        """The sum of all records' sizes, None when nobody knows."""
        ...

    def __iter__(self) -> Iterator[Raw | Rejected]: ...


@dataclass(frozen=True, slots=True)
class Document:
    """A file to read, and the id of its article when the file gives none.

    The id is made of the folder's name and the way from there, so that it stays when the folder is moved.
    """

    path: Path
    fallback_id: str


class Files:
    """The records of files and folders, read one after the other; memory does not grow with their size."""

    def __init__(self, paths: Sequence[str | Path], *, max_bytes: int, stdin: BinaryIO | None = None) -> None:
        """Raises BadInput when a path is not there, cannot be read, or is of a kind that is not read."""
        self._max_bytes = max_bytes
        self._stdin = stdin
        self.passed_over = 0  # files of other kinds in folders
        self._documents = list({d.path: d for path in paths for d in self._found(str(path))}.values())

    @property
    def total_bytes(self) -> int | None:
        if any(str(d.path) == STDIN for d in self._documents):
            return None
        return sum(d.path.stat().st_size for d in self._documents if d.path.exists())

    def __iter__(self) -> Iterator[Raw | Rejected]:
        for document in self._documents:
            try:
                if str(document.path) == STDIN:
                    yield from self._lines(self._stdin or sys.stdin.buffer, "standard input")
                else:
                    yield from self._records(document)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                hint = f"{error}. What stood before the break is taken in: fetch the file anew and feed it again."
                yield Rejected("gzip data breaks off or is damaged", Place(str(document.path)), hint)
            except OSError as error:
                yield Rejected("file cannot be read", Place(str(document.path)), str(error))

    def _found(self, path: str) -> Iterator[Document]:
        here = Path(path)
        if path == STDIN:
            yield Document(here, "")
        elif here.is_dir():
            yield from self._walk(here)
        elif not here.exists():
            raise BadInput(f"There is no file or folder {path}.", hint="Check the path; `-` reads standard input.")
        elif _kind(here) is None:
            raise BadInput(f"{path} is of a kind that is not read.", hint=f"Read are {_kinds()}, also gzipped (.gz).")
        elif not os.access(here, os.R_OK):
            raise BadInput(f"{path} may not be read.", hint="Give this user the right to read it.")
        else:
            yield Document(here.resolve(), f"file:{here.resolve().parent.name}/{here.name}")

    def _walk(self, folder: Path) -> Iterator[Document]:
        """Files below a folder in the order of their names; hidden ones and links to folders are passed over."""
        root = folder.resolve()
        for where, folders, names in os.walk(root):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            for name in sorted(n for n in names if not n.startswith(".")):
                path = Path(where, name)
                if _kind(path) is None:
                    self.passed_over += 1
                else:
                    yield Document(path, f"file:{root.name}/{path.relative_to(root).as_posix()}")

    def _records(self, document: Document) -> Iterator[Raw | Rejected]:
        with document.path.open("rb", buffering=BUFFER_BYTES) as file:
            if _kind(document.path) in LINES:
                yield from self._lines(file, str(document.path))
            else:
                yield self._page(file, document)

    def _lines(self, file: BinaryIO, source: str) -> Iterator[Raw | Rejected]:
        tell = file.tell if file.seekable() else lambda: 0
        yield from read_lines(_unzipped(file), source, max_bytes=self._max_bytes, tell=tell)

    def _page(self, file: BinaryIO, document: Document) -> Raw | Rejected:
        place, size = Place(str(document.path)), document.path.stat().st_size
        data = _unzipped(file).read(self._max_bytes + 1)
        if len(data) > self._max_bytes:
            detail = f"More than {self._max_bytes} bytes, which TELAL_INGEST__MAX_BYTES allows."
            return Rejected("file is too long", place, detail, size=size)
        try:
            decoded = decode(data)
        except BadInput as error:
            return Rejected(error.message, place, error.hint, size=size)
        fields = READERS[_kind(document.path) or ""](decoded.text)
        return Raw(fields, place, size=size, fallback_id=document.fallback_id, notice=decoded.notice)


def _kind(path: Path) -> str | None:
    """The suffix that says how a file is read, without .gz; None when it is not read."""
    plain = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    suffix = plain.suffix.lower()
    return suffix if suffix in LINES or suffix in READERS else None


def _kinds() -> str:
    return ", ".join([*LINES, *READERS])


def _unzipped(file: BinaryIO) -> BinaryIO:
    """Gzipped data is known by its first bytes, whatever the file is called."""
    buffered = (
        file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, file), BUFFER_BYTES)
    )
    if not buffered.peek(2).startswith(GZIP):
        return buffered
    # Not buffered once more: at a break the outer buffer would throw away what was unzipped before it.
    return cast(BinaryIO, gzip.GzipFile(fileobj=buffered))
