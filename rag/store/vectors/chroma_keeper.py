"""Keeps Chroma complete in the background: opens, builds and updates it, or falls back to exact search for a while."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from rag.errors import TelalError, VectorsUnavailable
from rag.store.archive.archive import Archive
from rag.store.database.records import Identity
from rag.store.upkeep.catchup import (
    Backoff,
    IndexBroken,
    IndexOutdated,
    IndexState,
    ScoredKey,
    StopRequested,
    catch_up,
    compare,
    difference,
    whole,
)

if TYPE_CHECKING:  # who searches exactly need not load chromadb: 0.8 s and 60 MB
    from rag.store.vectors.chroma_index import Backend, ChromaVectors

State = Literal["ready", "building", "off", "broken"]

_STEP = 200  # changes at once: half a second, and a close waits no longer; larger steps are no faster

BROKEN_NOTICE = "The vector index cannot be used at the moment; exact search answers in its place."

_log = logging.getLogger(__name__)


class ChromaKeeper(ABC):
    """Serves searches, which never wait for upkeep. `step` does a part of the upkeep, in one thread at a time."""

    def __init__(self, archive: Archive, backend: Backend) -> None:
        self._archive = archive
        self._backend = backend
        self._lock = threading.RLock()
        self._backoff = Backoff()
        self._vectors: ChromaVectors | None = None
        self._built: IndexState | None = None
        self._failed = False

    @property
    def state(self) -> State:
        """`ready`: searched; `building`: soon; `broken`: tried again after a pause."""
        built = self._built
        if self._failed:
            return "broken"
        return "ready" if built is not None and whole(built) else "building"

    @property
    def change(self) -> int | None:
        """The last change that is in; None while it is not open."""
        built = self._built
        return built.change if built is not None else None

    @property
    def notice(self) -> str | None:
        """What a reader should know; None while it is built, for exact search answers as well."""
        return BROKEN_NOTICE if self.state == "broken" else None

    def search(self, vector: NDArray[np.float32], *, limit: int) -> list[ScoredKey]:
        """The nearest passages; raises VectorsUnavailable, and then sees to it in the background."""
        vectors = self._vectors
        if vectors is None or self.state != "ready":
            raise VectorsUnavailable("Chroma is not ready.")
        try:
            return vectors.search(vector, limit=limit)
        except VectorsUnavailable:
            self._failed = True
            raise

    def step(self) -> bool:
        """Do some of the work that is due. Is there more? What fails is tried again later."""
        with self._lock:
            if not self._backoff.due:
                return False
            try:
                more = self._advance()
            except StopRequested:
                return False
            except (VectorsUnavailable, IndexBroken, OSError) as error:
                _log.warning("Exact search answers instead of Chroma: %s", error)
                self._give_up()
                return False
            except TelalError as error:
                _log.warning("Chroma cannot follow the archive: %s", error)
                self._backoff.lengthen()
                return False
            self._backoff.reset()
            return more

    def close(self) -> None:
        """Let go; cleanly, if nothing is wrong."""
        with self._lock:
            vectors, self._vectors, self._built = self._vectors, None, None
            if vectors is not None and not self._failed:
                self._backend.leave(vectors)
            elif vectors is not None:
                vectors.close()

    def problem(self) -> str | None:
        """How Chroma differs from the archive; None when it does not."""
        with self._lock:
            vectors = self._vectors
            try:
                return difference(vectors, self._archive) if vectors is not None else "it is not open"
            except (VectorsUnavailable, IndexBroken) as error:
                return str(error)

    @abstractmethod
    def _advance(self) -> bool: ...

    def _give_up(self) -> None:
        vectors, self._vectors, self._built = self._vectors, None, None
        self._failed = True
        if vectors is not None:
            vectors.close()
        self._backend.discard()
        self._backoff.lengthen()


class ChromaOwner(ChromaKeeper):
    """The one that writes: brings the collection up to the archive, or builds it anew."""

    def __init__(self, archive: Archive, backend: Backend) -> None:
        super().__init__(archive, backend)
        self._compared = False

    def rebuild(self) -> None:
        """Build anew, whatever is there, to the end."""
        with self._lock:
            identity = self._archive.identity
            if identity is not None:
                self._begin(identity)
                while self.step():
                    pass

    def _advance(self) -> bool:
        identity = self._archive.identity
        if identity is None:  # nothing was ever written
            return False
        try:
            vectors = self._vectors or self._open(identity)
            if self._failed or not vectors.present:
                raise VectorsUnavailable("A search failed or the directory is gone.")
            more = catch_up(vectors, self._archive, changes=_STEP)
            if not more and not self._compared:
                compare(vectors, self._archive)
                self._compared = True
            self._built = vectors.state
            return more
        except IndexOutdated as why:
            _log.info("The vector index is built anew: %s.", why)
            self._begin(identity)
            return True

    def _open(self, identity: Identity) -> ChromaVectors:
        """The existing collection if it can be used, else a new one."""
        from rag.store.vectors.chroma_index import FORMAT  # see above

        self._built, self._compared = None, False
        vectors = self._backend.open()
        self._failed = False
        if vectors is None:
            return self._begin(identity)
        self._vectors = vectors
        try:
            built = vectors.state
        except IndexBroken as error:
            raise IndexOutdated(str(error)) from error
        if built.format != FORMAT:
            raise IndexOutdated("it has another format")
        return vectors

    def _begin(self, identity: Identity) -> ChromaVectors:
        from rag.store.vectors.chroma_index import FORMAT  # see above

        vectors, self._vectors, self._built = self._vectors, None, None
        if vectors is not None:
            vectors.close()
        built = IndexState(FORMAT, identity, begun=self._archive.last_change())
        self._vectors = self._backend.create(built)
        self._failed = False
        self._compared = True  # what was built from the archive needs no comparison
        return self._vectors


class ChromaReader(ChromaKeeper):
    """Asks a server's collection that another process writes."""

    def _advance(self) -> bool:
        from rag.store.vectors.chroma_index import FORMAT  # see above

        if self._failed and self._vectors is not None:
            self._vectors.close()
            self._vectors = None
        if self._vectors is None:
            self._vectors = self._backend.open()
            self._failed = False
        elif self.change != self._archive.last_change():
            self._vectors.refresh()
        if self._vectors is None:  # its owner has not made it yet
            self._backoff.lengthen()
            return False
        built = self._vectors.state
        self._built = built if built.format == FORMAT and built.suits(self._archive.identity) else None
        return False
