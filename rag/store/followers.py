"""The three indexes that follow the archive: words in tantivy, vectors in memory, and vectors in Chroma."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.config import VectorsSettings
from rag.store.archive.archive import Archive
from rag.store.backends import KeywordIndex, VectorStore, keyword_index, vector_store
from rag.store.database.records import Batch, Columns, Identity
from rag.store.upkeep.catchup import IndexBroken
from rag.store.upkeep.follower import IndexFollower, IndexOutdated, OpenIndex, Role
from rag.store.upkeep.index_directory import IndexDirectory, Mark, mark_clean, read_mark
from rag.store.vectors.language_centering import WIDER, widen
from rag.store.vectors.matrix import Matrix

_UNSAVED_SHARE = 0.25  # of the rows in memory alone: then the files are written again
_FEW_UNSAVED = 20_000

State = Literal["ready", "building", "off", "broken"]

_log = logging.getLogger(__name__)


class KeywordFollower(IndexFollower[KeywordIndex]):
    """The owner of the data directory writes the index, other processes read it.

    What a kill left answers while another one is built: tantivy's commits are atomic (no harm in 20 kills), and each
    hit is looked up in the archive.
    """

    name = "The keyword index"
    format = 5  # raise it with the words, the folding or what is stored
    outlives_kills = True  # a commit costs 20 to 30 ms

    def __init__(self, archive: Archive, place: IndexDirectory, made_by: str) -> None:
        """`made_by`: the name of the index's class (rag/store/backends.py)."""
        super().__init__(archive, place)
        self.made_by = made_by

    def _role(self) -> Role:
        return "write" if self.owner else "read"

    def _open(self, directory: Path | None, *, write: bool, empty: bool) -> KeywordIndex:
        assert directory is not None
        return keyword_index(self.made_by)(directory, write=write)

    def _identity_of(self, identity: Identity) -> Identity:
        """It stays valid when the archive gets the vectors of another model."""
        return Identity("", 0, identity.chunking)


class MatrixFollower(IndexFollower[Matrix]):
    """Every process holds the vectors itself. The owner of the data directory writes them to files once they are whole,
    and others map these and read what came since from the archive."""

    name = "The index of exact vectors"
    made_by = "matrix"
    format = 1
    changes = 20_000  # whose vectors are read at once

    def __init__(self, archive: Archive, place: IndexDirectory, *, dimension: int) -> None:
        super().__init__(archive, place)
        self._files, self._dimension = place, dimension
        self._saved = 0  # the change that the files hold

    def _role(self) -> Role:
        return "write"

    def _open(self, directory: Path | None, *, write: bool, empty: bool) -> Matrix:
        return Matrix(self._dimension) if empty or directory is None else Matrix.load(directory, self._dimension)

    def _opened(self, directory: Path | None, identity: Identity, *, write: bool) -> OpenIndex[Matrix] | None:
        found = super()._opened(directory, identity, write=write)
        if found is None:
            return None
        self._saved = found.built.change
        return OpenIndex(found.index, found.built)  # in memory from now on: what is written goes into other files

    def _claim(self, directory: Path) -> Mark:
        return read_mark(directory, take=False)  # nothing is written into them again

    def _fresh(self) -> None:
        self._saved = 0

    def _added(self, since: int, upto: int) -> Iterable[Columns]:
        return [self._archive.columns(since, upto)]

    def _taken_in(self, writing: OpenIndex[Matrix], last: int) -> OpenIndex[Matrix]:
        try:
            return super()._taken_in(writing, last)
        except IndexBroken as error:
            raise IndexOutdated(error.message) from error

    def _switch(self, writing: OpenIndex[Matrix]) -> None:
        unsaved, passages = writing.index.unsaved, writing.index.count()
        if self.owner and (self._saved == 0 or unsaved > max(_FEW_UNSAVED, _UNSAVED_SHARE * passages)):
            writing = self._save(writing)
        super()._switch(writing)

    def _let_go(self) -> None:
        writing = self._writing
        if self.owner and writing is not None and writing.built.whole and writing.built.change != self._saved:
            self._save(writing)
        super()._let_go()

    def _save(self, writing: OpenIndex[Matrix]) -> OpenIndex[Matrix]:
        """Write all vectors to new files, and map these."""
        self._saved = writing.built.change
        try:
            directory = self._files.fresh()
            writing.index.save(directory)
            mark_clean(directory)
            self._files.adopt(directory, begun=writing.built.begun)
            self._files.sweep(keep=directory)
            self._writing = OpenIndex(Matrix.load(directory, self._dimension), writing.built)
            return self._writing
        except (OSError, IndexBroken) as error:  # no room, or no right to write
            _log.warning("The vectors are kept in memory alone: %s", error)
            return writing


class StoreFollower(IndexFollower[VectorStore]):
    """Fills the vector store, and answers questions without a filter from it once it is full.

    A store in a directory is opened only by the owner of the data directory: what a kill left of Chroma can crash the
    process that opens it (3 of 68 kills). A store on a server may be searched by all. Among the owners of all data
    directories that share an archive, one holds the lease to write to it, and another takes over within ten seconds.
    After an error it is opened again, and filled anew when it does not hold as many passages as the archive.
    """

    name = "The vector store"
    format = 3
    changes = 200  # half a second, and a close waits no longer; larger steps are no faster
    answers_outdated = False  # the matrix does

    def __init__(
        self,
        archive: Archive,
        place: IndexDirectory,
        settings: VectorsSettings,
        *,
        dimension: int,
        means: Callable[[], Mapping[str, NDArray[np.float32]]],
    ) -> None:
        """`means`: the mean passage of each language family."""
        super().__init__(archive, place if settings.url is None else None)
        self._means = means
        self.made_by = settings.store or ""
        self._own_files, self._settings, self._dimension = place, settings, dimension + WIDER
        self._lease = archive.lease(f"vectors {settings.collection}")

    @property
    def reached(self) -> int | None:
        """The last change that is in, also while it is filled; None while it is not open."""
        opened = self._writing or self._answering
        return opened.built.change if opened is not None else None

    @property
    def used(self) -> bool:
        """Is there one, by the settings, that this process may ask?"""
        return self._settings.store is not None and (self.owner or self._settings.url is not None)

    @property
    def state(self) -> State:
        """`ready`: searched; `building`: soon; `broken`: tried again after a pause; `off`: by setting, or beside an
        owner."""
        if not self.used:
            return "off"
        if self.index is not None:
            return "ready"
        return "broken" if self.failing else "building"

    def forget_erased(self) -> None:
        """While it is not open, remove its files when an article in them was erased, or when they are not used."""
        with self._lock:
            if self.owner and self.reached is None and self._own_files.current() is not None:
                if (
                    self._place is None
                    or not self.used
                    or self._archive.erased_since(self._own_files.building_change())
                ):
                    self._own_files.sweep(keep=None)

    def close(self) -> None:
        super().close()
        self._lease.release()

    def _role(self) -> Role:
        if not self.used:
            return "off"
        if self._settings.url is None:
            return "write"
        return "write" if self.owner and self._lease.hold() else "read"

    def _added(self, since: int, upto: int) -> Iterable[Batch]:
        for batch in self._archive.read_added(since, upto):
            languages = [passage.language for passage in batch.passages]
            yield replace(batch, vectors=widen(batch.vectors, languages, self._means()))

    def _open(self, directory: Path | None, *, write: bool, empty: bool) -> VectorStore:
        made = vector_store(self.made_by)
        return made(self._settings, directory, dimension=self._dimension, empty=empty)
