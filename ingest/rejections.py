"""Writes rejected records to a file of JSON lines, to be mended and fed again."""

from __future__ import annotations

import errno
import json
from io import FileIO
from pathlib import Path
from types import TracebackType

from ingest.raw import Rejected
from rag.errors import DiskFull, ReadOnly


class Rejections:
    """A file that is made at the first rejection and only ever appended to, so that no earlier one is lost."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: FileIO | None = None

    def write(self, rejected: Rejected) -> None:
        """Raises ReadOnly, DiskFull."""
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = FileIO(self.path, "a")  # unbuffered: a full disk is told at the record, not at the end
            line = _line(rejected)
            while line:
                line = line[self._file.write(line) :]
        except OSError as error:
            raise _told(error, self.path) from error
        self.count += 1

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Rejections:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _line(rejected: Rejected) -> bytes:
    """In UTF-8, unless the record holds half a surrogate pair, which only JSON's escapes can say."""
    held = rejected.as_line()
    try:
        return (json.dumps(held, ensure_ascii=False) + "\n").encode("utf-8")
    except UnicodeEncodeError:
        return (json.dumps(held) + "\n").encode("ascii")


def _told(error: OSError, path: Path) -> ReadOnly | DiskFull:
    if error.errno == errno.ENOSPC:
        return DiskFull(f"No room left to write {path}.", hint="Make room, then run the same command again.")
    return ReadOnly(f"Rejected records cannot be written to {path}: {error}.", hint="Name another file: --rejected.")
