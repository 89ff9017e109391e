"""Keeps the keyword index complete in the process that may write it, and serves retrieval in every process."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from rag.errors import TelalError
from rag.store.archive.archive import Archive
from rag.store.backends import KeywordIndex, keyword_index
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
    without_model,
)
from rag.store.upkeep.checksums import IndexDamaged
from rag.store.upkeep.follower import Follower, OpenIndex
from rag.store.upkeep.index_directory import IndexDirectory, cut_or_swapped, inode, take_clean_mark

FORMAT = 5  # raise it with the words, the folding or what is stored: every index is then rebuilt

_STEP = 5_000  # changes in one commit; a commit costs 20 to 30 ms
_LATE_S = 3.0  # a reader is not told of a shorter lag

REBUILDING_NOTICE = "The keyword index is being built; until it is whole, questions are answered by meaning alone."
UNUSABLE = "The keyword index cannot be used at the moment; questions are answered by meaning alone."
LAGGING_NOTICE = "The keyword index lags behind the archive; the newest articles are found by meaning alone."

Result = TypeVar("Result")

_log = logging.getLogger(__name__)


class KeywordFollower(Follower[KeywordIndex]):
    """Answers from the keyword index; while there is none, search by meaning answers alone, and `notice` says so.

    The owner of the data directory brings the index up to the archive, or rebuilds it in a fresh directory and then
    switches to that; other processes read it. An index that was not closed cleanly is rebuilt, but answers meanwhile
    if it can be opened: tantivy's commits are atomic (no harm in 20 kills), and each hit is looked up in the archive.
    """

    name = "The keyword index"

    def __init__(self, archive: Archive, place: IndexDirectory, made_by: str) -> None:
        """`made_by`: the name of the index's class (rag/store/backends.py)."""
        super().__init__(archive, place)
        self._made_by = made_by
        self._owner = False
        self._answering: OpenIndex[KeywordIndex] | None = None  # always whole
        self._writing: OpenIndex[KeywordIndex] | None = None  # the same one, once it is whole
        self._searched = False  # for what an earlier process left
        self._suspect = False  # a search failed
        self._compared = False
        self._verified: KeywordIndex | None = None  # the one whose files were compared with their checksums
        self.mended: list[str] = []  # what was wrong with indexes that were built anew
        self._behind_since: float | None = None

    @property
    def index(self) -> KeywordIndex | None:
        """The index that answers; None while there is none, or none that is whole."""
        answering = self._answering
        return answering.index if answering is not None else None

    @property
    def change(self) -> int:
        """The last change that the answering index took in; 0 without one."""
        answering = self._answering
        return answering.built.change if answering is not None else 0

    @property
    def owner(self) -> bool:
        """Does this process write the index?"""
        return self._owner

    def own(self) -> None:
        """From now on this process writes."""
        with self._lock:
            self._owner = True
            self._answering = None

    def ask(self, question: Callable[[KeywordIndex], Result], otherwise: Result) -> Result:
        """What a question finds in the index; `otherwise` while there is none."""
        index = self.index
        if index is None:
            return otherwise
        try:
            return question(index)
        except Exception as error:  # an index of one's own may raise anything
            _log.warning("The keyword index failed and will be seen to: %s", error)
            self._answering, self._suspect = None, True
            if isinstance(error, IndexDamaged):
                self._drop_damaged(error)
            return otherwise

    def notice(self, last: int) -> str | None:
        """What a reader should know, the archive being at change `last`; None when all is well."""
        if last == 0 or self.change == last:
            self._behind_since = None
            return None
        if self._answering is None:
            return UNUSABLE if self._failing else REBUILDING_NOTICE
        since = self._behind_since
        return LAGGING_NOTICE if since is not None and time.monotonic() - since > _LATE_S else None

    def step(self) -> bool:
        """See Follower.step; also looks how far the index lags behind."""
        more = super().step()
        if not self._failing:
            if self._archive.last_change() == self.change:
                self._behind_since = None
            elif self._behind_since is None:
                self._behind_since = time.monotonic()
        return more

    def problem(self) -> str | None:
        """How the index differs from the archive; None when it does not."""
        with self._lock:
            answering = self._answering
            if answering is None:
                return "there is none"
            return difference(self._archive, answering.built.change, answering.index.count)

    def verify(self) -> None:
        """Compare the files of the index that answers with their checksums; what is damaged is built anew."""
        with self._lock:
            try:
                self._compare_files()
            except IndexDamaged as error:
                _log.warning("The keyword index is built anew: %s", error)
                self._drop_damaged(error)
                self.rebuild()

    def rebuild(self) -> None:
        """Build anew, whatever is there, to the end."""
        with self._lock:
            self._suspect = True
            while self.step():
                pass

    def close(self) -> None:
        """Let go of the files, and leave the mark of a clean close beside what is whole or can be built on."""
        with self._lock:
            writing, self._writing, self._answering = self._writing, None, None
            self._searched = False
            if writing is not None:
                self._close_cleanly(writing)

    def _advance(self) -> bool:
        identity = self._archive.identity
        if identity is None:  # nothing was ever written
            return False
        # The owner compares before it writes to them; a reader those that it has just opened, before they are replaced.
        more = False if self._owner else self._read(identity)
        if self.index is not self._verified:
            self._compare_files()
        return self._write(identity) if self._owner else more

    def _compare_files(self) -> None:
        """Raises IndexDamaged; of an index without checksums nothing is known."""
        self._verified = index = self.index
        verify = getattr(index, "verify", None)
        if verify is not None:
            verify()

    def _drop_damaged(self, why: IndexDamaged) -> None:
        self._answering, self._suspect = None, True
        if why.message not in self.mended:
            self.mended.append(why.message)

    def _read(self, identity: Identity) -> bool:
        """Opens what another process writes, and looks how far that is."""
        directory, answering = self._place.current(), self._answering
        if answering is None or answering.directory != directory or not answering.present or self._suspect:
            self._suspect = False
            answering = self._opened(directory, identity, write=False) if directory is not None else None
        elif answering.built.change != self._archive.last_change():
            built = self._state_of(answering.index, identity)
            answering = replace(answering, built=built) if built is not None else None
        self._answering = answering if answering is not None and whole(answering.built) else None
        return False

    def _write(self, identity: Identity) -> bool:
        """Brings the index up to the archive, or begins a new one."""
        if not self._searched:
            self._take_over(identity)
            if self._answering is not None and self._writing is None:
                return True  # a start waits for no more than this: 5 s of CPU for 50,000 passages that are built anew
        try:
            writing = self._writing
            if writing is None or self._suspect or not writing.present:
                writing = self._begin(identity)
            last = self._archive.last_change()
            built = catch_up(writing.index, writing.built, self._archive, last=last, changes=_STEP)
            self._writing = writing = replace(writing, built=built)
            if whole(built):
                self._switch(writing)
            if built.change == last and not self._compared:
                compare(writing.index, built, self._archive)
                self._compared = True
            return built.change < last
        except IndexOutdated as why:
            _log.info("The keyword index is built anew: %s.", why)
            self._answering = self._answering if why.servable else None
            self._begin(identity)
            return True

    def _take_over(self, identity: Identity) -> None:
        """Take what the directory holds: to go on with it, to answer until another one is built, or not at all."""
        self._searched = True
        directory = self._place.current()
        if directory is None:
            return
        if cut_or_swapped(directory):
            self.mended.append(f"A file of {directory} has another size than it was closed with.")
            _log.warning("The keyword index is built anew: %s", self.mended[-1])
            return
        clean = take_clean_mark(directory)
        try:
            found = self._opened(directory, identity, write=clean)
        except IndexBroken as error:
            _log.warning("The keyword index cannot be opened and is built anew: %s", error)
            self.mended.append(error.message)
            return
        if found is not None:
            self._answering = found if whole(found.built) else None
            self._writing = found if clean else None
            self._place.sweep(keep=directory)

    def _opened(self, directory: Path, identity: Identity, *, write: bool) -> OpenIndex[KeywordIndex] | None:
        """The index in a directory; None when it is of another class, format or chunking."""
        index = keyword_index(self._made_by)(directory, write=write)
        built = self._state_of(index, identity)
        if built is None:
            self._close_index(index)
            return None
        return OpenIndex(index, built, directory, inode(directory))

    def _state_of(self, index: KeywordIndex, identity: Identity) -> IndexState | None:
        """What an index was built from; None when that cannot be used."""
        built = index.state()
        usable = built is not None and built.is_of(self._made_by, FORMAT) and built.suits(identity)
        return built if usable else None

    def _begin(self, identity: Identity) -> OpenIndex[KeywordIndex]:
        """A new index to write. With nothing that answers meanwhile it is the current one at once, or after a stop
        all work would begin anew."""
        self._suspect = False
        self._drop_writing()
        last = self._archive.last_change()
        built = IndexState(FORMAT, without_model(identity), begun=last, made_by=self._made_by)
        directory = self._place.fresh()
        index = keyword_index(self._made_by)(directory, write=True)
        index.apply(NO_KEYS, (), built)
        writing = OpenIndex(index, built, directory, inode(directory))
        self._writing, self._compared = writing, True  # what was built from the archive needs no comparison
        if self._answering is None:
            self._place.adopt(directory, begun=last)
            self._place.sweep(keep=directory)
        return writing

    def _switch(self, writing: OpenIndex[KeywordIndex]) -> None:
        """Let a whole index answer, and remove the one before."""
        answering, self._answering = self._answering, writing
        if (answering is None or answering.index is not writing.index) and writing.directory is not None:
            self._place.adopt(writing.directory, begun=writing.built.begun)
            self._place.sweep(keep=writing.directory)

    def _drop_writing(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            self._close_index(writing.index)

    def _let_fail(self, error: Exception) -> None:
        """A broken index is left behind, to be built anew; nothing is wrong with it where the archive cannot be
        read."""
        if isinstance(error, TelalError) and not isinstance(error, IndexBroken):
            return
        if isinstance(error, IndexDamaged):
            self._drop_damaged(error)
        if not self._owner or (self._writing is not None and self.index is self._writing.index):
            self._answering = None
        self._drop_writing()
