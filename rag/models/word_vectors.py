"""The word embeddings of a model of ours, which embedding model and reader both read row by row from its file."""

from __future__ import annotations

import json
import math
import os
import weakref
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelBroken

FILE = "model.safetensors"
TENSOR = "embeddings.word_embeddings.weight"


class WordVectors:
    """A table of float32 rows that stays on disk; only the rows that are asked for are read."""

    def __init__(self, model: Path) -> None:
        """Raises ModelBroken when the file has no such table."""
        path = model / FILE
        try:
            with path.open("rb") as file:
                length = int.from_bytes(file.read(8), "little")
                entry = json.loads(file.read(length))[TENSOR]
            start, end = entry["data_offsets"]
            rows, columns = entry["shape"]
            if entry["dtype"] != "F32" or end - start != 4 * math.prod((rows, columns)):
                raise ValueError(f"{entry['dtype']} of {end - start} bytes")
            self._start, self._columns = 8 + length + start, columns
            if path.stat().st_size < self._start + end - start:
                raise ValueError("the file is cut short")
            # Read, not mapped: with the file in the page cache each row that is touched maps 64 KB around it, and the
            # 384 MB of the table creep into the process.
            self._file = os.open(path, os.O_RDONLY)
            weakref.finalize(self, os.close, self._file)
        except (OSError, ValueError, KeyError, TypeError, MemoryError, OverflowError) as error:
            hint = "`telal doctor --repair` makes it anew."
            raise ModelBroken(f"{path} holds no word embeddings: {error}.", hint=hint) from error

    def __call__(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Shape (len(ids), dimension). May be called from several threads: reading moves no common position."""
        unique, places = np.unique(ids, return_inverse=True)
        size = 4 * self._columns
        rows = b"".join(os.pread(self._file, size, self._start + size * int(i)) for i in unique)
        return np.frombuffer(rows, "<f4").reshape(len(unique), self._columns)[places].astype(np.float32, copy=False)
