"""Vectors that were made and wait to be put in the archive; what a killed process made is still there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class Pending:
    """Files of vectors by change number in a directory, each written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._file_of: dict[int, Path] = {}
        for path in folder.glob("*.npz"):
            with np.load(path) as held:
                self._file_of.update((int(name), path) for name in held.files)
        self._open: tuple[Path, dict[int, bytes]] | None = None

    @property
    def changes(self) -> set[int]:
        """Those whose vectors are here."""
        return set(self._file_of)

    def add(self, made: Mapping[int, NDArray[np.float16]]) -> None:
        """Keep the vectors (n, d) of some changes."""
        path = self._folder / f"{min(made)}-{max(made)}-{len(self._file_of)}.npz"
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **{str(change): vectors for change, vectors in made.items()})
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        self._file_of.update((change, path) for change in made)

    def read(self, change: int) -> bytes:
        """The vectors of a change as the archive stores them: float16, little-endian, one after the other."""
        path = self._file_of[change]
        if self._open is None or self._open[0] != path:
            with np.load(path) as held:
                self._open = (path, {int(name): held[name].astype("<f2").tobytes() for name in held.files})
        return self._open[1][change]

    def remove(self) -> None:
        """Delete all of it."""
        shutil.rmtree(self._folder)
