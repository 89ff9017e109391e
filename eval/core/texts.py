"""The documents' texts as ingestion makes them: what offsets are checked against, whatever the system says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from eval.core.cases import Document
from ingest.records import Bounds, to_article
from rag.errors import BadInput

MAX_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Revision:
    """The text of an article from a day on; `since` None: always."""

    since: date | None
    text: str


class Texts:
    """Every revision of every document; an article that is not among them is asked of `elsewhere`."""

    def __init__(
        self, documents: Sequence[Document], *, elsewhere: Callable[[str], str | None] = lambda article_id: None
    ) -> None:
        self._documents = documents
        self._elsewhere = elsewhere

    def of(self, article_id: str) -> Sequence[str]:
        """The texts of an article's revisions, oldest first; () when nobody knows it."""
        return [r.text for r in self._revisions(article_id)]

    def in_force(self, article_id: str, day: date | None) -> str | None:
        """The text as it stood at the end of a day, None: now; None when the article was not there yet."""
        known = [r for r in self._revisions(article_id) if day is None or r.since is None or r.since <= day]
        return known[-1].text if known else None

    def _revisions(self, article_id: str) -> Sequence[Revision]:
        known = self._known.get(article_id)
        if known is None:
            found = self._elsewhere(article_id)
            known = self._known[article_id] = () if found is None else (Revision(None, found),)
        return known

    @cached_property
    def _known(self) -> dict[str, tuple[Revision, ...]]:
        known: dict[str, tuple[Revision, ...]] = {}
        bounds = Bounds.of(MAX_BYTES)
        for document in self._documents:
            try:
                article = to_article(document.raw, bounds)
            except BadInput:  # ingestion refuses it too: nothing can be cited from it
                continue
            since = article.modified or article.published
            known[article.id] = (*known.get(article.id, ()), Revision(since.date() if since else None, article.text))
        return known
