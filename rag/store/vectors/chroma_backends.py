"""Where Chroma stands: in a directory of ours, or in a server of its own."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from rag.config import VectorsSettings
from rag.store.upkeep.built import Built
from rag.store.upkeep.index_directory import IndexDirectory, mark_clean, take_clean_mark
from rag.store.vectors.chroma_index import ChromaVectors

_PROBE_S = 60.0
_GRACE_S = 3.0
_GLANCE_S = 0.05

_log = logging.getLogger(__name__)


class Backend(Protocol):
    """How a collection is opened, made and left."""

    def open(self) -> ChromaVectors | None:
        """The collection that is there; None when it is missing or must not be touched."""

    def create(self, built: Built) -> ChromaVectors:
        """An empty one in the place of whatever is there."""

    def discard(self) -> None:
        """What is there failed."""

    def leave(self, vectors: ChromaVectors) -> None:
        """Close what is whole or can be built on."""


class Embedded:
    """In a directory that this process owns. Only one that was closed cleanly and survives a probe is opened:

    one left by a kill can end the process by a segmentation fault at open (3 of 68 kills).
    """

    def __init__(self, place: IndexDirectory, settings: VectorsSettings, stopped: Callable[[], bool]) -> None:
        self._place = place
        self._settings = settings
        self._stopped = stopped

    def open(self) -> ChromaVectors | None:
        """None when it is missing, was not closed cleanly, was changed since, or does not survive the probe."""
        directory = self._place.current()
        if directory is None or not take_clean_mark(directory):
            return None
        if not survives(directory, self._settings, stopped=self._stopped):
            return None
        return ChromaVectors.open(self._settings, directory)

    def create(self, built: Built) -> ChromaVectors:
        """In a fresh directory; the others are removed first: they may hold what was erased."""
        directory = self._place.fresh()
        self._place.sweep(keep=directory)
        vectors = ChromaVectors.create(self._settings, directory, built)
        self._place.adopt(directory, begun=built.begun)
        return vectors

    def discard(self) -> None:
        """Remove every directory."""
        self._place.sweep(keep=None)

    def leave(self, vectors: ChromaVectors) -> None:
        """Close, then leave the mark of a clean close."""
        vectors.close()
        if vectors.present and vectors.directory is not None:
            with contextlib.suppress(OSError):  # without the mark it is built anew
                mark_clean(vectors.directory)


class Server:
    """On a Chroma server. Its files are its own business; what it holds is compared with the archive."""

    def __init__(self, settings: VectorsSettings) -> None:
        self._settings = settings

    def open(self) -> ChromaVectors | None:
        """None when the server has no such collection; raises VectorsUnavailable when it does not answer."""
        return ChromaVectors.open(self._settings, None)

    def create(self, built: Built) -> ChromaVectors:
        """Made anew under the same name."""
        return ChromaVectors.create(self._settings, None, built)

    def discard(self) -> None:
        """Nothing: when it answers again, the comparison shows what is lost."""

    def leave(self, vectors: ChromaVectors) -> None:
        """Close the connection."""
        vectors.close()


def survives(directory: Path, settings: VectorsSettings, *, stopped: Callable[[], bool] = lambda: False) -> bool:
    """Does a process of its own survive opening the directory, counting and one query?"""
    command = [sys.executable, "-m", "rag.store.vectors.probe", str(directory), settings.collection]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        end = time.monotonic() + _PROBE_S
        while time.monotonic() < end:
            if stopped():  # it takes a second or two: killing it would leave the directory unclean
                end = min(end, time.monotonic() + _GRACE_S)
            with contextlib.suppress(subprocess.TimeoutExpired):
                _, said = process.communicate(timeout=_GLANCE_S)
                if process.returncode:
                    _log.warning("Chroma's directory %s is broken: %s", directory, said.decode(errors="replace"))
                return process.returncode == 0
        process.kill()
        return False
