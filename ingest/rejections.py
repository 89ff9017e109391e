"""Writes rejected records to a file of JSON lines, to be mended and fed again."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from types import TracebackType
from typing import TextIO

from ingest.raw import Rejected
from rag.errors import DiskFull, ReadOnly


class Rejections:
    """A file that is made at the first rejection and only ever appended to, so that no earlier one is lost."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: TextIO | None = None

    def write(self, rejected: Rejected) -> None:
        """Raises ReadOnly, DiskFull."""
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("a", encoding="utf-8")
            # ASCII: records may hold lone surrogates, which UTF-8 cannot.
            self._file.write(json.dumps(rejected.as_line(), ensure_ascii=not _writable(rejected)) + "\n")
            self._file.flush()
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


def _writable(rejected: Rejected) -> bool:
    try:
        json.dumps(rejected.as_line(), ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _told(error: OSError, path: Path) -> ReadOnly | DiskFull:
    if error.errno == errno.ENOSPC:
        return DiskFull(f"No room left to write {path}.", hint="Make room, then run the same command again.")
    return ReadOnly(f"Rejected records cannot be written to {path}: {error}.", hint="Name another file: --rejected.")
