"""When the vector store is used (TELAL_VECTORS__MODE), and how it follows the archive. It is a cache: exact search
answers wherever it cannot."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.config import Settings
from rag.errors import TelalError
from rag.store.archive.archive import Archive
from rag.store.backends import VectorStore, vector_store
from rag.store.database.records import Identity
from rag.store.upkeep.catchup import (
    NO_KEYS,
    IndexBroken,
    IndexOutdated,
    IndexState,
    catch_up,
    compare,
    difference,
    whole,
)
from rag.store.upkeep.follower import Follower, OpenIndex
from rag.store.upkeep.index_directory import IndexDirectory, inode, take_clean_mark
from rag.store.vectors.exact_follower import ExactFollower

State = Literal["ready", "building", "off", "broken"]

FORMAT = 2  # raise it with what is stored: every vector store is then filled anew

_DELAY_S = 5.0  # a command that answers one question has ended by then, and need not load chromadb (0.8 s, 60 MB)
_SAMPLE, _NEAR, _SAME, _FOUND = 32, 5, 0.999, 0.9  # of passages that it must find by their own vectors
_STEP = 200  # changes at once: half a second, and a close waits no longer; larger steps are no faster

_UNFILLED = IndexState(0, Identity("", 0, ""), begun=1)

BROKEN_NOTICE = "The vector index cannot be used at the moment; exact search answers in its place."

_log = logging.getLogger(__name__)


class VectorFollower(Follower[VectorStore]):
    """Fills the vector store from the archive and searches it, where the archive is so large that this is faster than
    exact search.

    A store in a directory is opened only by the owner of the data directory, and only when it was closed cleanly:
    what a kill left of Chroma can crash the process that opens it (3 of 68 kills). Without the mark of a clean close,
    and after every error, the directory is deleted and filled again.

    A store on a server may be searched by all. Among the owners of all data directories that share an archive, one
    holds the lease to write to it, and another takes over within ten seconds. After an error it is opened again, and
    filled anew when it does not hold as many passages as the archive.
    """

    name = "The vector store"

    def __init__(
        self, archive: Archive, settings: Settings, exact: ExactFollower, stop: threading.Event, *, dimension: int
    ) -> None:
        super().__init__(archive, IndexDirectory(settings.data_dir / "indexes", "vectors"))
        self._settings = settings.vectors
        self._dimension = dimension
        self._exact = exact
        self._stop = stop
        self._lease = archive.lease(f"vectors {settings.vectors.collection}")
        self._owner = False
        self._writer = False  # of the store; others only ask
        self._open: OpenIndex[VectorStore] | None = None
        self._broken = False
        self._compared = False

    @property
    def delay_s(self) -> float:
        """How long after the start the first turn comes."""
        return 0.0 if self._settings.store_always else _DELAY_S

    @property
    def writer(self) -> bool:
        """Does this process write the store?"""
        return self._open is not None and self._writer

    @property
    def state(self) -> State:
        """`ready`: searched; `building`: soon; `broken`: tried again after a pause; `off`: by setting, for a small
        archive, or beside an owner."""
        if not self._wanted:
            return "off"
        if self._broken:
            return "broken"
        held = self._open
        return "ready" if held is not None and whole(held.built) else "building"

    @property
    def change(self) -> int | None:
        """The last change that is in; None while it is not open."""
        held = self._open
        return held.built.change if held is not None else None

    @property
    def notice(self) -> str | None:
        """What a reader should know; None while it is filled, for exact search answers as well."""
        return BROKEN_NOTICE if self.state == "broken" and self._exact.change > 0 else None

    def serves(self, *, change: int) -> bool:
        """Whether to search the store: only when it holds the same passages as exact search."""
        return self.state == "ready" and self.change == change

    def search(
        self, vector: NDArray[np.float32], *, limit: int, scores: Callable[[Sequence[int]], dict[int, float]]
    ) -> dict[int, float]:
        """The nearest passages as `scores` scores those that the archive knows; raises IndexBroken, and then sees to it
        in the background."""
        held = self._open
        if held is None or self.state != "ready":
            raise IndexBroken("The vector store is not ready.")
        try:
            found = held.index.search(vector, limit=limit)
            known = scores([scored.key for scored in found])
            if 2 * len(known) < len(found):  # a passage that came or went this moment makes a difference of few
                raise IndexBroken(f"of {len(found)} passages that it found the archive knows {len(known)}")
        except Exception as error:  # a store of one's own may raise anything
            now = self._open
            self._broken = now is not None and now.index is held.index  # else it was closed meanwhile
            raise IndexBroken(f"The vector store failed: {error}") from error
        return known

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
            if (held := self._open) is None:
                return "it is not open" if self._wanted else None
            try:
                return difference(self._archive, held.built.change, held.index.count) or self._astray(held.index)
            except IndexBroken as error:
                return str(error)

    def _astray(self, index: VectorStore) -> str | None:
        """Whether it finds passages by their own vectors, as one whose files were damaged does not."""
        keys = self._exact.vectors.view().keys()
        some = keys[np.linspace(0, len(keys) - 1, min(_SAMPLE, len(keys))).astype(np.int64)]
        stored = self._archive.vectors(some)
        found = sum(
            any(hit.key == key or hit.score > _SAME for hit in index.search(vector.astype(np.float32), limit=_NEAR))
            for key, vector in zip(stored.keys.tolist(), stored.vectors, strict=True)
        )
        wanted = len(stored.keys)
        return f"it finds {found} of {wanted} passages by their own vectors" if found < _FOUND * wanted else None

    def rebuild(self) -> None:
        """Fill it anew, to the end, when it is used; else remove what is left of it."""
        with self._lock:
            self._abandon()
            identity = self._archive.identity
            self._choose_role()
            if self._wanted and self._writer and identity is not None:
                self._begin(identity)
            while self.turn():
                pass

    def close(self) -> None:
        """Let go, cleanly."""
        with self._lock:
            self._let_go()
            self._lease.release()

    @property
    def _wanted(self) -> bool:
        if self._settings.store is None or not (self._settings.url or self._owner):
            return False
        enough = self._settings.store_always or self._exact.passages >= self._settings.chroma_from
        return enough or self._open is not None  # an archive that shrinks a little goes on with it

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
            held = self._open or self._open_left()
            if not held.present:
                raise IndexOutdated("its directory is gone")
            built = catch_up(held.index, held.built, self._archive, last=last, changes=_STEP)
            self._open = replace(held, built=built)
            if built.change == last and not self._compared:
                compare(held.index, built, self._archive)
                if (found := self._astray(held.index)) is not None:
                    raise IndexOutdated(found)
                self._compared = True
            return built.change < last
        except IndexOutdated as why:
            _log.info("The vector store is filled anew: %s.", why)
            self._abandon()
            self._begin(identity)
            return True

    def _begin(self, identity: Identity) -> None:
        """An empty store in the place of whatever is there."""
        built = IndexState(FORMAT, identity, begun=self._archive.last_change(), made_by=self._settings.store or "")
        held = self._make(empty=True)
        held.index.apply(NO_KEYS, (), built)
        self._open, self._compared = replace(held, built=built), True  # what is filled from nothing needs no comparison

    def _read(self, identity: Identity) -> bool:
        """Opens a server's store that another process writes, and looks how far that is."""
        held = self._open or self._make(empty=False)
        if held.built.change != self._archive.last_change():
            built = held.index.state()
            usable = built is not None and built.is_of(self._settings.store or "", FORMAT) and built.suits(identity)
            self._open = replace(held, built=built if built is not None and usable else _UNFILLED)
        return False

    def _open_left(self) -> OpenIndex[VectorStore]:
        """The store that an earlier process left. Raises IndexOutdated when there is none that may be used."""
        if self._settings.url is None:
            directory = self._place.current()
            if directory is None or not take_clean_mark(directory):
                raise IndexOutdated("there is none that was closed cleanly")
        held, self._compared = self._make(empty=False), False
        built = held.index.state()
        if built is None or not built.is_of(self._settings.store or "", FORMAT):
            raise IndexOutdated("it was made by another version, or for another archive")
        return replace(held, built=built)

    def _make(self, *, empty: bool) -> OpenIndex[VectorStore]:
        """The store, opened, or empty in a fresh directory."""
        directory = None
        if self._settings.url is None:
            if empty:
                self._place.adopt(self._place.fresh(), begun=self._archive.last_change())
            directory = self._place.current()
        made = vector_store(self._settings.store or "")
        store = made(self._settings, directory, dimension=self._dimension, empty=empty)
        self._open = OpenIndex(store, _UNFILLED, directory, inode(directory))
        self._broken = False
        return self._open

    def _let_go(self) -> None:
        """Close it, and leave the mark of a clean close where nothing is wrong."""
        held = self._open
        if held is not None and not self._broken:
            self._open = None
            self._close_cleanly(held)
        self._close()
        self._broken = False
        self._backoff.reset()

    def _abandon(self) -> None:
        """Close it, and delete what this process keeps on the disk: it cannot be used, or holds what was erased."""
        self._close()
        if self._owner:
            self._place.sweep(keep=None)

    def _close(self) -> None:
        held, self._open = self._open, None
        if held is not None:
            self._close_index(held.index)

    def _let_fail(self, error: Exception) -> None:
        """Nothing is wrong with the store where the archive cannot be read."""
        if not isinstance(error, TelalError) or isinstance(error, IndexBroken):
            self._close()
            self._broken = True
