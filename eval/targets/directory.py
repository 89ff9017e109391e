"""Finds the document that an address or a title names, so that a rival's citations can be judged."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from eval.core.cases import Document
from eval.metrics.answers import tokens
from rag.types import Citation


class Directory:
    """The suite's documents by address, by title, and by an id that stands in an address."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._by_id = {d.id: d for d in documents}
        self._by_url: dict[str, Document] = {}
        self._by_title: dict[tuple[str, ...], Document] = {}
        for d in documents:  # where several share an address or a title, the first stands for it
            if d.fields.get("url"):
                self._by_url.setdefault(_plain(str(d.fields["url"])), d)
            if d.fields.get("title"):
                self._by_title.setdefault(tokens(str(d.fields["title"])), d)

    def find(self, url: str, title: str = "") -> Document | None:
        """The document, or None. An id is taken from the last part of a path, as in /articles/ID."""
        last = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]) if url else ""
        return (
            self._by_id.get(last)
            or self._by_id.get(url)
            or self._titled(url, title)
            or self._by_url.get(_plain(url))
            or self._by_title.get(tokens(title))
        )

    def citation(self, number: int, url: str, title: str = "") -> Citation:
        """A citation without a quote; of an address that nobody knows, the address is its article's id."""
        found = self.find(url, title)
        return Citation(
            number=number,
            passage_id="",
            article_id=found.id if found else url or title,
            title=title or str(found.fields.get("title") or "" if found else ""),
            outlet="",
            url=url or None,
            published=None,
            quote="",
            start=0,
            end=0,
            language=found.language if found else "und",
        )

    def _titled(self, url: str, title: str) -> Document | None:
        """Several documents may share an address: translations of one article. Then the title decides."""
        found = self._by_title.get(tokens(title)) if title else None
        return found if found and _plain(str(found.fields.get("url") or "")) == _plain(url) else None


def _plain(url: str) -> str:
    """Host and path: scheme, www, query and fragment left out."""
    parts = urlsplit(url)
    return f"{(parts.hostname or '').removeprefix('www.')}{unquote(parts.path).rstrip('/')}"
