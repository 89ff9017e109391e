"""The retriever inside a chain, over the starter corpus."""

from __future__ import annotations

from langchain_core.runnables import RunnableLambda

from rag.langchain import TelalRetriever
from rag.types import Filters


def test_documents_can_be_cited(telal_engine):
    documents = TelalRetriever(engine=telal_engine, limit=3).invoke("Who signed the Tirana agreement?")
    assert 0 < len(documents) <= 3
    for document in documents:
        place = document.metadata
        article = telal_engine.archive.article(place["article_id"])
        assert article.text[place["start"] : place["end"]] == document.page_content
        assert place["published"].startswith(f"{article.published:%Y-%m-%d}") and place["outlet"] == article.outlet


def test_filters_and_chains(telal_engine):
    retriever = TelalRetriever(engine=telal_engine, filters=Filters(languages=("sr",)))
    chain = retriever | RunnableLambda(lambda documents: {d.metadata["language"] for d in documents})
    assert chain.invoke("sporazum u Tirani") == {"sr-Cyrl"}


async def _asked(retriever):
    return await retriever.ainvoke("Tirana")


def test_asynchronously(telal_engine):
    import asyncio

    assert asyncio.run(_asked(TelalRetriever(engine=telal_engine)))
