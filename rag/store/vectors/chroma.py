"""When Chroma is used (TELAL_VECTORS__MODE), and how it is kept complete; exact search answers wherever it cannot."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from rag.config import Settings
from rag.errors import VectorsUnavailable
from rag.store.archive.archive import Archive
from rag.store.database.records import Identity
from rag.store.upkeep.catchup import (
    IndexBroken,
    IndexOutdated,
    IndexState,
    ScoredKey,
    catch_up,
    compare,
    difference,
    whole,
)
from rag.store.upkeep.index_directory import IndexDirectory
from rag.store.upkeep.keeper import Keeper
from rag.store.vectors.exact_keeper import ExactKeeper

if TYPE_CHECKING:  # who searches exactly need not load chromadb: 0.8 s and 60 MB
    from rag.store.vectors.chroma_index import Backend, ChromaVectors

State = Literal["ready", "building", "off", "broken"]

_DELAY_S = 5.0  # a command that answers one question has ended by then, and need not load chromadb
_STEP = 200  # changes at once: half a second, and a close waits no longer; larger steps are no faster

BROKEN_NOTICE = "The vector index cannot be used at the moment; exact search answers in its place."

_log = logging.getLogger(__name__)


class Chroma(Keeper):
    """Chroma, kept up from the first passage on, and searched once the archive is so large that it is faster than exact
    search.

    In embedded mode only the owner of the directory may open it: a second process would not see new vectors (373 of 373
    missing). A server may be searched by all. Among the owners of all directories that share an archive, one holds the
    lease to write to the server, and another takes over within ten seconds.
    """

    name = "Chroma"

    def __init__(self, archive: Archive, settings: Settings, exact: ExactKeeper, stop: threading.Event) -> None:
        super().__init__(archive)
        self._settings = settings.vectors
        self._exact = exact
        self._stop = stop
        self._place = IndexDirectory(settings.data_dir / "indexes", "chroma")
        self._lease = archive.lease(f"chroma {settings.vectors.collection}")
        self._owner = False
        self._writer = False  # of this collection; others only ask
        self._backend: Backend | None = None  # while it is used
        self._vectors: ChromaVectors | None = None  # while it is open
        self._built: IndexState | None = None
        self._broken = False
        self._compared = False

    @property
    def delay_s(self) -> float:
        """How long after the start the first turn comes."""
        return 0.0 if self._settings.mode == "chroma" else _DELAY_S

    @property
    def writer(self) -> bool:
        """Does this process write the collection?"""
        return self._backend is not None and self._writer

    @property
    def state(self) -> State:
        """`ready`: searched; `building`: soon; `broken`: tried again after a pause; `off`: by setting, or beside an
        owner."""
        built = self._built
        if not self._wanted:
            return "off"
        if self._broken:
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
        return BROKEN_NOTICE if self.state == "broken" and self._exact.change > 0 else None

    def serves(self, *, change: int) -> bool:
        """Whether to search Chroma: only when it holds the same passages as exact search, and enough of them to be
        faster."""
        enough = self._settings.mode == "chroma" or self._exact.passages > self._settings.chroma_from
        return enough and self.state == "ready" and self.change == change

    def search(self, vector: NDArray[np.float32], *, limit: int) -> list[ScoredKey]:
        """The nearest passages; raises VectorsUnavailable, and then sees to it in the background."""
        vectors = self._vectors
        if vectors is None or self.state != "ready":
            raise VectorsUnavailable("Chroma is not ready.")
        try:
            return vectors.search(vector, limit=limit)
        except VectorsUnavailable:
            self._broken = True
            raise

    def own(self) -> None:
        """From now on this process writes."""
        with self._lock:
            self._owner = True
            self._let_go()

    def turn(self) -> bool:
        """Do some of the work that is due. Is there more?"""
        with self._lock:
            if self._stop.is_set():
                return False
            if not self._wanted:
                self._let_go()
                self._sweep()
                return False
            self._begin_using()
            return self.step()

    def catch_up(self) -> None:
        """Take in what came since, when it is open. After an erasure nothing erased is left on the disk."""
        while self.state == "ready" and self.step():
            pass
        if self._backend is not None and self._outlived:
            self.step()
        if self._lock.acquire(blocking=False):  # else it is being opened just now, and looks for erasures itself
            try:
                if self._backend is None:
                    self._sweep()
            finally:
                self._lock.release()

    def problem(self) -> str | None:
        """How it differs from the archive, once it is open and built; None when it does not, or is not used."""
        while self.turn():
            pass
        with self._lock:
            try:
                if self._vectors is not None:
                    return difference(self._archive, self._vectors.state.change, self._vectors.keys)
                return "it is not open" if self._backend is not None else None
            except (VectorsUnavailable, IndexBroken) as error:
                return str(error)

    def rebuild(self) -> None:
        """Build anew, to the end, when it is used; else remove what is left of it."""
        with self._lock:
            if not self._wanted:
                self._let_go()
                self._place.sweep(keep=None)
                return
            self._begin_using()
            identity = self._archive.identity
            if self._writer and identity is not None:
                self._begin(identity)
                while self.step():
                    pass

    def close(self) -> None:
        """Let go, cleanly."""
        with self._lock:
            self._let_go()
            self._lease.release()

    @property
    def _wanted(self) -> bool:
        return self._settings.mode != "exact" and (self._settings.url is not None or self._owner)

    def _begin_using(self) -> None:
        writer = self._owner and (self._settings.url is None or self._lease.hold())
        if self._backend is not None and writer != self._writer:  # the lease was won or lost
            self._let_go()
        self._writer = writer
        if self._backend is None:
            from rag.store.vectors.chroma_index import EmbeddedBackend, Server  # loads chromadb, see above

            if self._settings.url is None:
                self._backend = EmbeddedBackend(self._place, self._settings, self._stop.is_set)
            else:
                self._backend = Server(self._settings)

    def _let_go(self) -> None:
        """Cleanly, if nothing is wrong."""
        vectors, backend = self._vectors, self._backend
        self._vectors, self._built, self._backend = None, None, None
        if vectors is not None and backend is not None and not self._broken:
            backend.leave(vectors)
        elif vectors is not None:
            vectors.close()
        self._broken = False
        self._backoff.reset()

    def _advance(self) -> bool:
        return self._write() if self._writer else self._ask()

    def _let_fail(self, error: Exception) -> None:
        """Nothing is wrong with Chroma where the archive cannot be read."""
        if isinstance(error, (VectorsUnavailable, IndexBroken, OSError)) and self._backend is not None:
            vectors, self._vectors, self._built = self._vectors, None, None
            self._broken = True
            if vectors is not None:
                vectors.close()
            self._backend.discard()

    def _write(self) -> bool:
        """Brings the collection up to the archive, or builds it anew."""
        identity = self._archive.identity
        if identity is None:  # nothing was ever written
            return False
        try:
            vectors = self._vectors or self._open(identity)
            if self._broken or not vectors.present:
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

    def _ask(self) -> bool:
        """Opens a server's collection that another process writes, and looks how far that is."""
        from rag.store.vectors.chroma_index import FORMAT  # see above

        assert self._backend is not None
        if self._broken and self._vectors is not None:
            self._vectors.close()
            self._vectors = None
        if self._vectors is None:
            self._vectors = self._backend.open()
            self._broken = False
        elif self.change != self._archive.last_change():
            self._vectors.refresh()
        if self._vectors is not None:  # else its owner has not made it yet
            built = self._vectors.state
            self._built = built if built.format == FORMAT and built.suits(self._archive.identity) else None
        return False

    def _open(self, identity: Identity) -> ChromaVectors:
        """The existing collection if it can be used, else a new one."""
        from rag.store.vectors.chroma_index import FORMAT  # see above

        assert self._backend is not None
        self._built, self._compared = None, False
        vectors = self._backend.open()
        self._broken = False
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

        assert self._backend is not None
        vectors, self._vectors, self._built = self._vectors, None, None
        if vectors is not None:
            vectors.close()
        built = IndexState(FORMAT, identity, begun=self._archive.last_change())
        self._vectors = self._backend.create(built)
        self._broken = False
        self._compared = True  # what was built from the archive needs no comparison
        return self._vectors

    def _sweep(self) -> None:
        """A directory that is not in use must not keep what was erased."""
        if self._outlived:
            self._place.sweep(keep=None)

    @property
    def _outlived(self) -> bool:
        """Is there a directory that may hold what was erased?"""
        held = self._owner and self._place.current() is not None
        return held and self._archive.erased_since(self._place.building_change())
