"""An article as readers may see it."""

from __future__ import annotations

from rag.errors import NotFound
from rag.store.archive.archive import Archive
from rag.types import Article, ArticleStatus


def article_for_readers(archive: Archive, article_id: str, *, revision: int | None = None) -> Article:
    """The article, or one of its revisions. Raises Erased, and NotFound also while editors hold it back."""
    article = archive.article(article_id)
    if article.status is ArticleStatus.HELD:
        raise NotFound(f"The article {article_id!r} is held back by its editors.", hint="Try again later.")
    return article if revision is None else archive.article(article_id, revision=revision)
