"""Keeps the keyword index of a data directory whole, as the one process that may write it."""

from __future__ import annotations

import contextlib
import logging

from rag.store.archive.archive import Archive
from rag.store.database.records import Identity
from rag.store.keyword.index import FORMAT, KeywordIndex
from rag.store.keyword.keeper import KeywordKeeper
from rag.store.upkeep.built import Built, IndexBroken, without_model
from rag.store.upkeep.catchup import Outdated, catch_up, compare, whole
from rag.store.upkeep.index_directory import IndexDirectory, mark_clean, take_clean_mark

_STEP = 5_000  # changes in one commit; a commit costs 20 to 30 ms

_log = logging.getLogger(__name__)


class KeywordOwner(KeywordKeeper):
    """Brings the index up to the archive, or builds another one in a fresh directory and then takes that.

    What was not closed cleanly is built anew, but answers meanwhile when it can be opened: tantivy's commits are
    whole or not there (no harm in 20 kills), and each hit is looked up in the archive.
    """

    def __init__(self, archive: Archive, place: IndexDirectory) -> None:
        super().__init__(archive, place)
        self._target: KeywordIndex | None = None  # the one that is written; the answering one, once it is whole
        self._compared = False
        self._opened = False

    def rebuild(self) -> None:
        """Build anew, whatever is there, to the end."""
        with self._lock:
            self._suspect = True
            while self.step():
                pass

    def close(self) -> None:
        """Let go of the files and leave the mark of a clean close beside what is whole or can be built on."""
        with self._lock:
            target, self._target, self._index = self._target, None, None
            self._opened = False
            if target is not None:
                target.close()
                if target.present and target.directory == self._place.current():
                    with contextlib.suppress(OSError):  # without the mark it is built anew
                        mark_clean(target.directory)

    def _advance(self) -> bool:
        identity = self._archive.identity
        if identity is None:  # nothing was ever written
            return False
        if not self._opened:
            self._open(identity)
        try:
            target = self._target
            if target is None or self._suspect or not target.present:
                target = self._begin(identity)
            more = catch_up(target, self._archive, changes=_STEP)
            if whole(target.built):
                self._take(target)
            if not more and not self._compared:
                compare(target, self._archive)
                self._compared = True
            return more
        except Outdated as why:
            _log.info("The keyword index is built anew: %s.", why)
            self._index = self._index if why.servable else None
            self._begin(identity)
            return True

    def _open(self, identity: Identity) -> None:
        """Take what the directory holds: to go on with it, to answer until another one is built, or not at all."""
        self._opened = True
        directory = self._place.current()
        if directory is None:
            return
        clean = take_clean_mark(directory)
        try:
            index = KeywordIndex.open(directory, write=clean)
        except IndexBroken as error:
            _log.warning("The keyword index cannot be opened and is built anew: %s", error)
            return
        if index.built.format != FORMAT or not index.built.suits(identity):
            index.close()
            return
        self._index = index if whole(index.built) else None
        self._target = index if clean else None
        self._place.sweep(keep=directory)

    def _begin(self, identity: Identity) -> KeywordIndex:
        """A new index to write. With nothing that answers meanwhile it is the current one at once, or after a stop
        all work would begin anew."""
        self._suspect = False
        self._drop_target()
        built = Built(FORMAT, without_model(identity), begun=self._archive.last_change())
        target = KeywordIndex.create(self._place.fresh(), built)
        self._target, self._compared = target, True  # what was built from the archive needs no comparison
        if self._index is None:
            self._place.adopt(target.directory, begun=built.begun)
            self._place.sweep(keep=target.directory)
        return target

    def _take(self, target: KeywordIndex) -> None:
        """Let a whole index answer, and remove the one before."""
        if self._index is not target:
            self._place.adopt(target.directory, begun=target.built.begun)
            self._index = target
            self._place.sweep(keep=target.directory)

    def _drop_target(self) -> None:
        target, self._target = self._target, None
        if target is not None:
            target.close()

    def _failed(self, error: Exception) -> None:
        """Forget what was half written. A broken index is left behind, to be built anew."""
        if isinstance(error, (IndexBroken, OSError)):
            if self._index is self._target:
                self._index = None
            self._drop_target()
        elif self._target is not None:
            try:
                self._target.rollback()
            except IndexBroken as broken:
                self._failed(broken)
