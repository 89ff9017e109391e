"""Converts between the archive's rows and Telal's types."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Row, and_, or_

from rag.store.database.records import NO_DAY
from rag.store.database.schema import UNDATED, articles
from rag.types import Article, ArticleStatus, Filters, Passage

_IN_LIST = 500  # values in one IN list: far below every database's limit
_T = TypeVar("_T")

VECTOR_TYPE = np.dtype("<f2")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1) // timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(value: int | None) -> datetime | None:
    """The aware time for microseconds since 1970."""
    return None if value is None or value == UNDATED else _EPOCH + timedelta(microseconds=value)


def day(moment: datetime) -> int:
    """Whole days since 1970, UTC."""
    return micros(moment) // _DAY


def article_of(row: Row[Any]) -> Article:
    """The article in a row of `revisions` joined with `documents`."""
    return Article(
        id=row.article_id,
        title=row.title,
        text=row.text,
        outlet=row.outlet,
        url=row.url,
        language=row.language,
        published=moment(row.published),
        modified=moment(row.modified),
        authors=tuple(json.loads(row.authors)),
        kind=row.kind,
        section=row.section,
        revision=row.revision,
        status=ArticleStatus(row.status),
        cluster=row.cluster,
        extra=json.loads(row.extra),
    )


def revision_row(article: Article, digest: str) -> dict[str, Any]:
    """The columns of `revisions`, but for the change."""
    return {
        "article_id": article.id,
        "revision": article.revision,
        "content_hash": digest,
        "modified": micros(article.modified) if article.modified else None,
        "published": micros(article.published) if article.published else None,
        "status": article.status.value,
        "language": article.language,
        "kind": article.kind,
    }


def document_row(article: Article) -> dict[str, Any]:
    """The columns of `documents`, but for the change."""
    return {
        "outlet": article.outlet,
        "url": article.url,
        "section": article.section,
        "cluster": article.cluster,
        "title": article.title,
        "authors": json.dumps(article.authors, ensure_ascii=False),
        "extra": json.dumps(dict(article.extra), ensure_ascii=False),
        "text": article.text,
    }


def blank(value: str | bytes | None) -> str | bytes | None:
    """Blanks of the length that the value takes in the database."""
    if isinstance(value, str):
        return " " * len(value.encode("utf-8"))
    return None if value is None else bytes(len(value))


def block_row(article: Article, first_key: int, count: int) -> dict[str, Any]:
    """The columns of `blocks`, but for the changes."""
    return {
        "first_key": first_key,
        "count": count,
        "published_day": day(article.published) if article.published else NO_DAY,
        "language": article.language,
        "outlet": article.outlet,
        "kind": article.kind,
    }


def article_row(article: Article) -> dict[str, Any]:
    """The columns of `articles`, but for the id and the change."""
    return {
        "status": article.status.value,
        "published": micros(article.published) if article.published else UNDATED,
        "language": article.language,
        "language_key": article.language.lower(),
        "outlet": article.outlet,
        "outlet_key": article.outlet.casefold(),
        "kind_key": article.kind.casefold(),
    }


def passage_reader(document: Row[Any]) -> Callable[[Row[Any], str], Passage]:
    """Makes the passages of a document (`revisions` joined with `documents`) from rows of `passages` and their texts;
    what they share is read once."""
    article, revision, kind = document.article_id, document.revision, document.kind
    shared = (
        document.title,
        document.outlet,
        document.url,
        document.language,
        moment(document.published),
        moment(document.modified),
        kind,
        ArticleStatus(document.status),
        facts_from(kind, document.extra),
    )
    return lambda row, text: Passage(row.id, article, revision, row.ordinal, text, row.start_at, row.end_at, *shared)


def facts_from(kind: str, extra: str) -> str:
    """The outlet whose facts a brief restates, as its record's `brief_of` names it; "" for every other article."""
    of = json.loads(extra).get("brief_of") if kind == "brief" else None
    return str(of.get("outlet") or "") if isinstance(of, dict) else ""


def blob(vectors: NDArray[np.float32]) -> bytes:
    """Vectors (n, d) as float16, little-endian, row after row."""
    return vectors.astype(VECTOR_TYPE).tobytes()


def filter_condition(filters: Filters) -> ColumnElement[bool] | None:
    """The condition on `articles` that the filters mean; none for empty filters."""
    parts: list[ColumnElement[bool]] = []
    if filters.published_from or filters.published_to:
        parts.append(articles.c.published != UNDATED)
    if filters.published_from:
        parts.append(articles.c.published >= midnight(filters.published_from.toordinal()))
    if filters.published_to:
        parts.append(articles.c.published < midnight(filters.published_to.toordinal() + 1))
    if filters.languages:
        parts.append(or_(*(_speaks(language.lower()) for language in filters.languages)))
    if filters.outlets:
        parts.append(articles.c.outlet_key.in_([outlet.casefold() for outlet in filters.outlets]))
    if filters.kinds:
        parts.append(articles.c.kind_key.in_([kind.casefold() for kind in filters.kinds]))
    return and_(*parts) if parts else None


def midnight(ordinal: int) -> int:
    """Microseconds since 1970 at the beginning of a day, by its ordinal; UTC."""
    return (ordinal - _EPOCH.toordinal()) * _DAY


def _speaks(language: str) -> ColumnElement[bool]:
    column = articles.c.language_key
    return or_(column == language, column.startswith(language + "-", autoescape=True))


def chunks(values: Iterable[_T]) -> list[list[_T]]:
    """The values in lists that a statement can name."""
    whole = list(values)
    return [whole[at : at + _IN_LIST] for at in range(0, len(whole), _IN_LIST)]


def storable(value: str) -> bool:
    """Can every database hold this string? NUL and lone surrogates cannot be stored."""
    if "\0" in value:
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
