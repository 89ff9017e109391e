"""Finds the newest articles: of an archive, or those that mention the names of a text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta

from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes
from rag.types import Article, Filters, Passage

_LIMIT = 300  # passages that are looked up at once
_ENOUGH = 60
_WINDOWS = (timedelta(days=30), timedelta(days=365), None)  # before the newest article, until there are enough
_ALL = 0.99  # of the names


def newest(filters: Filters, limit: int, *, archive: Archive) -> list[tuple[Article, Passage]]:
    """Returns the newest articles that may answer, each with its first passage."""
    listed = archive.articles(filters=filters, limit=limit)
    openings = archive.openings([article.id for article in listed])
    return [(article, openings[article.id]) for article in listed if article.id in openings]


def newest_bearing(names: str, filters: Filters, *, indexes: Indexes, archive: Archive) -> list[Passage]:
    """Returns passages in any language that mention all names of a text: some sixty of the newest, the newest first."""
    last = archive.articles(filters=filters, limit=1)
    if not last:
        return []
    found: dict[int, Passage] = {}
    for window in _WINDOWS if last[0].published else _WINDOWS[-1:]:
        since = _since(last[0], window)
        within = replace(filters, published_from=max(filter(None, (since, filters.published_from)), default=None))
        scored = indexes.search_names(names, language="und", limit=_LIMIT, filters=within)
        found = archive.passages([one.key for one in scored if one.score >= _ALL])
        if len(found) >= _ENOUGH:
            break
    return sorted(found.values(), key=lambda p: (p.published is not None, p.published), reverse=True)


def _since(last: Article, window: timedelta | None) -> date | None:
    return last.published.astimezone(UTC).date() - window if last.published and window else None
