"""The archive: articles, their revisions, passages and vectors. The only truth; every index follows its changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import numpy as np
from sqlalchemy import Connection

from rag.config import Settings
from rag.errors import ArchiveBroken, BadInput, ReadOnly
from rag.store.archive import columns, copies, erase, listing, past, read
from rag.store.archive import write as writes
from rag.store.archive.check import inconsistencies, must_be_storable
from rag.store.archive.open import open_database, prepare
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
    Write,
    content_hash,
    passage_id,
    plan,
)
from rag.store.database.rows import storable
from rag.store.database.shared_tables import Lease
from rag.types import Article, ArticleStatus

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


P = ParamSpec("P")
T = TypeVar("T")


def _reads(query: Callable[Concatenate[Connection, P], T]) -> Callable[Concatenate[Archive, P], T]:
    """A method that asks one snapshot."""

    def method(self: Archive, /, *given: P.args, **named: P.kwargs) -> T:
        with self.database.reading() as connection:
            return query(connection, *given, **named)

    return method


def _writes(change: Callable[Concatenate[Connection, P], T]) -> Callable[Concatenate[Archive, P], T]:
    """A method that makes one transaction."""

    def method(self: Archive, /, *given: P.args, **named: P.kwargs) -> T:
        with self.database.writing() as connection:
            return change(connection, *given, **named)

    return method


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

    # one query each, described where it is written

    read_states = _reads(read.known_of)
    known_articles = _reads(read.known_articles)
    article = _reads(read.read_article)
    articles = _reads(read.list_articles)
    texts = _reads(read.read_texts)
    revisions = _reads(read.all_revisions)
    passages = _reads(read.live_passages)
    passages_of = _reads(read.passages_of)
    passages_on = _reads(past.passages_on)
    passages_by_change = _reads(read.passages_by_change)
    openings = _reads(read.openings)
    opening_vectors = _reads(read.opening_vectors)
    vectors = _reads(read.read_vectors)
    columns = _reads(columns.read_columns)
    columns_on = _reads(past.columns_on)
    count_live = _reads(read.count_live)
    removed_keys = _reads(read.removed_keys)
    last_change = _reads(read.read_last_change)
    last_write_time = _reads(read.read_last_written)
    mark = _reads(read.read_mark)
    changes = _reads(read.read_changes)
    erased_since = _reads(read.erased_after)
    embedded_changes = _reads(read.embedded_changes)
    at_address = _reads(read.ids_at)
    count_addresses = _reads(read.count_addresses)
    older_than = _reads(read.older_ids)
    latest_ids = _reads(listing.latest_ids)
    outlets = _reads(listing.outlets)
    newest_arrivals = _reads(listing.newest_arrivals)
    clusters = _reads(copies.clusters_of)
    carriers = _reads(copies.carriers_of)
    mentions = _reads(erase.mentions)
    marks = _reads(erase.marks)
    unique_traces = _reads(erase.unique_traces)
    absence = _reads(writes.absence_of)
    absent = _writes(writes.note_absence)
    settle_absence = _writes(writes.settle_absence)
    forget_absence = _writes(writes.forget_absence)
    exchange_vectors = _writes(writes.exchange)

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
        if not storable(reason):
            raise BadInput("The reason holds a NUL character or half a surrogate pair.", hint="Write it anew.")
        with self.database.writing() as connection:
            erased = sum(
                erase.erase_article(connection, article_id, reason) for article_id in dict.fromkeys(article_ids)
            )
        self.database.wipe()
        return erased

    # reading

    @property
    def unsearched(self) -> str:
        """Where erased bytes may remain for a while, out of reach of any question; empty: nowhere."""
        return self.database.unsearched

    def notice_if_empty(self) -> str:
        """A notice for readers who find nothing because the archive is empty; "" when it holds articles."""
        return "" if self.stats().articles else EMPTY

    def listen(self, ring: Callable[[], None], stop: threading.Event) -> None:
        """Call `ring` after every commit of any process until `stop`; returns at once where it must be polled."""
        self.database.listen(ring, stop)

    def lease(self, name: str) -> Lease:
        """A lease that only one of the processes that share the archive can hold. It is not held yet."""
        return Lease(self.database, name)

    def read_added(self, since: int, upto: int) -> Iterator[Batch]:
        """Passages added in (since, upto] that are still live, in the order of their keys, a snapshot a batch."""
        while since < upto:
            with self.database.reading() as connection:
                batch, since = read.added_batch(connection, since, upto, _BATCH)
            if batch is not None:
                yield batch

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
            article = read.read_article(connection, article_id)
        if article.status is status:
            return False
        marked = replace(article, status=status, modified=at, extra={**article.extra, name: dict(because)})
        return self.write([Write(marked, (), NO_VECTORS, forced=True)]) == ["changed"]
