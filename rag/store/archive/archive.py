"""The archive: articles, their revisions, passages and vectors. The only truth; every index follows its changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from rag.config import Settings
from rag.errors import ArchiveBroken, BadInput, NotFound, ReadOnly
from rag.store.archive import read
from rag.store.archive import write as writes
from rag.store.archive.check import inconsistencies, must_be_storable, storable
from rag.store.archive.columns import read_columns
from rag.store.archive.copies import Cluster, carriers_of, clusters_of
from rag.store.archive.erase import (
    ErasureTraces,
    Mention,
    all_revisions,
    all_vectors,
    erase_article,
    holders,
    marks_of,
    mentions,
    sample,
    vector_holders,
)
from rag.store.archive.former_files import take_in
from rag.store.archive.open import on_postgres, open_database, prepare
from rag.store.archive.past import columns_on, passages_on
from rag.store.archive.read import read_vectors
from rag.store.archive.write import embedded_changes, exchange, passages_by_change
from rag.store.database.database import Database
from rag.store.database.records import (
    ArchiveStats,
    Batch,
    Change,
    Columns,
    Identity,
    Outcome,
    Plan,
    StoredPassage,
    StoredState,
    StoredVectors,
    Write,
    content_hash,
    passage_id,
    plan,
)
from rag.store.database.rows import micros
from rag.store.database.shared_tables import Lease
from rag.types import Article, ArticleStatus, Filters, Passage

__all__ = [
    "Archive",
    "ArchiveStats",
    "Batch",
    "Change",
    "Columns",
    "Identity",
    "Outcome",
    "Plan",
    "StoredPassage",
    "StoredState",
    "Write",
    "content_hash",
    "passage_id",
]

NO_VECTORS = np.empty((0, 0), np.float32)
RETRACTED_FIELD = "retracted"  # the extra field of a retracted article: why, when, and the status of its page
HELD_FIELD = "held"  # that of one that is held back: why, when, and the status that it had
_BATCH = 5000  # passages handed to an index at once

EMPTY = "The archive is empty: `telal ingest FILES` adds articles, `telal ingest --starter` the starter corpus."


class Archive:
    """Safe to use from many threads and beside other processes; every method sees one snapshot.

    Raises ArchiveBusy when another writer keeps the lock, ReadOnly, DiskFull, ArchiveBroken; nothing stored is lost.
    """

    def __init__(self, database: Database, identity: Identity | None) -> None:
        self.database = database
        self._asked = identity

    @classmethod
    def open(cls, settings: Settings, *, identity: Identity | None = None, read_only: bool = False) -> Self:
        """Open the archive of the settings, created if there is none; raises ArchiveTooNew, ModelMismatch."""
        database = open_database(settings, read_only=read_only)
        try:
            prepare(database)
            if not on_postgres(settings):
                take_in(settings.data_dir, database)
            archive = cls(database, identity)
            if identity is not None and (held := archive.identity) is not None:
                writes.must_match(held, identity)
        except BaseException:
            database.close()
            raise
        return archive

    @classmethod
    def open_as_allowed(cls, settings: Settings) -> Self:
        """As `open`, but read-only where the archive may not be written; `read_only` tells which it is."""
        try:
            return cls.open(settings)
        except ReadOnly:
            return cls.open(settings, read_only=True)

    @property
    def read_only(self) -> bool:
        """Is it open read-only?"""
        return self.database.read_only

    def close(self) -> None:
        """Close every connection."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def identity(self) -> Identity | None:
        """The model that made the vectors; None before the first write."""
        with self.database.reading() as connection:
            return read.read_identity(connection)

    # writing

    def plan(self, articles: Sequence[Article]) -> list[Plan]:
        """What writing these articles would do: embed only those that are `new` or `changed`."""
        known = self.known_articles(articles)
        return [plan(known.get(article.id), article, content_hash(article)) for article in articles]

    def write(self, batch: Sequence[Write]) -> list[Outcome]:
        """Store a batch in one transaction, all or nothing; once it returns, the batch survives a kill and a power cut.

        Raises BadInput, naming the first article that cannot be stored, and then stores none.
        """
        identity = self._asked or writes.require_identity(self.identity)
        for write in batch:  # before the lock is taken
            must_be_storable(write, identity.dimension)
        digests = [content_hash(write.article) for write in batch]
        with self.database.writing() as connection:
            writes.record_identity(connection, identity)
            return writes.write_batch(connection, batch, digests)

    def embedded_changes(self) -> set[int]:
        """The changes that have vectors: those of every revision with passages that was not erased."""
        with self.database.reading() as connection:
            return embedded_changes(connection)

    def passages_by_change(self, changes: Sequence[int]) -> dict[int, list[Passage]]:
        """The passages of these changes in the order of their vectors; changes erased since are left out."""
        with self.database.reading() as connection:
            return passages_by_change(connection, changes)

    def exchange_vectors(
        self, held: Identity, made_by: Identity, known: Iterable[int], read: Callable[[int], bytes]
    ) -> set[int]:
        """Replaces the vectors of all changes by those that `read` gives, in one transaction.

        Where `read` has none for some changes, nothing is changed and those changes are returned. Raises ModelMismatch
        when the archive's vectors are no longer those of `held`.
        """
        with self.database.writing() as connection:
            return exchange(connection, held, made_by, known, read)

    def erase(self, article_id: str, *, reason: str) -> None:
        """Replaces an article by a tombstone. Text, revisions, passages and vectors are gone, from the bytes of the
        files too.

        Its id and its address stay refused.

        Raises ArchiveBusy while a reader still holds the log: then the article is gone, but its bytes are not; erase it
        again to remove them.
        """
        self.erase_all([article_id], reason=reason)

    def erase_all(self, article_ids: Sequence[str], *, reason: str) -> int:
        """As `erase`, for all of the articles or none. Returns how many had not been erased before."""
        for article_id in article_ids:
            self._must_be_an_id(article_id)
        if not storable(reason):
            raise BadInput("The reason holds a NUL character or half a surrogate pair.", hint="Write it anew.")
        with self.database.writing() as connection:
            erased = sum(erase_article(connection, article_id, reason) for article_id in dict.fromkeys(article_ids))
        self.database.wipe()
        return erased

    # reading

    def read_states(self, ids: Sequence[str]) -> dict[str, StoredState]:
        """What is stored for these ids, erased ones too, without ids that were never written."""
        with self.database.reading() as connection:
            return read.known_of(connection, {one for one in ids if storable(one)})

    def article(self, article_id: str, *, revision: int | None = None) -> Article:
        """One revision of an article, the current one by default; raises NotFound, Erased."""
        self._must_be_an_id(article_id)
        with self.database.reading() as connection:
            return read.read_article(connection, article_id, revision)

    def texts(self, article_ids: Sequence[str], revisions: Mapping[str, int] | None = None) -> dict[str, str]:
        """The texts of these articles, as far as they exist: of the current revision, or of the one that is named."""
        with self.database.reading() as connection:
            return read.read_texts(connection, article_ids, revisions or {})

    def articles(self, *, filters: Filters = Filters(), after: str | None = None, limit: int = 50) -> list[Article]:  # noqa: B008
        """Articles by date of publication, newest first, undated ones last, without held ones.

        `after`: the last id of the page before.
        """
        if after is not None:
            self._must_be_an_id(after)
        with self.database.reading() as connection:
            return read.list_articles(connection, filters, after, limit)

    def passages(self, keys: Sequence[int]) -> dict[int, Passage]:
        """The passages of these keys that may answer; superseded, retracted and erased ones are left out."""
        with self.database.reading() as connection:
            return read.live_passages(connection, keys)

    def passages_of(self, article_id: str) -> list[StoredPassage]:
        """The passages of an article's current revision in reading order; none when it is not there."""
        with self.database.reading() as connection:
            return read.passages_of(connection, article_id) if storable(article_id) else []

    @property
    def unsearched(self) -> str:
        """Where erased bytes may remain for a while, out of reach of any question; empty: nowhere."""
        return self.database.unsearched

    def notice_if_empty(self) -> str:
        """A notice for readers who find nothing because the archive is empty; "" when it holds articles."""
        return "" if self.stats().articles else EMPTY

    def last_change(self) -> int:
        """The number of the newest change; 0 in an empty archive."""
        with self.database.reading() as connection:
            return read.read_last_change(connection)

    def mark(self, change: int) -> str:
        """Identifies the change of a number, which differs in a restored archive. "" when there is none."""
        with self.database.reading() as connection:
            return read.read_mark(connection, change)

    def last_write_time(self) -> datetime | None:
        """When the newest change was written; None in an empty archive, and where it is not known."""
        with self.database.reading() as connection:
            return read.read_last_written(connection)

    def listen(self, ring: Callable[[], None], stop: threading.Event) -> None:
        """Call `ring` after every commit of any process until `stop`; returns at once where it must be polled."""
        self.database.listen(ring, stop)

    def lease(self, name: str) -> Lease:
        """A lease that only one of the processes that share the archive can hold. It is not held yet."""
        return Lease(self.database, name)

    def changes(self, since: int, *, limit: int = 5000) -> list[Change]:
        """Changes after `since`, oldest first."""
        with self.database.reading() as connection:
            return read.read_changes(connection, since, limit)

    def read_added(self, since: int, upto: int) -> Iterator[Batch]:
        """Passages added in (since, upto] that are still live, in the order of their keys, a snapshot a batch."""
        while since < upto:
            with self.database.reading() as connection:
                batch, since = read.added_batch(connection, since, upto, _BATCH)
            if batch is not None:
                yield batch

    def removed_keys(self, since: int, upto: int) -> NDArray[np.int64]:
        """Keys superseded, retracted or erased in (since, upto], sorted; some may never have been added."""
        with self.database.reading() as connection:
            return read.removed_keys(connection, since, upto)

    def erased_since(self, since: int) -> bool:
        """Was an article erased after this change? Then indexes that contain it are rebuilt in a fresh directory."""
        with self.database.reading() as connection:
            return read.erased_after(connection, since)

    def live_keys(self, upto: int) -> NDArray[np.int64]:
        """The keys of all live passages added up to a change, ascending."""
        with self.database.reading() as connection:
            return read.live_keys(connection, upto)

    def columns(self, since: int = 0, upto: int | None = None) -> Columns:
        """Live passages added in (since, upto] as columns, in the order of their keys."""
        with self.database.reading() as connection:
            identity = read.read_identity(connection) or self._asked
            return read_columns(connection, since, upto, identity.dimension if identity else 0)

    def vectors(self, keys: Sequence[int] | NDArray[np.int64]) -> StoredVectors:
        """The vectors of those of these passages that may answer, in the order of their keys."""
        with self.database.reading() as connection:
            identity = read.read_identity(connection) or self._asked
            return read_vectors(connection, keys, identity.dimension if identity else 0)

    def opening_vectors(self, article_ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vector of the first passage of each of these articles that may answer."""
        with self.database.reading() as connection:
            identity = read.read_identity(connection) or self._asked
            keys = read.opening_keys(connection, article_ids)
            held = read_vectors(connection, list(keys), identity.dimension if identity else 0)
        return {keys[key]: vector for key, vector in zip(held.keys.tolist(), held.vectors, strict=True)}

    def openings(self, article_ids: Sequence[str]) -> dict[str, Passage]:
        """The first passage of each of these articles that may answer."""
        with self.database.reading() as connection:
            keys = read.opening_keys(connection, article_ids)
            found = read.live_passages(connection, list(keys))
        return {keys[key]: passage for key, passage in found.items()}

    def stats(self) -> ArchiveStats:
        """Counts, by language and outlet too, and the span of dates."""
        size_bytes = self.database.size_bytes()
        with self.database.reading() as connection:
            return read.read_stats(connection, size_bytes)

    def check(self) -> list[str]:
        """What is wrong with the archive, in words; empty when it is intact. Reads all of it."""
        try:
            problems = self.database.problems()
            if problems:
                return problems
            with self.database.reading() as connection:
                return list(inconsistencies(connection))
        except ArchiveBroken as error:
            return [str(error)]

    # what is known of an article beside its words: copies, addresses, absences, how it stood on a day

    def known_articles(self, articles: Sequence[Article]) -> dict[str, StoredState]:
        """As `read_states`. An unknown id counts as erased, too, when its address is that of an erased article."""
        with self.database.reading() as connection:
            return read.known_articles(connection, articles)

    def at_address(self, url: str) -> list[str]:
        """The ids of the articles that stand or stood at an address, erased ones too."""
        with self.database.reading() as connection:
            return read.ids_at(connection, url)

    def clusters(self, article_ids: Sequence[str]) -> dict[str, Cluster]:
        """The clusters of those of these articles that have copies, by article; copies share one value."""
        with self.database.reading() as connection:
            return clusters_of(connection, article_ids)

    def carriers(self, article_id: str, quote: str) -> tuple[str, ...]:
        """The outlets whose own text contains a quote of an article; empty unless there are several."""
        with self.database.reading() as connection:
            return carriers_of(connection, article_id, quote)

    def mentions(self, name: str) -> list[Mention]:
        """The articles that name somebody, in either script and any case; reads the whole archive."""
        with self.database.reading() as connection:
            return list(mentions(connection, name))

    def revisions(self, article_id: str) -> list[Article]:
        """Every revision of an article, the oldest first; none when it is not there."""
        with self.database.reading() as connection:
            return all_revisions(connection, article_id)

    def marks(self, article_ids: Sequence[str]) -> ErasureTraces:
        """The words and vectors, of all revisions, by which these articles can be found in other places."""
        with self.database.reading() as connection:
            identity = read.read_identity(connection)
            dimension = identity.dimension if identity else 0
            held = [revision for one in article_ids for revision in all_revisions(connection, one)]
            rows = [all_vectors(connection, one, dimension) for one in article_ids]
        return marks_of(held, np.concatenate(rows) if rows else NO_VECTORS)

    def older_than(self, outlet: str, before: datetime) -> list[str]:
        """The articles of an outlet published before a time. Undated ones count from their last change."""
        with self.database.reading() as connection:
            return read.older_ids(connection, outlet, micros(before))

    def count_addresses(self, article_id: str) -> int:
        """How many addresses are known for an article. By these it stays refused after its erasure."""
        with self.database.reading() as connection:
            return read.count_addresses(connection, article_id)

    def unique_traces(self, marks: ErasureTraces) -> ErasureTraces:
        """A sample of the traces that occur in no article: what several articles say is no trace of one of them."""
        few = sample(marks)
        with self.database.reading() as connection:
            return replace(
                few,
                stretches=tuple(s for s in few.stretches if not holders(connection, s)),
                words=tuple(w for w in few.words if not holders(connection, w)),
                vectors=tuple(v for v in few.vectors if not vector_holders(connection, v)),
            )

    def retract(self, article_id: str, because: Mapping[str, Any], *, at: datetime) -> bool:
        """Mark an article as retracted: it stays readable but no longer answers. False when it already was.

        Raises NotFound, Erased.
        """
        return self._silence(article_id, ArticleStatus.RETRACTED, RETRACTED_FIELD, because, at)

    def hold(self, article_id: str, because: Mapping[str, Any], *, at: datetime) -> bool:
        """Marks an article as held: no reader is shown it until it is released. False when it was held already.

        Raises NotFound, Erased.
        """
        return self._silence(article_id, ArticleStatus.HELD, HELD_FIELD, because, at)

    def _silence(
        self, article_id: str, status: ArticleStatus, name: str, because: Mapping[str, Any], at: datetime
    ) -> bool:
        """A new revision of that status, without passages, and with the reason as an extra field of that name."""
        with self.database.reading() as connection:
            article = read.read_article(connection, article_id, None)
        if article.status is status:
            return False
        marked = replace(article, status=status, modified=at, extra={**article.extra, name: dict(because)})
        return self.write([Write(marked, (), NO_VECTORS, forced=True)]) == ["changed"]

    def absent(self, article_id: str, at: datetime) -> int:
        """Counts a check that found no page at the article's address, at most one a day. Returns the count."""
        with self.database.writing() as connection:
            return writes.note_absence(connection, article_id, at)

    def settle_absence(self, article_id: str, state: writes.State, at: datetime) -> None:
        """Record that an article's page vanished and it was retracted (`gone`), or that the page is `back`."""
        with self.database.writing() as connection:
            writes.settle_absence(connection, article_id, state, at)

    def absence(self, article_id: str) -> str | None:
        """missing, gone or back; None when no check ever failed."""
        with self.database.reading() as connection:
            return writes.absence_of(connection, article_id)

    def forget_absence(self, article_id: str) -> None:
        """Forgets failed checks: the page answers again and the article was not retracted."""
        with self.database.writing() as connection:
            writes.forget_absence(connection, article_id)

    def passages_on(self, keys: Sequence[int], day: date) -> dict[int, Passage]:
        """As `passages`, for the end of a past day: without later publications and changes, with what was corrected,
        retracted or vanished since."""
        with self.database.reading() as connection:
            return passages_on(connection, keys, day)

    def columns_on(self, day: date) -> Columns:
        """The passages that were live at the end of a day and no longer are, as columns.

        The indexes hold what is live now, so search these columns beside them and look all keys up with `passages_on`.
        """
        with self.database.reading() as connection:
            identity = read.read_identity(connection)
            return columns_on(connection, day, identity.dimension if identity else 0)

    def _must_be_an_id(self, article_id: str) -> None:
        if not storable(article_id):
            raise NotFound(f"There is no article {article_id!r}.", hint="`telal articles list` shows the ids.")
