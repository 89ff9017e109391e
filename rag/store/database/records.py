"""Values that go into the archive and come out of it, besides articles and passages."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.types import Article, ArticleStatus, Passage

Outcome = Literal["new", "changed", "unchanged", "erased"]
ChangeKind = Literal["put", "erase", "status"]

NO_DAY = -(2**31)  # published_day of an article without a date


@dataclass(frozen=True, slots=True)
class Identity:
    """The model and the chunking of the archive's vectors; others cannot be mixed in."""

    model_id: str
    dimension: int
    chunking: str


@dataclass(frozen=True, slots=True)
class Write:
    """An article to store with its passages and their vectors, float32 (n, d). The archive assigns the revision."""

    article: Article
    passages: Sequence[Passage]
    vectors: NDArray[np.float32]
    fingerprint: bytes = b""  # of the text (rag/text/fingerprint.py); without one it joins no cluster of copies
    forced: bool = False  # a change also where the article once stood like that: a retraction, for the second time


@dataclass(frozen=True, slots=True)
class StoredState:
    """What the archive knows about an id. An erased one has status `erased`, revision 0 and no hashes."""

    id: str
    revision: int
    status: ArticleStatus
    text_hashes: frozenset[str]  # of all revisions
    current_hash: str
    modified: datetime | None  # of the current revision
    modified_by_hash: Mapping[str, datetime | None]  # hash -> `modified` of the newest revision that has it
    change: int = 0  # the change that wrote the current revision, or erased the article
    readmit: bool = False  # it was retracted as its page had vanished, and the page is back: what it says counts again


@dataclass(frozen=True, slots=True)
class Plan:
    """What writing an article would do, and the revision that it would get (or keeps)."""

    outcome: Outcome
    revision: int


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the archive's history; numbers grow in the order of the commits."""

    number: int
    article_id: str
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage and its key, which is never given to another passage."""

    key: int
    passage: Passage


@dataclass(frozen=True, slots=True)
class Batch:
    """Passages for an index: keys (n,), vectors float32 (n, d), and the passages in the same order."""

    keys: NDArray[np.int64]
    vectors: NDArray[np.float32]
    passages: list[Passage]


@dataclass(frozen=True, slots=True)
class StoredVectors:
    """Keys (n,) and their vectors, float32 (n, d)."""

    keys: NDArray[np.int64]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Columns:
    """Live passages as columns: keys (n,), vectors float16 (n, d), days since 1970 (NO_DAY: no date), codes (n,).

    A code is a position in its vocabulary: `languages[language[i]]`.
    """

    keys: NDArray[np.int64]
    vectors: NDArray[np.float16]
    published_day: NDArray[np.int32]
    language: NDArray[np.int32]
    outlet: NDArray[np.int32]
    kind: NDArray[np.int32]
    languages: tuple[str, ...]
    outlets: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArchiveStats:
    """What the archive holds. `articles` counts all but the erased, `passages` those that may answer."""

    articles: int
    passages: int
    revisions: int
    erased: int
    last_change: int
    bytes: int
    by_language: Mapping[str, int]
    by_outlet: Mapping[str, int]
    first_published: datetime | None
    last_published: datetime | None


def content_hash(article: Article) -> str:
    """SHA-256 over what makes a revision: title (NFC), text, url, outlet, language, kind, status, published.

    `modified`, authors, section and extra fields are left out: they change without the reader seeing a difference.
    """
    published = article.published.astimezone(UTC).isoformat() if article.published else ""
    fields = (
        unicodedata.normalize("NFC", article.title),
        article.text,
        article.url or "",
        article.outlet,
        article.language,
        article.kind,
        article.status.value,
        published,
    )
    return hashlib.sha256("\0".join(fields).encode("utf-8", "surrogatepass")).hexdigest()


def passage_id(article_id: str, revision: int, start: int, end: int) -> str:
    """The name of a passage outside the archive: 32 hex digits over article id, revision and offsets."""
    name = f"{article_id}\0{revision}\0{start}\0{end}"
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def plan(known: StoredState | None, article: Article, digest: str) -> Plan:
    """Decide what writing `article` (with its content hash) does to what is known of its id.

    Content that an earlier revision already had is taken as news only when it comes with a later `modified`:
    feeding an old dump again must not turn the article back. An article that was retracted because its page had
    vanished comes back only when the page was seen again.
    """
    if known is None:
        return Plan("new", 1)
    if known.status is ArticleStatus.ERASED:
        return Plan("erased", 0)
    seen = digest in known.text_hashes and not known.readmit and not _later(article, known, digest)
    if digest == known.current_hash or seen:
        return Plan("unchanged", known.revision)
    return Plan("changed", known.revision + 1)


def _later(article: Article, known: StoredState, digest: str) -> bool:
    """Is the record newer than both the current revision and the earlier one with the same content?"""
    dates = [moment for moment in (known.modified, known.modified_by_hash.get(digest)) if moment is not None]
    return article.modified is not None and all(article.modified > moment for moment in dates)
