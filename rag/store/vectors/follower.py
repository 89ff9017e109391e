"""When the vector store is used (TELAL_VECTORS__MODE), and how it follows the archive. It is a cache: exact search
answers wherever it cannot."""

from __future__ import annotations

import contextlib
import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from rag.config import Settings
from rag.errors import VectorsUnavailable
from rag.store.archive.archive import Archive
from rag.store.database.records import Identity
from rag.store.upkeep.catchup import (
    NO_KEYS,
    IndexBroken,
    IndexOutdated,
    IndexState,
    ScoredKey,
    catch_up,
    compare,
    difference,
    whole,
)
from rag.store.upkeep.index_directory import IndexDirectory, inode, mark_clean, take_clean_mark
from rag.store.upkeep.keeper import Keeper
from rag.store.vectors.exact_keeper import ExactKeeper

if TYPE_CHECKING:  # who searches exactly need not load chromadb: 0.8 s and 60 MB
    from rag.store.vectors.chroma import ChromaStore

State = Literal["ready", "building", "off", "broken"]

FORMAT = 2  # raise it with what is stored: every vector store is then filled anew

_DELAY_S = 5.0  # a command that answers one question has ended by then, and need not load chromadb
_STEP = 200  # changes at once: half a second, and a close waits no longer; larger steps are no faster

BROKEN_NOTICE = "The vector index cannot be used at the moment; exact search answers in its place."

_log = logging.getLogger(__name__)


class VectorFollower(Keeper):
    """Fills the vector store from the archive and searches it, where the archive is so large that this is faster than
    exact search.

    A store in a directory is opened only by the owner of the data directory, and only when it was closed cleanly: a
    directory left by a kill can crash the process that opens it (3 of 68 kills). Without the mark of a clean close, and
    after every error, the directory is deleted and filled again.

    A store on a server may be searched by all. Among the owners of all data directories that share an archive, one
    holds the lease to write to it, and another takes over within ten seconds. After an error it is opened again, and
    filled anew when it does not hold as many passages as the archive.
    """

    name = "The vector store"

    def __init__(self, archive: Archive, settings: Settings, exact: ExactKeeper, stop: threading.Event) -> None:
        super().__init__(archive)
        self._settings = settings.vectors
        self._exact = exact
        self._stop = stop
        self._place = IndexDirectory(settings.data_dir / "indexes", "vectors")
        self._lease = archive.lease(f"vectors {settings.vectors.collection}")
        self._owner = False
        self._writer = False  # of the store; others only ask
        self._store: ChromaStore | None = None  # while it is open
        self._built: IndexState | None = None
        self._directory: Path | None = None  # of the store that was opened last; None: on a server
        self._inode: tuple[int, int] | None = None
        self._broken = False
        self._compared = False

    @property
    def delay_s(self) -> float:
        """How long after the start the first turn comes."""
        return 0.0 if self._settings.mode == "chroma" else _DELAY_S

    @property
    def writer(self) -> bool:
        """Does this process write the store?"""
        return self._store is not None and self._writer

    @property
    def state(self) -> State:
        """`ready`: searched; `building`: soon; `broken`: tried again after a pause; `off`: by setting, for a small
        archive, or beside an owner."""
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
        """What a reader should know; None while it is filled, for exact search answers as well."""
        return BROKEN_NOTICE if self.state == "broken" and self._exact.change > 0 else None

    def serves(self, *, change: int) -> bool:
        """Whether to search the store: only when it holds the same passages as exact search."""
        return self.state == "ready" and self.change == change

    def search(self, vector: NDArray[np.float32], *, limit: int) -> list[ScoredKey]:
        """The nearest passages; raises VectorsUnavailable, and then sees to it in the background."""
        store = self._store
        if store is None or self.state != "ready":
            raise VectorsUnavailable("The vector store is not ready.")
        try:
            return store.search(vector, limit=limit)
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
                self._abandon()
                return False
            self._choose_role()
            return self.step()

    def catch_up(self) -> None:
        """Take in what came since, when it is open. After an erasure nothing erased is left on the disk."""
        while self.state == "ready" and self.step():
            pass
        if self._lock.acquire(blocking=False):  # else it is opened or filled just now, and looks for erasures itself
            try:
                held = self._owner and self._place.current() is not None
                if held and self._archive.erased_since(self._place.building_change()):
                    self._abandon()
            finally:
                self._lock.release()

    def problem(self) -> str | None:
        """How it differs from the archive, once it is open and filled; None when it does not, or is not used."""
        while self.turn():
            pass
        with self._lock:
            try:
                if self._store is not None and self._built is not None:
                    return difference(self._archive, self._built.change, self._store.count)
                return "it is not open" if self._wanted else None
            except VectorsUnavailable as error:
                return str(error)

    def rebuild(self) -> None:
        """Fill it anew, to the end, when it is used; else remove what is left of it."""
        with self._lock:
            self._abandon()
            while self.turn():
                pass

    def close(self) -> None:
        """Let go, cleanly."""
        with self._lock:
            self._let_go()
            self._lease.release()

    @property
    def _wanted(self) -> bool:
        if self._settings.mode == "exact" or not (self._settings.url or self._owner):
            return False
        enough = self._settings.mode == "chroma" or self._exact.passages >= self._settings.chroma_from
        return enough or self._store is not None  # an archive that shrinks a little goes on with it

    def _choose_role(self) -> None:
        writer = self._owner and (self._settings.url is None or self._lease.hold())
        if writer != self._writer:  # the lease was won or lost
            self._let_go()
        self._writer = writer

    def _advance(self) -> bool:
        if self._broken:  # a search failed
            self._close()
        identity = self._archive.identity
        if identity is None:  # nothing was ever written
            return False
        return self._write(identity) if self._writer else self._read(identity)

    def _write(self, identity: Identity) -> bool:
        """Brings the store up to the archive, or fills it anew."""
        last = self._archive.last_change()
        try:
            store, built = self._open_to_write()
            self._built = built = catch_up(store, built, self._archive, last=last, changes=_STEP)
            if built.change == last and not self._compared:
                compare(store, built, self._archive)
                self._compared = True
            return built.change < last
        except IndexOutdated as why:
            _log.info("The vector store is filled anew: %s.", why)
            self._abandon()
            store = self._open(empty=True)
            self._built = IndexState(FORMAT, identity, begun=last)
            store.apply(NO_KEYS, (), self._built)
            self._compared = True  # what was filled from the archive needs no comparison
            return True

    def _open_to_write(self) -> tuple[ChromaStore, IndexState]:
        """The store and what it was built from. Raises IndexOutdated when there is none that may be used."""
        if self._store is not None and self._built is not None and self._present:
            return self._store, self._built
        if self._store is not None:
            raise IndexOutdated("its directory is gone")
        directory = self._place.current()
        if self._settings.url is None and (directory is None or not take_clean_mark(directory)):
            raise IndexOutdated("there is none that was closed cleanly")
        store, self._compared = self._open(empty=False), False
        built = store.state()
        if built is None or built.format != FORMAT:
            raise IndexOutdated("it was made by another version")
        return store, built

    def _read(self, identity: Identity) -> bool:
        """Opens a server's store that another process writes, and looks how far that is."""
        store = self._store or self._open(empty=False)
        if self._built is None or self._built.change != self._archive.last_change():
            built = store.state()
            usable = built is not None and built.format == FORMAT and built.suits(identity)
            self._built = built if usable else None
        return False

    def _open(self, *, empty: bool) -> ChromaStore:
        from rag.store.vectors.chroma import ChromaStore  # loads chromadb, see above

        directory = None
        if self._settings.url is None:
            if empty:
                self._place.adopt(self._place.fresh(), begun=self._archive.last_change())
            directory = self._place.current()
        self._store, self._built = ChromaStore(self._settings, directory, empty=empty), None
        self._directory, self._inode = directory, inode(directory)
        self._broken = False
        return self._store

    @property
    def _present(self) -> bool:
        return inode(self._directory) == self._inode

    def _let_go(self) -> None:
        """Close it, and leave the mark of a clean close where nothing is wrong."""
        clean = self._store is not None and not self._broken and self._present
        self._close()
        if clean and self._directory is not None:
            with contextlib.suppress(OSError):  # without the mark it is filled anew
                mark_clean(self._directory)
        self._broken = False
        self._backoff.reset()

    def _abandon(self) -> None:
        """Close it, and delete what this process keeps on the disk: it cannot be used, or holds what was erased."""
        self._close()
        if self._owner:
            self._place.sweep(keep=None)

    def _close(self) -> None:
        store, self._store, self._built = self._store, None, None
        if store is not None:
            store.close()

    def _let_fail(self, error: Exception) -> None:
        """Nothing is wrong with the store where the archive cannot be read."""
        if isinstance(error, (VectorsUnavailable, IndexBroken, OSError)):
            self._close()
            self._broken = True
