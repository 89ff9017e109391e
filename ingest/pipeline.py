"""Stores records as articles: checks each, cuts it into passages, embeds them, writes it in one transaction. Start
reading here."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.checks import TOLERANCE, FutureDate
from ingest.chunk import chunk, describe_chunking, embedded_text
from ingest.raw import Place, RawRecord, RejectedRecord
from ingest.records import to_articles
from rag.config import Settings
from rag.errors import BadInput, ClockBehind
from rag.models.embed import Embedder
from rag.store.archive.archive import Archive
from rag.store.database.addresses import LIVE_BLOG
from rag.store.database.records import Identity, Outcome, Write, content_hash, plan
from rag.text.fingerprint import fingerprint
from rag.types import ANSWERING_STATUSES, Article, Passage

Vectors = NDArray[np.float32]
Record = RawRecord | RejectedRecord | Mapping[str, Any]


def embed(articles: Sequence[Sequence[Passage]], archive: Archive, embedder: Embedder) -> list[Vectors]:
    """Embeds the passages of articles: returns one array (n, d) for each article of n passages.

    Of a corrected article, only the passages that changed are embedded.
    """
    texts = [[embedded_text(passage) for passage in passages] for passages in articles]
    again = {passages[0].article_id for passages in articles if passages and passages[0].revision > 1}
    stored = {s.key: embedded_text(s.passage) for article_id in again for s in archive.passages_of(article_id)}
    vectors: dict[str, Vectors] = {}  # by the embedded text, those of earlier revisions first
    if stored:
        found = archive.vectors(list(stored))
        vectors = {stored[key]: vector for key, vector in zip(found.keys.tolist(), found.vectors, strict=True)}
    missing = list(dict.fromkeys(text for part in texts for text in part if text not in vectors))
    vectors.update(zip(missing, embedder.embed_passages(missing), strict=True))
    empty = np.empty((0, embedder.dimension), np.float32)
    return [np.stack([vectors[text] for text in part]) if part else empty for part in texts]


WINDOW_BATCHES = 8  # batches whose articles are sorted by length together, so that a model in batches pads few tokens
WINDOW_CHARS = 4_000_000  # text held at once; keeps memory flat when articles are long
WINDOW_S = 2.0  # of reading, before what was read is stored: a list's pages come one a second
BATCH_S = 3.0  # from one transaction to the next: lost by a kill, waited for by a Ctrl-C
FIRST_BATCH = 16  # passages, a second or two of embedding on one core
MOST_IN_BATCH = 1024  # passages: more would not be written faster
TITLE_TOKENS = 64  # room for the headline that is embedded with a passage
PASSAGE_TOKENS_LEAST = 32


@dataclass(frozen=True, slots=True)
class CommittedArticle:
    """An article that a transaction has stored."""

    article_id: str
    outcome: Outcome
    place: Place


@dataclass(frozen=True, slots=True)
class _PendingArticle:
    """An article in the pipeline; it has `passages` once it is known that it must be stored."""

    article: Article
    digest: str
    place: Place
    size: int
    passages: Sequence[Passage] = ()


@dataclass(frozen=True, slots=True)
class RunCallbacks:
    """Functions that a run calls:

    `committed` after each commit, `stopped` between batches to ask whether to stop, `blog` before the entries of a live
    blog are stored.
    """

    progress: Callable[[IngestReport], None] = lambda report: None
    rejected: Callable[[RejectedRecord], None] = lambda rejected: None
    committed: Callable[[Sequence[CommittedArticle]], None] = lambda committed: None
    blog: Callable[[Place, Sequence[Article]], None] = lambda place, entries: None
    stopped: Callable[[], bool] = lambda: False


NO_CALLBACKS = RunCallbacks()


class _BatchSize:
    """How many passages go into one transaction: as many as take BATCH_S at the pace of those before."""

    def __init__(self) -> None:
        self.passages = FIRST_BATCH

    @contextmanager
    def timed(self, passages: int) -> Iterator[None]:
        """Measures how long a batch of so many passages takes."""
        begun = time.monotonic()
        yield
        if passages:
            fitting = int(passages * BATCH_S / max(time.monotonic() - begun, 1e-6))
            self.passages = max(1, min(fitting, 2 * self.passages, MOST_IN_BATCH))


class Pipeline:
    """Stores records as articles. An article that is known is neither chunked nor embedded again."""

    def __init__(self, archive: Archive, embedder: Embedder, settings: Settings) -> None:
        self.archive = archive
        self._embedder = embedder
        self._settings = settings.ingest
        self._target = passage_target(settings, embedder)

    def run(self, records: Iterable[Record], callbacks: RunCallbacks = NO_CALLBACKS) -> IngestReport:
        """Stores records; revisions of one article in the order in which they come.

        Raises the archive's errors, and ClockBehind. What was committed before stays, and the same records can be given
        again.
        """
        started, report, size = time.monotonic(), IngestReport(), _BatchSize()
        for window in self._windows(records, report, callbacks):
            for batch in self._batches(self._unknown(window, report, callbacks), size, callbacks):
                with size.timed(sum(len(one.passages) for one in batch)):
                    self._store(batch, report, callbacks)
            if callbacks.stopped():
                break
        report.seconds, report.interrupted = time.monotonic() - started, callbacks.stopped()
        return report

    def put(self, article: Article) -> Outcome:
        """Stores an editor's revision of an article, even when its source says otherwise.

        Raises the archive's errors.
        """
        passages = self._passages(article)
        (vectors,) = embed([passages], self.archive, self._embedder)
        return self.archive.write([replace(_write(article, passages, vectors), forced=True)])[0]

    def _check_clock(self) -> None:
        """Raises ClockBehind if this machine's clock was set back, so that good articles seem to be in the future."""
        written, now = self.archive.last_write_time(), datetime.now(UTC)
        if written is not None and written > now + TOLERANCE:
            raise ClockBehind(
                f"This machine's clock says {now:%Y-%m-%d %H:%M} UTC; the archive was written on {written:%Y-%m-%d}.",
                hint="Set the clock and feed the same records again; nothing was rejected.",
            )

    def _windows(
        self, records: Iterable[Record], report: IngestReport, callbacks: RunCallbacks
    ) -> Iterator[list[_PendingArticle]]:
        """Yields articles in groups in which no id occurs twice."""
        window: dict[str, _PendingArticle] = {}
        chars, begun = 0, time.monotonic()
        for number, record in enumerate(records, start=1):
            report.read += 1
            for pending in self._checked(record, number, report, callbacks):
                twin = window.get(pending.article.id)
                if twin and twin.digest == pending.digest:
                    report.settle("unchanged", pending.size)
                    continue
                full = len(window) >= WINDOW_BATCHES * self._settings.batch_articles or chars >= WINDOW_CHARS
                if twin or full:
                    yield list(window.values())
                    window, chars, begun = {}, 0, time.monotonic()
                window[pending.article.id] = pending
                chars += len(pending.article.text)
            if window and time.monotonic() > begun + WINDOW_S and not callbacks.stopped():
                yield list(window.values())
                window, chars, begun = {}, 0, time.monotonic()
        if window and not callbacks.stopped():
            yield list(window.values())

    def _checked(
        self,
        record: Record,
        number: int,
        report: IngestReport,
        callbacks: RunCallbacks,
    ) -> list[_PendingArticle]:
        """Reads the articles of a record: several for a live blog, none if it is rejected."""
        if isinstance(record, Mapping):
            record = RawRecord(record, Place("record", number))
        if isinstance(record, RawRecord):
            try:
                articles = to_articles(record, max_bytes=self._settings.max_bytes)
                if record.notice:
                    report.notices[record.notice] += 1
                report.read += len(articles) - 1  # every entry of a live blog counts
                if LIVE_BLOG in articles[0].extra:
                    callbacks.blog(record.place, articles)
                return [
                    _PendingArticle(a, content_hash(a), record.place, record.size // len(articles)) for a in articles
                ]
            except BadInput as error:
                if isinstance(error, FutureDate):
                    self._check_clock()
                record = RejectedRecord(
                    error.message, record.place, error.hint, record.fields, record.size, record.fallback_id
                )
        report.reasons[record.reason] += 1
        report.bytes += record.size
        callbacks.rejected(record)
        return []

    def _unknown(
        self, window: Sequence[_PendingArticle], report: IngestReport, callbacks: RunCallbacks
    ) -> list[_PendingArticle]:
        """Returns the articles that must be stored, with their passages, sorted by the length of their longest
        passage."""
        known = self.archive.known_articles([p.article for p in window])
        ready = []
        for pending in window:
            step = plan(known.get(pending.article.id), pending.article, pending.digest)
            if step.outcome in ("unchanged", "erased"):
                report.settle(step.outcome, pending.size)
            else:
                article = replace(pending.article, revision=step.revision)
                ready.append(replace(pending, article=article, passages=self._passages(article)))
        callbacks.progress(report)
        return sorted(ready, key=lambda r: max((len(p.text) for p in r.passages), default=0))

    def _passages(self, article: Article) -> list[Passage]:
        """Cuts an article into passages; one that does not answer (retracted, held) needs none."""
        answers = article.status in ANSWERING_STATUSES
        return chunk(article, self._embedder.count_tokens, self._target) if answers else []

    def _batches(
        self, ready: Sequence[_PendingArticle], size: _BatchSize, callbacks: RunCallbacks
    ) -> Iterator[list[_PendingArticle]]:
        batch: list[_PendingArticle] = []
        passages = 0
        for one in ready:
            full = len(batch) >= self._settings.batch_articles or passages + len(one.passages) > size.passages
            if batch and full:
                yield batch
                batch, passages = [], 0
            if callbacks.stopped():
                return
            batch.append(one)
            passages += len(one.passages)
        if batch:
            yield batch

    def _store(self, batch: Sequence[_PendingArticle], report: IngestReport, callbacks: RunCallbacks) -> None:
        """Embeds a batch, writes it in one transaction, then reports it."""
        vectors = embed([r.passages for r in batch], self.archive, self._embedder)
        writes = [_write(r.article, r.passages, v) for r, v in zip(batch, vectors, strict=True)]
        outcomes = self.archive.write(writes)
        for pending, outcome in zip(batch, outcomes, strict=True):
            report.settle(outcome, pending.size)
        report.passages += sum(map(len, vectors))
        callbacks.committed([CommittedArticle(r.article.id, o, r.place) for r, o in zip(batch, outcomes, strict=True)])
        callbacks.progress(report)


def _write(article: Article, passages: Sequence[Passage], vectors: Vectors) -> Write:
    return Write(article, passages, vectors, fingerprint=fingerprint(article.text))  # copies get new headlines


def passage_target(settings: Settings, embedder: Embedder) -> int:
    """Returns the tokens of a passage: as set, or fewer if the model cannot read as many beside a headline."""
    room = max(embedder.max_tokens - TITLE_TOKENS, PASSAGE_TOKENS_LEAST)
    return min(settings.ingest.passage_tokens, room)


def identity(settings: Settings, embedder: Embedder) -> Identity:
    """Returns what the archive notes about how its vectors are made."""
    return Identity(embedder.model_id, embedder.dimension, describe_chunking(passage_target(settings, embedder)))


@dataclass(slots=True)
class IngestReport:
    """The counts of a run, while it lasts and at its end.

    `read` is the sum of new, changed, unchanged, erased and rejected, unless the run was interrupted. `unchanged`
    includes repetitions within the run; `erased` are articles that were erased before and are not stored again.
    """

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    erased: int = 0
    reasons: Counter[str] = field(default_factory=Counter)  # of the rejected
    notices: Counter[str] = field(default_factory=Counter)  # e.g. guessed character sets
    passages: int = 0  # stored
    bytes: int = 0  # of the source, of the records that are finished
    stored_bytes: int = 0  # of these, of those whose articles were stored
    seconds: float = 0.0
    interrupted: bool = False

    def settle(self, outcome: Outcome, size: int) -> None:
        """Counts an article."""
        setattr(self, outcome, getattr(self, outcome) + 1)
        self.bytes += size
        self.stored_bytes += size if outcome in ("new", "changed") else 0

    @property
    def stored(self) -> int:
        return self.new + self.changed

    @property
    def rejected(self) -> int:
        return self.reasons.total()

    @property
    def records(self) -> int:
        """How many articles are finished: stored, known or rejected."""
        return self.stored + self.unchanged + self.erased + self.rejected
