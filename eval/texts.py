"""The documents' texts as ingestion makes them: what offsets are checked against, whatever the system says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from eval.cases import Document
from ingest.records import Bounds, to_article
from rag.errors import BadInput
from rag.types import Article

MAX_BYTES = 100_000_000


class Texts:
    """Every revision of every document; an article that is not among them is asked of `elsewhere`."""

    def __init__(
        self, documents: Sequence[Document], *, elsewhere: Callable[[str], str | None] = lambda article_id: None
    ) -> None:
        self._documents = documents
        self._elsewhere = elsewhere

    def of(self, article_id: str) -> Sequence[str]:
        """The texts of an article's revisions, oldest first; () when nobody knows it."""
        known = self._texts.get(article_id)
        if known is not None:
            return known
        found = self._elsewhere(article_id)
        self._texts[article_id] = () if found is None else (found,)
        return self._texts[article_id]

    @cached_property
    def _texts(self) -> dict[str, tuple[str, ...]]:
        texts: dict[str, tuple[str, ...]] = {}
        bounds = Bounds.of(MAX_BYTES)
        for document in self._documents:
            article = _article(document, bounds)
            if article is not None:
                texts[article.id] = (*texts.get(article.id, ()), article.text)
        return texts


def _article(document: Document, bounds: Bounds) -> Article | None:
    try:
        return to_article(document.raw, bounds)
    except BadInput:  # ingestion refuses it too: nothing can be cited from it
        return None
