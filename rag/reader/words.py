"""The word embeddings of the packaged model, read row by row from its file: the reader ships none of its own."""

from __future__ import annotations

import json
import math
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
            # A memory map: 384 MB of file, of which a page is read when one of its rows is wanted.
            self._rows = np.memmap(path, "<f4", "r", 8 + length + start, (rows, columns))
        except (OSError, ValueError, KeyError, TypeError, MemoryError, OverflowError) as error:
            hint = "`telal doctor --repair` makes it anew."
            raise ModelBroken(f"{path} holds no word embeddings: {error}.", hint=hint) from error

    def __call__(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Shape (len(ids), dimension)."""
        return np.asarray(self._rows[ids], np.float32)
