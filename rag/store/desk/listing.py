"""Finds articles for an editor: also those that answer nothing, which search does not find."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from rag.store.database.database import Database
from rag.store.database.schema import articles
from rag.types import ArticleStatus


def ids_with_status(database: Database, statuses: Sequence[ArticleStatus], *, limit: int) -> list[str]:
    """The articles of these statuses, the last changed first."""
    query = select(articles.c.id).where(articles.c.status.in_([status.value for status in statuses]))
    with database.reading() as connection:
        return list(connection.scalars(query.order_by(articles.c.change.desc()).limit(limit)))


def ids_of_outlet(database: Database, outlet: str, *, limit: int) -> list[str]:
    """An outlet's articles, the last taken in or changed first."""
    query = select(articles.c.id).where(articles.c.outlet_key == outlet.casefold())
    with database.reading() as connection:
        return list(connection.scalars(query.order_by(articles.c.change.desc()).limit(limit)))
