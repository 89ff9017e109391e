"""Brings an index to the archive's last change, some changes at a time, or builds it anew; searches never wait."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from rag.errors import TelalError
from rag.store.archive.archive import Archive
from rag.store.database.records import Identity
from rag.store.upkeep.catchup import NO_KEYS, FollowingIndex, IndexBroken, IndexState
from rag.store.upkeep.index_directory import IndexDirectory, Mark, mark_clean, read_mark

_log = logging.getLogger(__name__)

Role = Literal["write", "read", "off"]
Index = TypeVar("Index", bound=FollowingIndex)
Result = TypeVar("Result")

_FIRST_S, _MOST_S = 0.5, 30.0  # the pause after a failure, which doubles with every further one in a row


class IndexOutdated(Exception):
    """The index cannot be brought up to the archive and must be built anew.

    `servable`: its answers are right until then, as far as the archive still knows the passages.
    """

    def __init__(self, reason: str, *, servable: bool = False) -> None:
        super().__init__(reason)
        self.servable = servable


@dataclass(frozen=True, slots=True)
class OpenIndex(Generic[Index]):
    """An index that is open, and what it was built from. `directory`: None in memory or on a server."""

    index: Index
    built: IndexState
    directory: Path | None = None


class IndexFollower(ABC, Generic[Index]):
    """Keeps one index complete beside the archive. `step` does a part of the work, in one thread at a time.

    An index is a cache. It is gone on with where it was closed cleanly and its files are as they were then; without
    that, and after every error, another one is built in a fresh directory. The index that answers is always whole.
    """

    name: str  # in the log and for `telal doctor`
    made_by: str  # the name of the index's class
    format: int  # raised with what is stored: every index is then rebuilt
    changes = 5_000  # taken in at once
    outlives_kills = False  # what a kill left may be opened: it answers until another one is built
    answers_outdated = True  # so does one that holds an article that was erased

    def __init__(self, archive: Archive, place: IndexDirectory | None) -> None:
        """`place`: None for an index on a server."""
        self.owner = False  # of the data directory
        self.failing = False
        self.level_at = time.monotonic()  # when the index last held all that the archive did
        self.mended: list[str] = []  # what was wrong with files that were made anew
        self._archive = archive
        self._place = place
        self._lock = threading.RLock()
        self._role_played: Role | None = None
        self._answering: OpenIndex[Index] | None = None  # once it is whole
        self._writing: OpenIndex[Index] | None = None  # the same one, once it is whole
        self._identity: Identity | None = None  # of the archive, when it was first seen
        self._looked = False  # for what an earlier process left
        self._uncounted = False  # what it left holds perhaps not as many passages as the archive
        self._suspect = False  # a search failed
        self._due_at, self._pause_s = 0.0, _FIRST_S

    @property
    def index(self) -> Index | None:
        """The index that answers; None while there is none that is whole."""
        answering = self._ready
        return answering.index if answering is not None else None

    @property
    def change(self) -> int:
        """The last change that the answering index took in; 0 without one."""
        answering = self._ready
        return answering.built.change if answering is not None else 0

    @property
    def _ready(self) -> OpenIndex[Index] | None:
        answering = self._answering
        return answering if answering is not None and answering.built.whole and not self._suspect else None

    def ask(self, question: Callable[[Index], Result], otherwise: Result) -> Result:
        """What a question finds in the index; `otherwise` while there is none. After an error it is seen to."""
        if (index := self.index) is None:
            return otherwise
        try:
            return question(index)
        except Exception as error:  # an index of one's own may raise anything
            if self.index is index:  # else it was closed meanwhile
                _log.warning("%s failed and will be seen to: %s", self.name, error)
                self._suspect = self.failing = True
            return otherwise

    def step(self) -> bool:
        """Do some of the work that is due. Is there more? What fails is tried again later."""
        with self._lock:
            if time.monotonic() < self._due_at:
                return False
            try:
                more = self.advance()
            except Exception as error:  # an index of one's own may raise anything
                known = isinstance(error, (TelalError, OSError))
                _log.warning("%s cannot be kept: %s", self.name, error, exc_info=None if known else error)
                if isinstance(error, IndexBroken) or not isinstance(error, TelalError):  # else the archive is busy
                    self._lose()
                self.failing = True
                self._due_at = time.monotonic() + self._pause_s
                self._pause_s = min(2 * self._pause_s, _MOST_S)
                return False
            self._pause_s = _FIRST_S
            return more

    def advance(self) -> bool:
        """One step; is there more to do?"""
        with self._lock:
            role, identity = self._role(), self._archive.identity
            if role != self._role_played:
                self._let_go()
                self._role_played = role
            if self._suspect:
                self._lose()
            own = self._identity_of(identity) if identity is not None else None
            self._identity = self._identity or own
            if role == "off" or own is None or own != self._identity:  # or embedded anew: the question's vector is not
                return False
            last = self._archive.last_change()
            more = self._write(own, last) if role == "write" else self._read(own, last)
            self.failing = False
            if self.change == last:
                self.level_at = time.monotonic()
            return more

    def difference(self) -> str | None:
        """How the index differs from the archive, in plain words; None when it holds as many passages or the archive
        moves."""
        with self._lock:
            if (answering := self._ready) is None:
                return "there is none"
            change = answering.built.change
            if self._archive.last_change() != change:
                return None
            wanted, held = self._archive.count_live(change), answering.index.count()
            if held == wanted or self._archive.last_change() != change:
                return None
            return f"it holds {held:,} passages, the archive {wanted:,}"

    def rebuild(self) -> None:
        """Build it anew, whatever is there, to the end."""
        with self._lock:
            self._due_at, self._role_played = 0.0, self._role()
            self._lose()
            self._looked = True
            while self.step():
                pass

    def close(self) -> None:
        """Let go, and leave the mark of a clean close beside what is whole or can be built on. May be called twice."""
        with self._lock:
            self._let_go()

    # what a kind of index says of itself

    @abstractmethod
    def _role(self) -> Role:
        """What this process does with the index at the moment."""

    @abstractmethod
    def _open(self, directory: Path | None, *, write: bool, empty: bool) -> Index:
        """The index that is there, or an empty one."""

    def _added(self, since: int, upto: int) -> Iterable[Any]:
        """What the index takes in of some changes."""
        return self._archive.read_added(since, upto)

    def _identity_of(self, identity: Identity) -> Identity:
        """What of the archive's identity the index depends on."""
        return identity

    def _claim(self, directory: Path) -> Mark:
        """How a directory was left, before the index in it is opened for writing."""
        return read_mark(directory, take=True)

    def _fresh(self) -> Path | None:
        """An empty directory for a new index."""
        return self._place.fresh() if self._place is not None else None

    # the work

    def _write(self, identity: Identity, last: int) -> bool:
        """Brings the index up to the archive, or begins a new one."""
        if not self._looked:
            self._looked = True
            self._take_left(identity)
            if self._answering is not None and self._writing is None:
                return True  # a start waits for no more than this: 5 s of CPU for 50,000 passages that are built anew
        try:
            writing = self._writing
            if writing is None or (writing.directory is not None and not writing.directory.is_dir()):
                writing = self._begin(identity, last)
            self._writing = writing = self._taken_in(writing, last)
            if writing.built.whole:
                self._switch(writing)
            if writing.built.change == last and self._uncounted:
                self._uncounted = False
                if (found := self.difference()) is not None:
                    raise IndexOutdated(found, servable=True)
            return writing.built.change < last
        except IndexOutdated as why:
            _log.info("%s is built anew: %s.", self.name, why)
            if not (why.servable and self.answers_outdated):
                self._answering = None
            self._begin(identity, last)
            return True

    def _in_use(self) -> Path | None:
        return self._place.current() if self._place is not None else None

    def _taken_in(self, writing: OpenIndex[Index], last: int) -> OpenIndex[Index]:
        """The index after the next changes. Raises IndexOutdated when its content is uncertain, or when an article in
        it was erased since: deleted text and vectors remain in the files of every index, only a fresh directory is
        without them. After a failure in the middle the same changes are taken in again, which must do no harm."""
        built = writing.built
        if built.change > last:
            raise IndexOutdated(f"it is at change {built.change}, the archive at {last}")
        if built.mark and built.mark != self._archive.mark(built.change):
            raise IndexOutdated("a backup was put in the archive's place")
        if built.change == last:
            return writing
        if self._archive.erased_since(built.begun):
            raise IndexOutdated("an article was erased", servable=True)
        upto = min(last, built.change + self.changes)
        removed = self._archive.removed_keys(built.change, upto) if built.change > 0 else NO_KEYS  # nothing is in
        after = built.up_to(upto, self._archive.mark(upto))
        writing.index.apply(removed, self._added(built.change, upto), after)
        return replace(writing, built=after)

    def _take_left(self, identity: Identity) -> None:
        """Take what the directory or the server holds: to go on with it, to answer until another one is built, or not
        at all."""
        directory, mark = self._in_use(), Mark.CLEAN
        if self._place is not None:
            if directory is None:
                return
            mark = self._claim(directory)
            if mark is Mark.OTHER:
                self._note_damage(f"A file of {directory} is not what was written.")
            if mark is Mark.OTHER or (mark is Mark.NONE and not self.outlives_kills):
                return
        clean = mark is Mark.CLEAN
        try:
            found = self._opened(directory, identity, write=clean)
        except IndexBroken as error:
            self._note_damage(error.message)
            return
        if found is None:
            return
        self._writing, self._uncounted = (found if clean else None), clean
        self._answering = found if found.built.whole else None
        if self._place is not None and self.owner:
            self._place.sweep(keep=directory)

    def _note_damage(self, what: str) -> None:
        _log.warning("%s is built anew: %s", self.name, what)
        self.mended.append(what)

    def _read(self, identity: Identity, last: int) -> bool:
        """Opens what another process writes, and looks how far that is."""
        directory, answering = self._in_use(), self._answering
        unusable = IndexState(self.format, identity, begun=1)
        if answering is None or answering.directory != directory:
            self._let_go()
            if self._place is not None and directory is None:
                return False
            answering = OpenIndex(self._open(directory, write=False, empty=False), unusable, directory)
        if answering.built.change != last:
            answering = replace(answering, built=self._state_of(answering.index, identity) or unusable)
        self._answering = answering
        return False

    def _opened(self, directory: Path | None, identity: Identity, *, write: bool) -> OpenIndex[Index] | None:
        """The index that is there; None when it is of another class, format, model or chunking."""
        index = self._open(directory, write=write, empty=False)
        built = self._state_of(index, identity)
        if built is None:
            self._closed(index)
            return None
        return OpenIndex(index, built, directory)

    def _state_of(self, index: Index, identity: Identity) -> IndexState | None:
        """What an index was built from; None when that cannot be used."""
        built = index.state()
        own = (self.made_by, self.format, identity)
        return built if built is not None and (built.made_by, built.format, built.identity) == own else None

    def _begin(self, identity: Identity, last: int) -> OpenIndex[Index]:
        """A new index to write. With nothing that answers meanwhile it is the current one at once, or after a stop
        all work would begin anew."""
        self._close_writing()
        directory = self._fresh()
        index = self._open(directory, write=True, empty=True)
        built = IndexState(self.format, identity, begun=last, made_by=self.made_by)
        index.apply(NO_KEYS, (), built)
        self._writing, self._uncounted = OpenIndex(index, built, directory), False
        if self._answering is None:
            self._adopt(self._writing)
        return self._writing

    def _switch(self, writing: OpenIndex[Index]) -> None:
        """Let a whole index answer, and remove the one before."""
        answering, self._answering = self._answering, writing
        if answering is None or answering.index is not writing.index:
            self._adopt(writing)

    def _adopt(self, writing: OpenIndex[Index]) -> None:
        if self._place is not None and writing.directory is not None:
            self._place.adopt(writing.directory, begun=writing.built.begun)
            self._place.sweep(keep=writing.directory)

    def _lose(self) -> None:
        """An index that failed is left behind: in a directory another one is built, on a server it is opened anew."""
        suspect, self._suspect, self._looked = self._suspect, False, self._place is not None
        answering, writing = self._answering, self._writing
        if suspect or writing is None or (answering is not None and answering.index is writing.index):
            self._answering = None
            if answering is not None and writing is None:
                self._closed(answering.index)
        self._close_writing()

    def _let_go(self) -> None:
        """Close what may be opened again, and say so beside its directory."""
        answering, writing, self._answering, self._looked = self._answering, self._writing, None, False
        if answering is not None and writing is None:
            self._closed(answering.index)
        elif writing is not None and self._close_writing() and writing.directory is not None:
            if writing.directory == self._in_use():
                with contextlib.suppress(OSError):  # without the mark it is built anew
                    mark_clean(writing.directory)

    def _close_writing(self) -> bool:
        writing, self._writing = self._writing, None
        return writing is not None and self._closed(writing.index)

    def _closed(self, index: Index) -> bool:
        """Close an index. Did it do so without an error?"""
        try:
            index.close()
            return True
        except Exception as error:  # an index of one's own may raise anything
            _log.warning("%s did not close cleanly: %s", self.name, error)
            return False
