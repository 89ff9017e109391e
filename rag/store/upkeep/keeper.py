"""What keeps an index complete beside the archive, in steps, and tries again later what failed."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod

from rag.errors import TelalError
from rag.store.archive.archive import Archive
from rag.store.upkeep.catchup import Backoff, StopRequested

_log = logging.getLogger(__name__)


class Keeper(ABC):
    """Serves searches, which never wait for upkeep. `step` does a part of the upkeep, in one thread at a time."""

    name: str  # in the log

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
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
            except StopRequested:
                return False
            except (TelalError, OSError) as error:
                _log.warning("%s cannot be kept: %s", self.name, error)
                self._let_fail(error)
                self._failing = True
                self._backoff.lengthen()
                return False
            self._failing = False
            self._backoff.reset()
            return more

    @abstractmethod
    def _advance(self) -> bool:
        """One step; is there more to do? Raises TelalError, OSError."""

    @abstractmethod
    def _let_fail(self, error: Exception) -> None:
        """A step failed: let go of what cannot be used."""
