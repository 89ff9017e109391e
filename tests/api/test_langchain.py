"""The retriever inside a chain and the tool in an agent's hands, over the starter corpus."""

from __future__ import annotations

import pytest
from langchain_core.messages import ToolCall
from langchain_core.runnables import RunnableLambda
from langchain_core.utils.function_calling import convert_to_openai_tool

from rag.errors import BadInput
from rag.langchain import TelalRetriever, TelalTool
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


def test_an_agent_asks(telal_engine):
    tool = TelalTool(engine=telal_engine)
    call = ToolCall(name=tool.name, args={"question": "Who signed the Tirana agreement?"}, id="1", type="tool_call")
    message = tool.invoke(call)
    cited = message.artifact.citations[0]
    assert "Pirro Vengu" in message.content and f"[1] {cited.title} ({cited.outlet}, " in message.content
    assert cited.url in message.content


def test_an_agent_is_refused_and_may_choose_languages(telal_engine):
    tool = TelalTool(engine=telal_engine)
    refused = tool.invoke({"question": "Who won the 2031 election in Sarajevo?"})
    assert refused.splitlines()[2].startswith("- ") and "http" in refused
    call = ToolCall(
        name=tool.name, args={"question": "sporazum u Tirani", "languages": ["sr"]}, id="1", type="tool_call"
    )
    assert {c.language for c in tool.invoke(call).artifact.citations} <= {"sr-Cyrl"}
    with pytest.raises(BadInput):
        tool.invoke({"question": " "})


def test_the_arguments_are_described_and_the_engine_is_not(telal_engine):
    described = convert_to_openai_tool(TelalTool(engine=telal_engine))["function"]
    assert set(described["parameters"]["properties"]) == {"question", "languages"}
