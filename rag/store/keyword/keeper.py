"""Keeps the keyword index complete in the process that may write it, and serves retrieval in every process."""

from __future__ import annotations

import contextlib
import logging
import time
from abc import abstractmethod
from collections.abc import Callable
from typing import TypeVar

from rag.store.archive.archive import Archive
from rag.store.database.records import Identity
from rag.store.keyword.index import FORMAT, KeywordIndex
from rag.store.upkeep.catchup import (
    IndexBroken,
    IndexOutdated,
    IndexState,
    catch_up,
    compare,
    difference,
    whole,
    without_model,
)
from rag.store.upkeep.index_directory import IndexDirectory, mark_clean, take_clean_mark
from rag.store.upkeep.keeper import Keeper

_LATE_S = 3.0  # a reader is not told of a shorter lag

REBUILDING_NOTICE = "The keyword index is being built; until it is whole, questions are answered by meaning alone."
UNUSABLE = "The keyword index cannot be used at the moment; questions are answered by meaning alone."
LAGGING_NOTICE = "The keyword index lags behind the archive; the newest articles are found by meaning alone."

Result = TypeVar("Result")

_log = logging.getLogger(__name__)


class KeywordKeeper(Keeper):
    """Answers from the keyword index; while there is none, dense search answers alone, and `notice` says so."""

    name = "The keyword index"

    def __init__(self, archive: Archive, place: IndexDirectory) -> None:
        super().__init__(archive)
        self._place = place
        self._index: KeywordIndex | None = None  # the one that answers; always whole
        self._suspect = False  # a search failed
        self._behind_since: float | None = None

    @property
    def index(self) -> KeywordIndex | None:
        """The index that answers; None while there is none, or none that is whole."""
        return self._index

    @property
    def change(self) -> int:
        """The last change that the answering index took in; 0 without one."""
        index = self._index
        return index.state.change if index is not None else 0

    def ask(self, question: Callable[[KeywordIndex], Result], otherwise: Result) -> Result:
        """What a question finds in the index; `otherwise` while there is none."""
        index = self._index
        try:
            return question(index) if index is not None else otherwise
        except IndexBroken as error:
            self._distrust(error)
            return otherwise

    def notice(self, last: int) -> str | None:
        """What a reader should know, the archive being at change `last`; None when all is well."""
        if last == 0 or self.change == last:
            self._behind_since = None
            return None
        if self._index is None:
            return UNUSABLE if self._failing else REBUILDING_NOTICE
        since = self._behind_since
        return LAGGING_NOTICE if since is not None and time.monotonic() - since > _LATE_S else None

    def step(self) -> bool:
        """See Keeper.step; also looks how far the index lags behind."""
        more = super().step()
        if not self._failing:
            self._watch_lag()
        return more

    def problem(self) -> str | None:
        """How the index differs from the archive; None when it does not."""
        with self._lock:
            index = self._index
            if index is None:
                return "there is none"
            return difference(self._archive, index.state.change, index.count)

    @abstractmethod
    def close(self) -> None:
        """Let go of the files."""

    def _distrust(self, error: IndexBroken) -> None:
        _log.warning("The keyword index failed and will be seen to: %s", error)
        self._index, self._suspect = None, True

    def _watch_lag(self) -> None:
        behind = self._archive.last_change() != self.change
        if not behind:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = time.monotonic()


class KeywordReader(KeywordKeeper):
    """Reads the index that another process keeps."""

    def close(self) -> None:
        """Let go of the files."""
        self._index = None

    def _advance(self) -> bool:
        directory = self._place.current()
        index = self._index
        if index is None or index.directory != directory or not index.present or self._suspect:
            self._suspect = False
            index = KeywordIndex.open(directory, write=False) if directory is not None else None
        elif index.state.change != self._archive.last_change():
            index.reload()
        self._index = index if index is not None and self._usable(index) else None
        return False

    def _usable(self, index: KeywordIndex) -> bool:
        built = index.state
        return whole(built) and built.format == FORMAT and built.suits(self._archive.identity)

    def _let_fail(self, error: Exception) -> None:
        if isinstance(error, IndexBroken):
            self._index = None


_STEP = 5_000  # changes in one commit; a commit costs 20 to 30 ms


class KeywordOwner(KeywordKeeper):
    """Updates the index from the archive, or rebuilds it in a fresh directory and then switches to that.

    An index that was not closed cleanly is rebuilt, but answers meanwhile if it can be opened: tantivy's commits are
    atomic (no harm in 20 kills), and each hit is looked up in the archive.
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
            last = self._archive.last_change()
            built = catch_up(target, target.state, self._archive, last=last, changes=_STEP)
            if whole(built):
                self._take(target)
            if built.change == last and not self._compared:
                compare(target, built, self._archive)
                self._compared = True
            return built.change < last
        except IndexOutdated as why:
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
        if index.state.format != FORMAT or not index.state.suits(identity):
            index.close()
            return
        self._index = index if whole(index.state) else None
        self._target = index if clean else None
        self._place.sweep(keep=directory)

    def _begin(self, identity: Identity) -> KeywordIndex:
        """A new index to write. With nothing that answers meanwhile it is the current one at once, or after a stop
        all work would begin anew."""
        self._suspect = False
        self._drop_target()
        built = IndexState(FORMAT, without_model(identity), begun=self._archive.last_change())
        target = KeywordIndex.create(self._place.fresh(), built)
        self._target, self._compared = target, True  # what was built from the archive needs no comparison
        if self._index is None:
            self._place.adopt(target.directory, begun=built.begun)
            self._place.sweep(keep=target.directory)
        return target

    def _take(self, target: KeywordIndex) -> None:
        """Let a whole index answer, and remove the one before."""
        if self._index is not target:
            self._place.adopt(target.directory, begun=target.state.begun)
            self._index = target
            self._place.sweep(keep=target.directory)

    def _drop_target(self) -> None:
        target, self._target = self._target, None
        if target is not None:
            target.close()

    def _let_fail(self, error: Exception) -> None:
        """A broken index is left behind, to be built anew."""
        if isinstance(error, (IndexBroken, OSError)):
            if self._index is self._target:
                self._index = None
            self._drop_target()
