"""When Chroma is used: the rules of TELAL_VECTORS__MODE."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from rag.config import Settings
from rag.errors import VectorsUnavailable
from rag.store.archive.archive import Archive
from rag.store.upkeep.catchup import ScoredKey
from rag.store.upkeep.index_directory import IndexDirectory
from rag.store.vectors.chroma_keeper import ChromaKeeper, ChromaOwner, ChromaReader, State
from rag.store.vectors.exact_keeper import ExactKeeper

_DELAY_S = 5.0  # a command that answers one question has ended by then, and need not load chromadb


class Chroma:
    """Chroma, kept up from the first passage on, and searched once the archive is so large that it is faster than exact
    search.

    In embedded mode only the owner of the directory may open it: a second process would not see new vectors (373 of 373
    missing). A server may be searched by all. Among the owners of all directories that share an archive, one holds the
    lease to write to the server, and another takes over within ten seconds.
    """

    def __init__(self, archive: Archive, settings: Settings, exact: ExactKeeper, stop: threading.Event) -> None:
        self._archive = archive
        self._settings = settings.vectors
        self._exact = exact
        self._stop = stop
        self._place = IndexDirectory(settings.data_dir / "indexes", "chroma")
        self._lease = archive.lease(f"chroma {settings.vectors.collection}")
        self._owner = False
        self._lock = threading.RLock()
        self._keeper: ChromaKeeper | None = None

    @property
    def delay_s(self) -> float:
        """How long after the start the first turn comes."""
        return 0.0 if self._settings.mode == "chroma" else _DELAY_S

    @property
    def keeper(self) -> ChromaKeeper | None:
        """What keeps Chroma; None while it is not used."""
        return self._keeper

    @property
    def state(self) -> State:
        """`off` when it is not used: by setting, or beside an owner."""
        keeper = self._keeper
        if keeper is not None:
            return keeper.state
        return "building" if self._wanted else "off"

    @property
    def change(self) -> int | None:
        """The last change that is in; None while it is not open."""
        keeper = self._keeper
        return keeper.change if keeper is not None else None

    @property
    def notice(self) -> str | None:
        """What a reader should know; None when nothing is amiss."""
        keeper = self._keeper
        return keeper.notice if keeper is not None and self._exact.change > 0 else None

    def serves(self, *, change: int) -> bool:
        """Whether to search Chroma: only when it holds the same passages as exact search, and enough of them to be
        faster."""
        keeper = self._keeper
        enough = self._settings.mode == "chroma" or self._exact.passages > self._settings.chroma_from
        return keeper is not None and enough and keeper.state == "ready" and keeper.change == change

    def search(self, vector: NDArray[np.float32], *, limit: int) -> list[ScoredKey]:
        """The nearest passages; raises VectorsUnavailable."""
        keeper = self._keeper
        if keeper is None:
            raise VectorsUnavailable("Chroma is off.")
        return keeper.search(vector, limit=limit)

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
            kind = self._kind
            if not isinstance(self._keeper, kind):  # the lease was won or lost
                self._let_go()
            keeper = self._keeper = self._keeper or self._make(kind)
        return keeper.step()

    def catch_up(self) -> None:
        """Take in what came since, when it is open. After an erasure nothing erased is left on the disk."""
        keeper = self._keeper
        while keeper is not None and keeper.state == "ready" and keeper.step():
            pass
        if keeper is not None and self._outlived:
            keeper.step()
        if self._lock.acquire(blocking=False):  # else it is being opened just now, and looks for erasures itself
            try:
                if self._keeper is None:
                    self._sweep()
            finally:
                self._lock.release()

    def problem(self) -> str | None:
        """How it differs from the archive, once it is open and built; None when it does not, or is not used."""
        while self.turn():
            pass
        keeper = self._keeper
        return keeper.problem() if keeper is not None else None

    def rebuild(self) -> None:
        """Build anew, to the end, when it is used; else remove what is left of it."""
        with self._lock:
            keeper = self._keeper = self._keeper or (self._make(self._kind) if self._wanted else None)
            if keeper is None:
                self._place.sweep(keep=None)
        if isinstance(keeper, ChromaOwner):
            keeper.rebuild()

    def close(self) -> None:
        """Let go, cleanly."""
        with self._lock:
            self._let_go()
            self._lease.release()

    @property
    def _wanted(self) -> bool:
        return self._settings.mode != "exact" and (self._settings.url is not None or self._owner)

    @property
    def _kind(self) -> type[ChromaOwner | ChromaReader]:
        """Does this process write, or only ask?"""
        writes = self._owner and (self._settings.url is None or self._lease.hold())
        return ChromaOwner if writes else ChromaReader

    def _make(self, kind: type[ChromaOwner | ChromaReader]) -> ChromaKeeper:
        from rag.store.vectors.chroma_index import (  # loads chromadb: 0.8 s and 60 MB
            Backend,
            EmbeddedBackend,
            Server,
        )

        backend: Backend = Server(self._settings)
        if self._settings.url is None:
            backend = EmbeddedBackend(self._place, self._settings, self._stop.is_set)
        return kind(self._archive, backend)

    def _let_go(self) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.close()

    def _sweep(self) -> None:
        """A directory that is not in use must not keep what was erased."""
        if self._outlived:
            self._place.sweep(keep=None)

    @property
    def _outlived(self) -> bool:
        """Is there a directory that may hold what was erased?"""
        held = self._owner and self._place.current() is not None
        return held and self._archive.erased_since(self._place.building_change())
