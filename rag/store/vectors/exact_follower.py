"""Keeps the exact vectors up with the archive: in files where this process may write, else in memory."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator

import numpy as np

from rag.errors import TelalError
from rag.store.archive.archive import Archive
from rag.store.database.records import Identity
from rag.store.upkeep.catchup import Backoff, IndexBroken, IndexState, difference, of_this_history
from rag.store.upkeep.checksums import IndexDamaged, Untouched
from rag.store.upkeep.index_directory import IndexDirectory
from rag.store.vectors.exact_files import FORMAT, FileVectors, check, load, stamp
from rag.store.vectors.exact_vectors import ExactVectors

_WINDOW = 20_000  # changes whose vectors are in memory at once
_TAIL = 2_000  # passages that a reader keeps in memory before it looks at what the owner has written since
_DEAD_SHARE = 0.25  # removed rows are only masked until they are this share, then left behind in new files
_FEW_DEAD = 1_000  # not worth new files
_SAMPLE = 64  # vectors that are compared with the archive's
_SOON = 20_000  # so many are made anew within half a second: a question waits for them rather than to go without
_AT_ONCE = 8_000_000  # bytes that are compared with their checksums in a turn: 8 ms
_AGAIN_S = 3600.0  # after so long they are compared again
_TOUCHED_S = 60.0  # the same in a process that only reads them, where somebody has written to them: mostly their owner

DAMAGED_NOTICE = "The vectors are being read from the archive again; until then, questions are answered by words alone."

_log = logging.getLogger(__name__)


class _Stopped(Exception):
    """The process is to end: work in progress is left as it is, and resumed at the next start."""


class ExactFollower:
    """Exact search that follows the archive. The owner of the data directory writes the files, and every process maps
    them.

    In memory are only the vectors that came since the files were written, or all of them where there are no files.
    """

    def __init__(
        self, archive: Archive, place: IndexDirectory, *, dimension: int, stop: threading.Event | None = None
    ) -> None:
        """`stop`: when it is set, catching up ends between two steps."""
        self._archive = archive
        self._stop = stop or threading.Event()
        self._place = place
        self._dimension = dimension
        self._lock = threading.RLock()
        self._vectors = ExactVectors(dimension)
        self._files: FileVectors | None = None  # the same vectors, when this process writes them
        self._built: IndexState | None = None  # what the files hold
        self._owner = False
        self._compared = False
        self._backoff = Backoff()  # after the disk was full
        self._seen: tuple[str, int, int] | None = None
        self._identity: Identity | None = None  # of these vectors: two models' are never held side by side
        self._change = 0
        self._mark = ""  # of that change in the archive
        self._mapped_files: Untouched | None = None  # None: nothing is mapped, or this process writes just now
        self._doubt = False  # somebody else wrote to the files
        self.mended: list[str] = []  # what was wrong with files that were made anew
        self._checking: Iterator[int] | None = None
        self._checked_at = time.monotonic()

    @property
    def vectors(self) -> ExactVectors:
        """The vectors of all passages that may answer; none while it is not certain that the files are whole."""
        mapped = self._mapped_files
        if mapped is not None and (mapped.touched if self._files is not None else mapped.cut):
            self._doubt = True
        if self._doubt and self.passages <= _SOON:
            with contextlib.suppress(TelalError):  # the archive is busy
                self.catch_up()
        return ExactVectors(self._dimension) if self._doubt else self._vectors

    @property
    def notice(self) -> str | None:
        """What a reader should know; None when all is well."""
        return DAMAGED_NOTICE if self._doubt else None

    @property
    def change(self) -> int:
        """The last change of the archive that was seen."""
        return self._change

    @property
    def passages(self) -> int:
        """How many passages can be found."""
        return len(self._vectors)

    def own(self) -> None:
        """From now on this process keeps the files."""
        with self._lock:
            self._owner = True

    def catch_up(self) -> bool:
        """Take in what came since. Was there anything?"""
        with self._lock:
            identity = self._archive.identity
            self._identity = self._identity or identity
            if (
                identity is None or identity != self._identity
            ):  # nothing written yet; or embedded anew (`telal reindex`)
                return False
            last = self._archive.last_change()
            before = self._vectors, self._change
            self._resolve()
            try:
                if self._owner and self._backoff.due:
                    self._keep(identity, last)
                    self._backoff.reset()
                else:
                    self._read(identity, last)
            except _Stopped:
                return False
            except OSError as error:  # no room, or no right to write
                _log.warning("The exact vectors are kept in memory until their files can be written: %s", error)
                self._files, self._seen = None, None
                self._backoff.lengthen()
                self._read(identity, last)
            self._doubt = False
            return before != (self._vectors, self._change)

    def compare(self) -> bool:
        """Go on comparing the files with their checksums, and what was opened with the archive, once; they are made
        anew where they differ. Did they?"""
        with self._lock:
            if self._doubt:
                return False
            try:
                self._check_on()
            except IndexBroken as error:
                self._lose(error)
                self.catch_up()
                return True
            if self._files is None or self._compared:
                return False
            self._compared = True
            if (found := self.problem()) is None:
                return False
            _log.warning("The exact vectors are made anew: %s.", found)
            self.rebuild()
            return True

    def verify(self) -> None:
        """Compare all files with their checksums; they are made anew where they are damaged."""
        with self._lock:
            directory = self._place.current()
            if self._mapped_files is None or directory is None:
                return
            try:
                for _ in check(directory, self._dimension):
                    pass
            except IndexBroken as error:
                self._lose(error)
                self.catch_up()

    def _resolve(self) -> None:
        """Where somebody else wrote to the files: are they still what was written?"""
        mapped, directory = self._mapped_files, self._place.current()
        if mapped is None or not (self._doubt or (self._files is not None and mapped.touched)):
            return
        self._doubt = True
        try:
            if directory is None:
                raise IndexBroken("Their directory is gone.")
            for _ in check(directory, self._dimension):
                pass
            self._mapped_files = load(directory, self._dimension).files(directory)
        except IndexBroken as error:
            self._lose(error)

    def _check_on(self) -> None:
        """Compare the next blocks. Raises IndexBroken."""
        directory, mapped = self._place.current(), self._mapped_files
        if self._checking is None:
            if directory is None or mapped is None:
                return
            since = time.monotonic() - self._checked_at
            touched = self._files is None and since > _TOUCHED_S and mapped.touched
            if since < _AGAIN_S and not touched:
                return
            if touched:
                self._mapped_files = load(directory, self._dimension).files(directory)
            self._checking = check(directory, self._dimension)
        done = 0
        for size in self._checking:
            done += size
            if done > _AT_ONCE:
                return
        self._checking, self._checked_at = None, time.monotonic()

    def _lose(self, why: IndexBroken) -> None:
        """The files are damaged: nothing that is mapped is used any more."""
        _log.warning("The exact vectors are made anew from the archive: %s", why)
        self.mended.append(why.message)
        self._doubt = True
        self._vectors = ExactVectors(self._dimension)
        self._files = self._built = self._mapped_files = self._checking = None
        self._change, self._mark = 0, ""
        directory = self._place.current()
        self._seen = stamp(directory) if directory is not None else None
        if self._owner:
            self._place.sweep(keep=None)

    def problem(self) -> str | None:
        """How the vectors differ from the archive's; None when they do not or the archive moves."""
        view, change = self._vectors.view(), self._change
        found = difference(self._archive, change, lambda: len(view))
        if found is not None or self._archive.last_change() != change:
            return found
        held = view.keys()
        some = held[np.linspace(0, len(held) - 1, min(_SAMPLE, len(held))).astype(np.int64)]
        stored = self._archive.vectors(some)
        units = np.ascontiguousarray(stored.vectors)
        off = sum(
            abs(view.scores(unit, [key]).get(int(key), 0.0) - float(unit @ unit)) > 1e-3
            for key, unit in zip(stored.keys.tolist(), units, strict=True)
        )
        return f"{off} of {len(some)} vectors are others" if off else None

    def rebuild(self) -> None:
        """Make the files anew, whatever is there; only as the owner."""
        with self._lock:
            if self._owner and (identity := self._archive.identity) is not None:
                with contextlib.suppress(_Stopped):
                    self._begin(identity, self._archive.last_change())

    def close(self) -> None:
        """Let go of the files. What was committed stays."""
        with self._lock:
            self._files = None

    def _keep(self, identity: Identity, last: int) -> None:
        """Bring the files up to the last change; new ones are made where they cannot be used."""
        files, built = self._files, self._built
        try:
            if files is None or built is None:
                files, built = self._open()
            ours = built.identity == identity and built.change <= last and of_this_history(built, self._archive)
            if not ours or self._worn(files):
                raise IndexBroken("They are of another archive or model, or hold much that was removed.")
            self._use(files, self._taken_in(files, built, last))
        except IndexDamaged as why:
            self._lose(why)
            self._begin(identity, last)
        except IndexBroken as why:
            _log.info("The exact vectors are made anew: %s", why)
            self._begin(identity, last)

    def _open(self) -> tuple[FileVectors, IndexState]:
        directory = self._place.current()
        if directory is None:
            raise IndexBroken("There are none.")
        self._place.sweep(keep=directory)
        self._compared = False
        self._checking = check(directory, self._dimension)
        self._check_on()  # small files whole, before anybody is answered from them
        return FileVectors.open(directory, self._dimension)

    def _begin(self, identity: Identity, last: int) -> None:
        """Files from nothing; the vectors at hand answer until they are whole."""
        files = FileVectors(self._place.fresh(), self._dimension)
        built = self._taken_in(files, IndexState(FORMAT, identity, begun=last), last)
        self._place.adopt(files.directory, begun=last)
        self._place.sweep(keep=files.directory)
        self._use(files, built)
        self._compared, self._checking, self._checked_at = True, None, time.monotonic()

    def _use(self, files: FileVectors, built: IndexState) -> None:
        self._vectors = self._files = files
        self._mapped_files = self._mapped_files or files.files()
        self._built, self._change, self._mark = built, built.change, built.mark

    def _read(self, identity: Identity, last: int) -> None:
        """Map what the owner has written, or go on with what is at hand, and add what came since in memory."""
        found = self._mapped(identity, last)
        if found is None and self._archive.mark(self._change) != self._mark:  # an older archive was put in its place
            found = ExactVectors(self._dimension), 0
        vectors, change = found or (self._vectors, self._change)
        try:
            self._taken_in(vectors, IndexState(FORMAT, identity, change=change), last)
        except IndexBroken:  # of another archive
            vectors = ExactVectors(self._dimension)
            self._taken_in(vectors, IndexState(FORMAT, identity), last)
        self._vectors, self._change, self._mark = vectors, last, self._archive.mark(last)

    def _mapped(self, identity: Identity, last: int) -> tuple[ExactVectors, int] | None:
        """What the owner has written and its last change; None when it is not worth looking, or cannot be used."""
        directory = self._place.current()
        seen = stamp(directory) if directory is not None else None
        if directory is None or seen is None or seen == self._seen:
            return None
        elsewhere = self._seen is None or seen[0] != self._seen[0]
        if not elsewhere and self._vectors.in_memory < _TAIL:
            return None
        self._seen = seen
        try:
            saved = load(directory, self._dimension)
            self._checking = check(directory, self._dimension)
            self._check_on()
            self._mapped_files = saved.files(directory)
        except IndexBroken as error:
            _log.warning("The exact vectors are read from the archive: %s", error)
            return None
        if saved.state.identity != identity or saved.state.change > last:
            return None
        if not of_this_history(saved.state, self._archive):
            return None
        return ExactVectors(self._dimension, saved.view), saved.state.change

    def _worn(self, files: FileVectors) -> bool:
        """Are many of the rows removed ones?"""
        dead = sum(part.dead for part in files.view().parts)
        return dead > _FEW_DEAD and dead > _DEAD_SHARE * (dead + len(files))

    def _taken_in(self, vectors: ExactVectors, built: IndexState, last: int) -> IndexState:
        """The changes up to the last, some at a time. The new come before the old go: a changed article is always
        found."""
        while built.change < last:
            if self._stop.is_set():
                raise _Stopped
            if isinstance(vectors, FileVectors):
                self._mapped_files = None
            upto = min(built.change + _WINDOW, last)
            vectors.add(self._archive.columns(built.change, upto))
            if built.change > 0:
                vectors.remove(self._archive.removed_keys(built.change, upto))
            built = built.up_to(upto, self._archive.mark(upto))
            if isinstance(vectors, FileVectors):
                vectors.commit(built)
        return built
