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
from rag.store.upkeep.catchup import IndexState, StopRequested
from rag.store.upkeep.index_directory import IndexDirectory, is_marked, mark_clean, take_clean_mark
from rag.store.vectors.chroma_index import ChromaVectors

_PROBE_S = 120.0
_GRACE_S = 3.0
_GLANCE_S = 0.05

_log = logging.getLogger(__name__)


class Backend(Protocol):
    """How a collection is opened, made and left."""

    def open(self) -> ChromaVectors | None:
        """The collection that is there; None when it is missing or must not be touched."""

    def create(self, built: IndexState) -> ChromaVectors:
        """An empty one in the place of whatever is there."""

    def discard(self) -> None:
        """What is there failed."""

    def leave(self, vectors: ChromaVectors) -> None:
        """Close what is whole or can be built on."""


class EmbeddedBackend:
    """In a directory that this process owns. It is opened in a process of its own first: one that was left by a kill

    can end the process that opens it by a segmentation fault (3 of 68 kills), in one case not at the first time. So
    what was not closed cleanly is tried twice, and never taken up again if it was not closed cleanly after that.
    """

    def __init__(self, place: IndexDirectory, settings: VectorsSettings, stopped: Callable[[], bool]) -> None:
        self._place = place
        self._settings = settings
        self._stopped = stopped

    def open(self) -> ChromaVectors | None:
        """None when it is missing, was changed since it was closed, or does not survive being tried.

        Raises Stopping, and leaves the directory as it was, when the process is to end meanwhile.
        """
        directory = self._place.current()
        if directory is None:
            return None
        marked, clean = is_marked(directory), take_clean_mark(directory)
        if not clean and (marked or _trial(directory).exists()):
            return None
        for _ in range(1 if clean else 2):
            sound = survives(directory, self._settings, stopped=self._stopped)
            if sound is None:
                if clean:
                    mark_clean(directory)
                raise StopRequested
            if not sound:
                return None
        if not clean:
            _log.info("Chroma's directory %s was not closed cleanly, but is sound and is gone on with.", directory)
            _trial(directory).touch()
        vectors = ChromaVectors.open(self._settings, directory)
        if vectors is not None:
            vectors.stopped = self._stopped
        return vectors

    def create(self, built: IndexState) -> ChromaVectors:
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
            with contextlib.suppress(OSError):  # without the mark it is tried twice before it is opened
                mark_clean(vectors.directory)
                _trial(vectors.directory).unlink(missing_ok=True)


class Server:
    """On a Chroma server. Its files are its own business; what it holds is compared with the archive."""

    def __init__(self, settings: VectorsSettings) -> None:
        self._settings = settings

    def open(self) -> ChromaVectors | None:
        """None when the server has no such collection; raises VectorsUnavailable when it does not answer."""
        return ChromaVectors.open(self._settings, None)

    def create(self, built: IndexState) -> ChromaVectors:
        """Made anew under the same name."""
        return ChromaVectors.create(self._settings, None, built)

    def discard(self) -> None:
        """Nothing: when it answers again, the comparison shows what is lost."""

    def leave(self, vectors: ChromaVectors) -> None:
        """Close the connection."""
        vectors.close()


def survives(directory: Path, settings: VectorsSettings, *, stopped: Callable[[], bool] = lambda: False) -> bool | None:
    """Does a process of its own survive opening the directory, counting and one query? None: stopped before it told."""
    command = [sys.executable, "-m", "rag.store.vectors.probe", str(directory), settings.collection]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        end = time.monotonic() + _PROBE_S
        while time.monotonic() < end:
            if stopped():  # it takes a second or two, more with a million passages
                end = min(end, time.monotonic() + _GRACE_S)
            with contextlib.suppress(subprocess.TimeoutExpired):
                _, said = process.communicate(timeout=_GLANCE_S)
                if process.returncode:
                    _log.warning("Chroma's directory %s is broken: %s", directory, said.decode(errors="replace"))
                return process.returncode == 0
        process.kill()
        return None if stopped() else False


def _trial(directory: Path) -> Path:
    """Stands beside a directory that was opened although it had not been closed cleanly."""
    return directory.with_name(directory.name + ".trial")
