"""What the archive knows of an article beside its words: copies, addresses, absences, and how it stood on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np

from rag.store.archive import absences
from rag.store.archive.copies import Cluster, carriers_of, clusters_of, fill_in
from rag.store.archive.erasure_traces import Marks, marks_of, sample
from rag.store.archive.past import columns_on, passages_on
from rag.store.archive.person_mentions import Mention, all_revisions, all_vectors, holders, mentions, vector_holders
from rag.store.archive.read import count_addresses, ids_at, known_articles, older_ids, read_article, read_identity
from rag.store.database.database import Database
from rag.store.database.records import Columns, Known, Outcome, Write
from rag.store.database.rows import micros
from rag.types import Article, ArticleStatus, Passage

HELD = "held"  # that of one that is held back: why, when, and the status that it had
NO_VECTORS = np.empty((0, 0), np.float32)
RETRACTED = "retracted"  # the extra field of a retracted article: why, when, and the status of its page


class Truth:
    """Mixed into the archive."""

    _database: Database

    def write(self, batch: Sequence[Write]) -> list[Outcome]:
        raise NotImplementedError

    def known_articles(self, articles: Sequence[Article]) -> dict[str, Known]:
        """As `known`; an article at the address of an erased one counts as erased, whatever its id."""
        with self._database.reading() as connection:
            return known_articles(connection, articles)

    def at_address(self, url: str) -> list[str]:
        """The ids of the articles that stand or stood at an address, erased ones too."""
        with self._database.reading() as connection:
            return ids_at(connection, url)

    def clusters(self, article_ids: Sequence[str]) -> dict[str, Cluster]:
        """The clusters of those of these articles that have copies, by article; copies share one value."""
        with self._database.reading() as connection:
            return clusters_of(connection, article_ids)

    def carriers(self, article_id: str, quote: str) -> tuple[str, ...]:
        """The outlets whose own text holds a quote of an article; empty where no second one does."""
        with self._database.reading() as connection:
            return carriers_of(connection, article_id, quote)

    def place(self, read: Sequence[tuple[Article, bytes, str]]) -> int:
        """Put current articles that have no fingerprint yet into clusters: article, fingerprint, credited agency.

        How many were put; those that have one, or have changed since they were read, are left.
        """
        with self._database.writing() as connection:
            return sum(fill_in(connection, article, data, agency) for article, data, agency in read)

    def mentions(self, name: str) -> list[Mention]:
        """The articles that name somebody, in either script and any case; reads the whole archive."""
        with self._database.reading() as connection:
            return list(mentions(connection, name))

    def revisions(self, article_id: str) -> list[Article]:
        """Every revision of an article, the oldest first; none when it is not there."""
        with self._database.reading() as connection:
            return all_revisions(connection, article_id)

    def marks(self, article_ids: Sequence[str]) -> Marks:
        """By what the articles can be found elsewhere: their words and vectors, of all revisions."""
        with self._database.reading() as connection:
            identity = read_identity(connection)
            dimension = identity.dimension if identity else 0
            held = [revision for one in article_ids for revision in all_revisions(connection, one)]
            rows = [all_vectors(connection, one, dimension) for one in article_ids]
        return marks_of(held, np.concatenate(rows) if rows else NO_VECTORS)

    def older_than(self, outlet: str, before: datetime) -> list[str]:
        """The articles of an outlet that were published before a time; undated ones count from their last change."""
        with self._database.reading() as connection:
            return older_ids(connection, outlet, micros(before))

    def addresses_held(self, article_id: str) -> int:
        """How many addresses are known for an article, by which it stays refused once it is erased."""
        with self._database.reading() as connection:
            return count_addresses(connection, article_id)

    def unshared(self, marks: Marks) -> Marks:
        """A spread of the marks, of those that stand in no article: what several say is no trace of one of them."""
        few = sample(marks)
        with self._database.reading() as connection:
            return replace(
                few,
                stretches=tuple(s for s in few.stretches if not holders(connection, s)),
                words=tuple(w for w in few.words if not holders(connection, w)),
                vectors=tuple(v for v in few.vectors if not vector_holders(connection, v)),
            )

    def retract(self, article_id: str, because: Mapping[str, Any], *, at: datetime) -> bool:
        """Mark an article as retracted: it stays readable and answers no more. False when it was already.

        Raises NotFound, Erased.
        """
        return self._silence(article_id, ArticleStatus.RETRACTED, RETRACTED, because, at)

    def hold(self, article_id: str, because: Mapping[str, Any], *, at: datetime) -> bool:
        """Mark an article as held back: no reader is shown it until it is let go. False when it was already.

        Raises NotFound, Erased.
        """
        return self._silence(article_id, ArticleStatus.HELD, HELD, because, at)

    def _silence(
        self, article_id: str, status: ArticleStatus, name: str, because: Mapping[str, Any], at: datetime
    ) -> bool:
        """A new revision of that status, without passages, and with the reason as an extra field of that name."""
        with self._database.reading() as connection:
            article = read_article(connection, article_id, None)
        if article.status is status:
            return False
        marked = replace(article, status=status, modified=at, extra={**article.extra, name: dict(because)})
        return self.write([Write(marked, (), NO_VECTORS, forced=True)]) == ["changed"]

    def absent(self, article_id: str, at: datetime) -> int:
        """Count a check that found no page at the article's address, at most one a day; how many there were."""
        with self._database.writing() as connection:
            return absences.note(connection, article_id, at)

    def settle_absence(self, article_id: str, state: absences.State, at: datetime) -> None:
        """Record that an article was retracted for its absence (`gone`), or that its page is back (`back`)."""
        with self._database.writing() as connection:
            absences.settle(connection, article_id, state, at)

    def absence(self, article_id: str) -> str | None:
        """missing, gone or back; None when no check ever failed."""
        with self._database.reading() as connection:
            return absences.state_of(connection, article_id)

    def forget_absence(self, article_id: str) -> None:
        """The page answers and the article never stopped to: nothing to remember."""
        with self._database.writing() as connection:
            absences.forget(connection, article_id)

    def passages_on(self, keys: Sequence[int], day: date) -> dict[int, Passage]:
        """As `passages`, but as the archive stood at the end of a day: what was not yet true then is left out,
        what has been corrected, retracted or has vanished since is there."""
        with self._database.reading() as connection:
            return passages_on(connection, keys, day)

    def columns_on(self, day: date) -> Columns:
        """The passages that answered at the end of a day and do not any more, as columns: search them beside the
        indexes, which hold what answers now, and look all keys up with `passages_on`."""
        with self._database.reading() as connection:
            identity = read_identity(connection)
            return columns_on(connection, day, identity.dimension if identity else 0)
