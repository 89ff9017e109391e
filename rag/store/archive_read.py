"""Reading the archive inside one snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, and_, func, or_, select

from rag.errors import Erased, NotFound
from rag.store.records import ArchiveStats, Batch, Change, Identity, Known, StoredPassage
from rag.store.rows import ANSWERING, PASSAGE_COLUMNS, VECTOR_TYPE, article_of, matching, moment, passage_of
from rag.store.schema import (
    UNDATED,
    articles,
    blocks,
    changes,
    documents,
    meta,
    passages,
    revisions,
    tombstones,
    vectors,
)
from rag.types import Article, ArticleStatus, Filters, Passage

_IN_LIST = 500  # values in one IN list: far below every database's limit
_T = TypeVar("_T")

WHOLE: Select[Any] = select(revisions, *(column for column in documents.c if column.name != "change")).join_from(
    revisions, documents, documents.c.change == revisions.c.change
)
_PASSAGES: Select[Any] = (
    select(*PASSAGE_COLUMNS, documents.c.text)
    .join_from(passages, revisions, passages.c.change == revisions.c.change)
    .join(documents, documents.c.change == passages.c.change)
)


def chunks(values: Iterable[_T], size: int = _IN_LIST) -> Iterator[list[_T]]:
    """The values in lists of at most `size`."""
    whole = list(values)
    return (whole[at : at + size] for at in range(0, len(whole), size))


def read_identity(connection: Connection) -> Identity | None:
    """The model that the vectors are from; none before the first write."""
    values = {row.name: row.value for row in connection.execute(select(meta.c.name, meta.c.value))}
    if "model_id" not in values:
        return None
    return Identity(values["model_id"], int(values["dimension"]), values["chunking"])


def known_of(connection: Connection, ids: Iterable[str]) -> dict[str, Known]:
    """What is held of these ids, erased ones too; ids that were never written are left out."""
    found: dict[str, Known] = {}
    r = revisions.c
    for some in chunks(ids):
        rows = connection.execute(
            select(r.article_id, r.change, r.revision, r.content_hash, r.modified, r.status)
            .where(r.article_id.in_(some))
            .order_by(r.article_id, r.revision)
        )
        for row in rows:
            found[row.article_id] = succeed(
                found.get(row.article_id),
                Known(
                    id=row.article_id,
                    revision=row.revision,
                    status=ArticleStatus(row.status),
                    text_hashes=frozenset({row.content_hash}),
                    current_hash=row.content_hash,
                    modified=moment(row.modified),
                    seen={row.content_hash: moment(row.modified)},
                    change=row.change,
                ),
            )
        t = tombstones.c
        stones = select(t.article_id, t.change).where(t.article_id.in_(some))
        for article_id, change in connection.execute(stones):
            found[article_id] = Known(article_id, 0, ArticleStatus.ERASED, frozenset(), "", None, {}, change)
    return found


def succeed(before: Known | None, latest: Known) -> Known:
    """`latest` with the hashes of the revisions before it."""
    if before is None:
        return latest
    return replace(latest, text_hashes=before.text_hashes | latest.text_hashes, seen={**before.seen, **latest.seen})


def read_article(connection: Connection, article_id: str, revision: int | None) -> Article:
    """One revision of an article, the current one by default; raises NotFound, Erased."""
    query = WHOLE.where(revisions.c.article_id == article_id)
    if revision is None:
        query = query.order_by(revisions.c.revision.desc()).limit(1)
    else:
        query = query.where(revisions.c.revision == revision)
    row = connection.execute(query).first()
    if row is not None:
        return article_of(row)
    if connection.scalar(select(tombstones.c.change).where(tombstones.c.article_id == article_id)) is not None:
        raise Erased(f"Article {article_id!r} was erased.", hint="Its text is gone for good.")
    what = f"article {article_id!r}" if revision is None else f"revision {revision} of article {article_id!r}"
    raise NotFound(f"There is no {what}.", hint="`telal articles list` shows the ids.")


def list_articles(connection: Connection, filters: Filters, after: str | None, limit: int) -> list[Article]:
    """Current revisions, newest published first, undated ones last; `after` is the last id of the page before."""
    query = WHOLE.join(articles, articles.c.change == revisions.c.change)
    condition = matching(filters)
    if condition is not None:
        query = query.where(condition)
    if after is not None:
        published = _published(connection, after)
        older = articles.c.published < published
        query = query.where(or_(older, and_(articles.c.published == published, articles.c.id > after)))
    query = query.order_by(articles.c.published.desc(), articles.c.id).limit(limit)
    return [article_of(row) for row in connection.execute(query)]


def _published(connection: Connection, article_id: str) -> int:
    """When the article was published, to go on after it, also when it has been erased since."""
    for table, column in ((articles, articles.c.id), (tombstones, tombstones.c.article_id)):
        value: int | None = connection.scalar(select(table.c.published).where(column == article_id))
        if value is not None:
            return value
    raise NotFound(f"There is no article {article_id!r} to go on after.", hint="Begin again without it.")


def live_passages(connection: Connection, keys: Sequence[int]) -> dict[int, Passage]:
    """The passages of these keys that may answer: of a current revision, live or corrected."""
    found: dict[int, Passage] = {}
    query = _PASSAGES.join(articles, articles.c.change == revisions.c.change)
    query = query.where(articles.c.id == revisions.c.article_id, articles.c.status.in_(ANSWERING))
    for some in chunks(int(key) for key in keys):
        for row in connection.execute(query.where(passages.c.key.in_(some))):
            found[row.key] = passage_of(row, row.text)
    return found


def passages_of(connection: Connection, article_id: str) -> list[StoredPassage]:
    """The passages of an article's current revision, in reading order; none when it is not there."""
    query = (
        _PASSAGES.join(articles, articles.c.change == revisions.c.change)
        .where(articles.c.id == article_id)
        .order_by(passages.c.key)
    )
    block = select(blocks.c.first_key, blocks.c["count"]).join_from(
        articles, blocks, articles.c.change == blocks.c.change
    )
    row = connection.execute(block.where(articles.c.id == article_id)).first()
    if row is None:
        return []
    query = query.where(passages.c.key.between(row[0], row[0] + row[1] - 1))
    return [StoredPassage(row.key, passage_of(row, row.text)) for row in connection.execute(query)]


def read_last_change(connection: Connection) -> int:
    """The number of the newest change; 0 in an empty archive."""
    return connection.scalar(select(func.max(changes.c.number))) or 0


def read_changes(connection: Connection, since: int, limit: int) -> list[Change]:
    """Changes after `since`, oldest first."""
    query = select(changes).where(changes.c.number > since).order_by(changes.c.number).limit(limit)
    return [Change(row.number, row.article_id, row.kind) for row in connection.execute(query)]


def erased_after(connection: Connection, since: int) -> bool:
    """Was an article erased after this change?"""
    return connection.scalar(select(tombstones.c.change).where(tombstones.c.change > since).limit(1)) is not None


def removed_keys(connection: Connection, since: int, upto: int) -> NDArray[np.int64]:
    """Keys superseded, retracted or erased by the changes in (since, upto]."""
    b = blocks.c
    query = select(b.first_key, b["count"]).where(b.removed_change > since, b.removed_change <= upto)
    ranges = [np.arange(first, first + count) for first, count in connection.execute(query)]
    return np.sort(np.concatenate(ranges)).astype(np.int64) if ranges else np.empty(0, np.int64)


def added_batch(connection: Connection, since: int, upto: int, size: int) -> tuple[Batch | None, int]:
    """The first live passages added in (since, upto], at most `size`, whole articles; and the change to go on from.

    An article with more passages than `size` comes alone in a larger batch.
    """
    b = blocks.c
    live = select(b.change, b["count"]).where(b.removed_change.is_(None), b.change > since, b.change <= upto)
    total, last = 0, since
    for change, count in connection.execute(live.order_by(b.change).limit(size)):
        if total and total + count > size:
            break
        total, last = total + count, change
    if not total:
        return None, upto
    wanted = (b.removed_change.is_(None), b.change > since, b.change <= last)
    held = select(vectors.c.data).join_from(blocks, vectors, b.change == vectors.c.change)
    data = b"".join(connection.scalars(held.where(*wanted).order_by(b.change)))
    query = _PASSAGES.join(blocks, b.change == passages.c.change).where(*wanted).order_by(passages.c.key)
    rows = connection.execute(query).all()
    keys = np.fromiter((row.key for row in rows), np.int64, len(rows))
    matrix = np.frombuffer(data, VECTOR_TYPE).reshape(len(rows), -1).astype(np.float32)
    return Batch(keys, matrix, [passage_of(row, row.text) for row in rows]), last


def read_stats(connection: Connection, size_bytes: int) -> ArchiveStats:
    """Counts, by language and outlet too, and the span of dates."""
    a, dated = articles.c, articles.c.published != UNDATED
    first, last = connection.execute(select(func.min(a.published), func.max(a.published)).where(dated)).one()
    live = select(func.sum(blocks.c["count"])).where(blocks.c.removed_change.is_(None))
    return ArchiveStats(
        articles=connection.scalar(select(func.count()).select_from(articles)) or 0,
        passages=connection.scalar(live) or 0,
        revisions=connection.scalar(select(func.count()).select_from(revisions)) or 0,
        erased=connection.scalar(select(func.count()).select_from(tombstones)) or 0,
        last_change=read_last_change(connection),
        bytes=size_bytes,
        by_language=_counts(connection, a.language),
        by_outlet=_counts(connection, a.outlet),
        first_published=moment(first),
        last_published=moment(last),
    )


def _counts(connection: Connection, column: Any) -> dict[str, int]:
    """How many articles have each value, the most frequent first."""
    query = select(column, func.count()).select_from(articles).group_by(column)
    return {value: count for value, count in connection.execute(query.order_by(func.count().desc(), column))}
