"""Refuses what the archive must not hold, and finds inconsistencies in what it holds."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from rag.errors import BadInput
from rag.store.archive.read import WHOLE, read_identity
from rag.store.database.records import Write, content_hash
from rag.store.database.rows import VECTOR_TYPE, article_of, blank, storable
from rag.store.database.schema import articles, blocks, documents, fingerprints, passages, revisions, vectors
from rag.types import Article, ArticleStatus


def must_be_storable(write: Write, dimension: int) -> None:
    """Raise BadInput, naming the article and what is wrong with it, unless it can be stored whole."""
    problem = next(_problems(write, dimension), None)
    if problem is not None:
        raise BadInput(
            f"Article {write.article.id!r} cannot be stored: {problem}.", hint="Correct it and write it again."
        )


def _problems(write: Write, dimension: int) -> Iterator[str]:
    article = write.article
    if not article.id:
        yield "it has no id"
    for name, value in _strings(article):
        if not storable(value):
            yield f"its {name} holds a NUL character or half a surrogate pair"
    if not unicodedata.is_normalized("NFC", article.text):
        yield "its text is not in Unicode form NFC, into which offsets point"
    if article.status is ArticleStatus.ERASED:
        yield "erased is no status to write; erase it instead"
    yield from _bad_dates(article)
    yield from _bad_extra(article)
    yield from _bad_passages(write)
    yield from _bad_vectors(write, dimension)


def _strings(article: Article) -> Iterator[tuple[str, str]]:
    for name in ("id", "title", "text", "outlet", "url", "language", "kind", "section", "cluster"):
        value = getattr(article, name)
        if value is not None:
            yield name, value
    for author in article.authors:
        yield "authors", author


def _bad_dates(article: Article) -> Iterator[str]:
    for name, value in (("published", article.published), ("modified", article.modified)):
        if isinstance(value, datetime) and value.tzinfo is None:
            yield f"its {name} time names no time zone"


def _bad_extra(article: Article) -> Iterator[str]:
    try:
        text = json.dumps(dict(article.extra), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        yield f"its extra fields are not JSON ({error})"
        return
    if not storable(text):
        yield "its extra fields hold half a surrogate pair"


def _bad_passages(write: Write) -> Iterator[str]:
    article = write.article
    for at, passage in enumerate(write.passages):
        if passage.article_id != article.id:
            yield f"passage {at} belongs to {passage.article_id!r}"
        if not 0 <= passage.start < passage.end <= len(article.text):
            yield f"passage {at} lies outside the text ({passage.start} to {passage.end})"
        if article.text[passage.start : passage.end] != passage.text:
            yield f"the text at the offsets of passage {at} is not the passage's"
        if not storable(passage.id):
            yield f"the id of passage {at} cannot be stored"


def _bad_vectors(write: Write, dimension: int) -> Iterator[str]:
    wanted = (len(write.passages), dimension)
    if write.vectors.shape != wanted and (write.passages or write.vectors.size):
        yield f"its vectors have the shape {write.vectors.shape}, not {wanted}"
    elif not (np.abs(write.vectors) <= np.finfo(np.float16).max).all():
        yield "a vector holds a value that is not a number or too large"


def inconsistencies(connection: Connection) -> Iterator[str]:
    """What is inconsistent among the rows: hashes, offsets, counts, sizes of vectors."""
    identity = read_identity(connection)
    blocks = {row.change: row for row in connection.execute(_blocks())}
    bounds = {row.change: row for row in connection.execute(_bounds())}
    current = {row.change: row.id for row in connection.execute(select(articles.c.change, articles.c.id))}
    for row in connection.execution_options(yield_per=500).execute(WHOLE):
        article = article_of(row)
        name = f"article {article.id!r} revision {article.revision}"
        if content_hash(article) != row.content_hash:
            yield f"{name}: its text or fields are not those that were written"
        block, spans = blocks.pop(row.change, None), bounds.pop(row.change, None)
        yield from (f"{name}: {what}" for what in _wrong(article, block, spans, identity.dimension if identity else 0))
        if block is not None and block.removed_change is None and current.pop(row.change, None) != article.id:
            yield f"{name}: superseded, but its passages count as live"
        current.pop(row.change, None)
    yield from (f"article {article_id!r}: its current revision is missing" for article_id in current.values())
    yield from (f"passages of change {change}: no article has them" for change in bounds)
    for table, change in _left_behind(connection):
        yield f"{table} of change {change}: no article has them, but they were not erased"


def _left_behind(connection: Connection) -> Iterator[tuple[str, int]]:
    """Documents and vectors that belong to no revision and are not blank."""
    for table, column in (
        (documents, documents.c.text),
        (vectors, vectors.c.data),
        (fingerprints, fingerprints.c.data),
    ):
        query = select(table.c.change, column).outerjoin(revisions, revisions.c.change == table.c.change)
        for change, value in connection.execute(query.where(revisions.c.change.is_(None))):
            if value != blank(value):
                yield table.name, change


def _blocks() -> Any:
    b = blocks.c
    size = func.length(vectors.c.data).label("size")
    query = select(b.change, b.first_key, b["count"], b.removed_change, size)
    return query.join_from(blocks, vectors, b.change == vectors.c.change)


def _bounds() -> Any:
    p = passages.c
    return select(
        p.change,
        func.count().label("passages"),
        func.min(p.key).label("first"),
        func.max(p.key).label("last"),
        func.min(p.start_at).label("start"),
        func.max(p.end_at).label("end"),
        func.min(p.end_at - p.start_at).label("shortest"),
    ).group_by(p.change)


def _wrong(article: Article, block: Any, spans: Any, dimension: int) -> Iterator[str]:
    if (block is None) != (spans is None):
        yield "passages without vectors, or vectors without passages"
        return
    if block is None:
        return
    if block.size != block.count * dimension * VECTOR_TYPE.itemsize:
        yield f"its {block.count} vectors take {block.size} bytes"
    whole = (spans.passages, spans.first, spans.last)
    if whole != (block.count, block.first_key, block.first_key + block.count - 1):
        yield "its passages and vectors do not match one to one"
    if spans.start < 0 or spans.shortest < 1 or spans.end > len(article.text):
        yield "a passage points outside the text"
