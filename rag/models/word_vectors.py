"""The word embeddings of a model of ours, which embedding model and reader read row by row from the package's file."""

from __future__ import annotations

import os
import weakref
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelBroken
from rag.models.packaged import REINSTALL, Table, unpack


class WordVectors:
    """A table of 4-bit rows that stays on disk; only the rows that are asked for are read."""

    def __init__(self, source: Path, table: Table) -> None:
        """Raises ModelBroken when the file has no such table."""
        try:
            # Read, not mapped: with the file in the page cache each row that is touched maps 64 KB around it, and the
            # whole table creeps into the process.
            self._file = os.open(source, os.O_RDONLY)
            weakref.finalize(self, os.close, self._file)
            if os.fstat(self._file).st_size < table.offset + table.bytes:
                raise ValueError("the file is cut short")
        except (OSError, ValueError) as error:
            raise ModelBroken(f"{source} holds no word embeddings: {error}.", hint=REINSTALL) from error
        self._table = table

    @property
    def dimension(self) -> int:
        """Of a row."""
        return self._table.columns

    def __call__(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Shape (len(ids), dimension). May be called from several threads: reading moves no common position."""
        unique, places = np.unique(ids, return_inverse=True)
        start, size = self._table.offset, self._table.row_bytes
        rows = b"".join(os.pread(self._file, size, start + size * int(i)) for i in unique)
        return unpack(np.frombuffer(rows, np.uint8), self._table.columns).floats()[places]
