"""Entries of a live blog between two looks at its page: one that was taken out is gone, one that is back answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ingest.lifecycle import truth
from rag.errors import Erased, NotFound
from rag.store.archive.archive import Archive
from rag.store.database.addresses import LIVE_BLOG
from rag.types import Article, ArticleStatus


def returned(archive: Archive, entries: Sequence[Article], at: datetime) -> int:
    """Entries that had been taken out and are listed again count as news; how many. Before they are taken in."""
    back = [entry.id for entry in entries if archive.absence(entry.id) == "gone"]
    for article_id in back:
        archive.settle_absence(article_id, "back", at)
    return len(back)


def vanished(archive: Archive, entries: Sequence[Article], at: datetime) -> list[str]:
    """Retract the held entries of a blog that its page lists no more; their ids. After the listed ones were taken in.

    Only what is newer than the oldest listed entry: long blogs drop their first entries, or show them elsewhere.
    """
    listed = {entry.id for entry in entries}
    oldest = min((entry.published for entry in entries if entry.published), default=None)
    url = entries[0].url if entries else None
    if oldest is None or url is None:
        return []
    gone = []
    for article_id in archive.at_address(url):
        held = None if article_id in listed else _answering(archive, article_id)
        if held is not None and LIVE_BLOG in held.extra and held.published and held.published > oldest:
            truth.taken_out(archive, article_id, at)
            gone.append(article_id)
    return gone


def _answering(archive: Archive, article_id: str) -> Article | None:
    try:
        article = archive.article(article_id)
    except (Erased, NotFound):
        return None
    return article if article.status is not ArticleStatus.RETRACTED else None
