"""Telal as a LangChain retriever, so that any chain can read from the archive."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.engine import Engine
from rag.types import Filters, Hit
from rag.wire import jsonable


class TelalRetriever(BaseRetriever):
    """Finds passages; each document carries what is needed to cite it.

    >>> retriever = TelalRetriever(engine=engine, limit=5, filters=Filters(languages=("sr",)))
    >>> retriever.invoke("Ko je potpisao sporazum u Tirani?")

    Metadata: `passage_id`, `article_id`, `title`, `outlet`, `url`, `published` (ISO 8601), `language`, `kind`, `start`,
    `end` (code points into the article's text), `score`. Raises the errors of rag.errors.
    """

    engine: Engine
    limit: int = 6
    filters: Filters = Filters()

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [_document(hit) for hit in self.engine.search(query, filters=self.filters, limit=self.limit)]


def _document(hit: Hit) -> Document:
    p = hit.passage
    names = ("article_id", "title", "outlet", "url", "published", "language", "kind", "start", "end")
    metadata: dict[str, Any] = {name: jsonable(getattr(p, name)) for name in names}
    return Document(page_content=p.text, id=p.id, metadata={"passage_id": p.id, **metadata, "score": hit.score})
