"""What keeps an index complete beside the archive, in steps, and tries again later what failed."""

from __future__ import annotations

import contextlib
import logging
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from rag.errors import TelalError
from rag.store.archive.archive import Archive
from rag.store.upkeep.catchup import Backoff, FollowingIndex, IndexState
from rag.store.upkeep.index_directory import IndexDirectory, inode, mark_clean

_log = logging.getLogger(__name__)

Index = TypeVar("Index", bound=FollowingIndex)


@dataclass(frozen=True, slots=True)
class OpenIndex(Generic[Index]):
    """An index that is open, and what it was built from. `directory`: None where it is on a server."""

    index: Index
    built: IndexState
    directory: Path | None = None
    seen: tuple[int, int] | None = None  # the directory, when it was opened

    @property
    def present(self) -> bool:
        """Is its directory still the one that was opened?"""
        return inode(self.directory) == self.seen


class Follower(ABC, Generic[Index]):
    """Serves searches, which never wait for the work. `step` does a part of the work, in one thread at a time."""

    name: str  # in the log

    def __init__(self, archive: Archive, place: IndexDirectory) -> None:
        self._archive = archive
        self._place = place
        self._lock = threading.RLock()
        self._backoff = Backoff()
        self._failing = False  # the last step did

    def step(self) -> bool:
        """Do some of the work that is due. Is there more? What fails is tried again later."""
        with self._lock:
            if not self._backoff.due:
                return False
            try:
                more = self._advance()
            except Exception as error:  # an index of one's own may raise anything
                known = isinstance(error, (TelalError, OSError))
                _log.warning("%s cannot be kept: %s", self.name, error, exc_info=None if known else error)
                self._let_fail(error)
                self._failing = True
                self._backoff.lengthen()
                return False
            self._failing = False
            self._backoff.reset()
            return more

    @abstractmethod
    def _advance(self) -> bool:
        """One step; is there more to do?"""

    @abstractmethod
    def _let_fail(self, error: Exception) -> None:
        """A step failed: let go of what cannot be used."""

    def _close_cleanly(self, opened: OpenIndex[Index]) -> None:
        """Close what may be opened again, and say so beside its directory."""
        closed = self._close_index(opened.index)
        if closed and opened.directory is not None and opened.present and opened.directory == self._place.current():
            with contextlib.suppress(OSError):  # without the mark it is built anew
                mark_clean(opened.directory)

    def _close_index(self, index: Index) -> bool:
        """Close an index. Did it do so without an error?"""
        try:
            index.close()
            return True
        except Exception as error:  # an index of one's own may raise anything
            _log.warning("%s did not close cleanly: %s", self.name, error)
            return False
