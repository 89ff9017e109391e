"""Keeps every index up to date with the archive, and searches the best complete one. Retrieval uses this."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.config import Settings
from rag.errors import DiskFull, ReadOnly, TelalError
from rag.store.archive.archive import Archive
from rag.store.backends import VECTOR_STORES, KeywordQuery, VectorStore, keyword_index, vector_store
from rag.store.followers import KeywordFollower, MatrixFollower, StoreFollower
from rag.store.upkeep.catchup import IndexBroken, IndexStatus, ScoredKey, sort_scores
from rag.store.upkeep.follower import IndexFollower
from rag.store.upkeep.index_directory import IndexDirectory, OwnerLock
from rag.store.vectors.language_centering import UNKNOWN, center_query, mean_passages, mean_questions, store_queries
from rag.store.vectors.matrix import MatrixView, SearchAim
from rag.text.language import family
from rag.text.words import words
from rag.types import Filters

__all__ = ["IndexStatus", "Indexes"]

_POLL_S = 0.3  # where no commit is heard; asking the archive for its last change costs 0.1 ms
_PROMOTE_S = 2.0  # a reader tries this often to follow an owner that has ended
_CLOSE_S = 15.0
_LATE_S, _LATE_WORDS_S = 5.0, 3.0  # nobody is told of a shorter lag
_STORE_DELAY_S = 5.0  # a command that answers one question has ended by then, and need not load chromadb (0.8 s, 60 MB)

BEHIND = "This machine lags behind the archive; the newest articles are not found yet."
REBUILDING = "The keyword index is being built; until it is whole, questions are answered by meaning alone."
UNUSABLE = "The keyword index cannot be used at the moment; questions are answered by meaning alone."
LAGGING = "The keyword index lags behind the archive; the newest articles are found by meaning alone."
BROKEN = "The vector index cannot be used at the moment; exact search answers in its place."

_log = logging.getLogger(__name__)


class Indexes:
    """The keyword index, the matrix of all vectors and the vector store over one archive. Safe to use from many
    threads.

    The process that owns the data directory writes the indexes; other processes read the keyword index and map the
    matrix. An index that is lost, broken, outdated or was not closed cleanly is rebuilt from the archive in the
    background. Questions without a filter are answered from the vector store where it holds the same as the matrix and
    can take off the language bias; all others, and all while it is filled, from the matrix.
    """

    def __init__(self, archive: Archive, settings: Settings, *, dimension: int, own: bool | None = None) -> None:
        """`own`: True to own the directory (or DirectoryOwned), False to read, None to own it when nobody does."""
        self._archive = archive
        self._own = own
        self._settings = settings
        self._lock = OwnerLock(settings.data_dir)
        self._stop = threading.Event()
        root = settings.data_dir / "indexes"
        self._matrix = MatrixFollower(archive, IndexDirectory(root, "matrix"), dimension=dimension)
        self._keyword = KeywordFollower(archive, IndexDirectory(root, "keyword"), settings.search.keyword)
        self._store = StoreFollower(
            archive, IndexDirectory(root, "vectors"), settings.vectors, dimension=dimension, means=self.means
        )
        self._former = IndexDirectory(root, "exact")  # the vectors' files of an older Telal
        self._bells: list[threading.Event] = []  # of the threads: something was committed, or all is to stop
        self._model_id: str | None = None
        self._threads: list[threading.Thread] = []
        self._promoted_at = -_PROMOTE_S

    # life

    def start(self) -> None:
        """Load the vectors, open the keyword index, follow from now on; the vector store comes later, behind them.

        Raises DirectoryOwned when `own` is True and another process is the owner, BadSettings when the settings name
        a vector store or keyword index that cannot be used.
        """
        keyword_index(self._settings.search.keyword)
        store = self._settings.vectors.store
        if store is not None and store not in VECTOR_STORES:  # chromadb is loaded later
            vector_store(store)
        if self._own is True:
            self._lock.require()
        self._promote()
        try:
            self._load()
            self._keyword.step()
        except BaseException:
            self.close()
            raise
        self._run("telal-follow", self._turn)
        self._run("telal-vectors", self._store_turn, after_s=_STORE_DELAY_S)
        self._thread("telal-listen", lambda: self._archive.listen(self._ring, self._stop))

    def announce(self, address: str) -> None:
        """Write this server's address into the owner's file, for other processes' messages."""
        self._lock.announce(address)

    def refresh(self) -> None:
        """Catch up with the archive now, the vector store too if it answers. After an erasure nothing that was erased
        is left in the vector store's files."""
        self._load()
        while self._keyword.step():
            pass
        while self._store.index is not None and self._store.step():
            pass
        self._store.forget_erased()

    def close(self) -> None:
        """Stop following and close every index cleanly. May be called twice."""
        self._stop.set()
        self._ring()
        for thread in self._threads:
            thread.join(_CLOSE_S)
        stuck = {thread.name for thread in self._threads if thread.is_alive()}
        self._threads = []
        if "telal-vectors" not in stuck:  # what hangs is left without its mark
            self._store.close()
        if "telal-follow" not in stuck:
            self._keyword.close()
            self._matrix.close()
        self._lock.release()

    # searching

    def dense(
        self,
        vector: NDArray[np.float32],
        *,
        limit: int,
        filters: Filters = Filters(),  # noqa: B008
        language: str = "und",
    ) -> list[ScoredKey]:
        """The nearest passages to a unit vector (d,), best first, by cosine without its language bias.

        `language` is the question's.
        """
        view = self._view
        questions = self._questions()
        aims = center_query(view, vector, language, questions)
        if filters.empty and self._store.change == self._matrix.change:

            def nearest(store: VectorStore) -> dict[int, float]:
                asked = store_queries(vector, aims, language, questions)
                found = {hit.key for one in asked for hit in store.search(one, limit=3 * limit)}
                known = view.scores(vector, list(found), aims=aims)
                if 2 * len(known) < len(found):  # a passage that came or went this moment makes a difference of few
                    raise IndexBroken(f"of {len(found)} passages that it found the archive knows {len(known)}")
                return known

            nothing: dict[int, float] = {}
            if scores := self._store.ask(nearest, nothing):
                return sort_scores(scores)[:limit]
        return view.search(vector, limit=limit, filters=filters, aims=aims)

    def cosines(self, vector: NDArray[np.float32], keys: Sequence[int], *, language: str = "und") -> dict[int, float]:
        """The scores of `dense` for these passages; those that are gone are left out."""
        return self._view.scores(vector, keys, aims=self.aims(vector, language))

    def aims(self, vector: NDArray[np.float32], language: str = "und") -> dict[str, SearchAim]:
        """The question's vector for the passages of each language family."""
        return center_query(self._view, vector, language, self._questions())

    def alike(self, vector: NDArray[np.float32], *, limit: int, language: str) -> list[ScoredKey]:
        """The passages nearest to a passage (d,) in this language, best first; each less the mean of its language."""
        means = self.means()
        if (own := means.get(family(language))) is None:
            return []
        centred = np.asarray(vector - own, np.float32)
        aims = {name: SearchAim(centred, float(centred @ mean)) for name, mean in means.items() if name}
        return self._view.search(vector, limit=limit, aims=aims)

    def means(self) -> Mapping[str, NDArray[np.float32]]:
        """The mean passage of each language family."""
        return mean_passages(self._view)

    @property
    def _view(self) -> MatrixView:
        matrix = self._matrix.index
        return matrix.view if matrix is not None else MatrixView()

    def _questions(self) -> Mapping[str, NDArray[np.float32]]:
        if self._model_id is None:
            identity = self._archive.identity  # none before the first write
            self._model_id = identity.model_id if identity else None
        return mean_questions(self._model_id) if self._model_id else UNKNOWN

    def keyword(
        self, text: str, *, limit: int, filters: Filters = Filters(), among: Sequence[int] | None = None
    ) -> list[ScoredKey]:
        """The passages with most of the rarest words, by BM25, best first; none while the index is being built."""
        query = KeywordQuery(text, limit, filters, among)
        return self._keyword.ask(lambda index: index.search(query), [])

    def search_names(
        self,
        text: str,
        *,
        language: str,
        limit: int,
        filters: Filters = Filters(),  # noqa: B008
        among: Sequence[int] | None = None,
    ) -> list[ScoredKey]:
        """Passages in other languages that mention the names of a text: 1 for all names, weighted by rarity."""
        query = KeywordQuery(text, limit, filters, among, names_outside=language)
        return self._keyword.ask(lambda index: index.search(query), [])

    def reachable(self, text: str) -> float:
        """The highest BM25 score that any passage could get for a text; 0 while the keyword index is being built."""
        return self._keyword.ask(lambda index: index.weigh(words(text)).reachable, 0.0)

    def rarity(self, asked: Sequence[str]) -> dict[str, float]:
        """The inverse document frequency of each folded word; equal for all while the keyword index is being built."""
        return self._keyword.ask(lambda index: index.weigh(asked).rarity, dict.fromkeys(asked, 1.0))

    # how it stands

    def notices(self) -> tuple[str, ...]:
        """What does not work as it should, in words for the reader; empty when everything works."""
        found, now, change = list[str](), time.monotonic(), self._matrix.change
        if now > self._matrix.level_at + _LATE_S and self._last_change() not in (None, change):
            found.append(BEHIND)  # its follower hangs; nothing is answered where the archive cannot be read
        if change and self._keyword.index is None:
            found.append(UNUSABLE if self._keyword.failing else REBUILDING)
        elif self._keyword.change != change and now > self._keyword.level_at + _LATE_WORDS_S:
            found.append(LAGGING)
        if change and self._store.state == "broken":
            found.append(BROKEN)
        return tuple(found)

    def _last_change(self) -> int | None:
        try:
            return self._archive.last_change()
        except TelalError:
            return None

    def status(self) -> IndexStatus:
        """How far each index has followed."""
        return IndexStatus(
            owner=self._lock.locked,
            keyword_change=self._keyword.change,
            exact_change=self._matrix.change,
            vector_store_change=self._store.reached,
            vector_store_state=self._store.state,
            last_change=self._archive.last_change(),
            passages=len(self._view),
        )

    def check(self) -> list[str]:
        """How many passages each index holds where the archive holds others, in plain words; empty when they agree."""
        self.refresh()
        if self._archive.identity is None:  # nothing was ever written, so nothing is indexed
            return []
        while self._store.step():
            pass
        followers: list[IndexFollower[Any]] = [self._keyword, self._matrix]
        followers += [self._store] if self._store.used else []
        found = [(one.name, one.difference()) for one in followers]
        return [f"{name} differs from the archive: {problem}." for name, problem in found if problem]

    def mended(self) -> list[str]:
        """What was damaged in files that were made anew from the archive since the start."""
        return [*self._matrix.mended, *self._keyword.mended, *self._store.mended]

    def repair(self) -> None:
        """Rebuild the indexes in fresh directories. Raises DirectoryOwned when another process owns them."""
        self._lock.require()
        self._promote()
        for follower in (self._keyword, self._matrix, self._store):
            follower.rebuild()
        self._store.forget_erased()

    # following

    def _load(self) -> None:
        while not self._stop.is_set() and self._matrix.advance():
            pass

    def _turn(self) -> bool:
        self._promote()
        self._load()
        return self._keyword.step()

    def _store_turn(self) -> bool:
        self._store.forget_erased()
        return self._store.step()

    def _promote(self) -> None:
        """Become the owner if wanted and possible: the former owner may have ended."""
        if self._keyword.owner:
            return
        if not self._lock.locked and (self._own is False or time.monotonic() < self._promoted_at + _PROMOTE_S):
            return
        self._promoted_at = time.monotonic()
        try:
            if self._lock.acquire():
                with contextlib.suppress(OSError):
                    self._former.remove()
                self._keyword.owner = self._matrix.owner = self._store.owner = True
        except (ReadOnly, DiskFull) as error:
            _log.info("This process only reads the indexes: %s", error)

    def _run(self, name: str, turn: Callable[[], bool], *, after_s: float = 0.0) -> None:
        """Runs in a thread until the close; without a pause while there is more to do."""
        bell = threading.Event()
        self._bells.append(bell)

        def work() -> None:
            self._stop.wait(after_s)
            while not self._stop.is_set():
                bell.clear()
                try:
                    pause_s = 0.0 if turn() else _POLL_S
                except TelalError as error:  # the archive is busy or its disk is full: try again
                    _log.warning("The indexes cannot follow the archive: %s", error)
                    pause_s = 1.0
                except Exception:
                    _log.exception("The indexes cannot follow the archive")
                    pause_s = 5.0
                bell.wait(pause_s)  # no longer than until something was committed

        self._thread(name, work)

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()

    def _thread(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
