"""The Model Context Protocol, spoken by the SDK's own client over HTTP; over stdio in test_readme.py."""

from __future__ import annotations

import anyio
import pytest
from mcp import Client

from rag.types import ShortAnswer

TOOLS = {"ask", "search", "get_article", "get_story", "list_outlets"}


def talk(server, conversation):
    """Runs a conversation with a server and gives what it returns."""

    async def run():
        async with Client(server) as client:
            return await conversation(client)

    return anyio.run(run)


def test_tools_are_typed_and_read_only(client):
    tools = talk(f"{client.base_url}/mcp", lambda c: c.list_tools()).tools
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert tool.annotations.read_only_hint is True and tool.annotations.destructive_hint is False
        assert tool.output_schema and tool.description and tool.title
    ask = next(tool for tool in tools if tool.name == "ask")
    assert ask.input_schema["required"] == ["question"]
    assert ask.input_schema["properties"]["languages"]["items"]["pattern"]


def test_asking_over_http(client, engine):
    arguments = {"question": "Who?", "languages": ["en"], "published_from": "2025-01-01", "as_of": "2025-12-31"}
    result = talk(f"{client.base_url}/mcp", lambda c: c.call_tool("ask", arguments))
    assert not result.is_error
    answer = result.structured_content
    assert answer["status"] == "answered" and answer["citations"][0]["quote"] in engine.about.text
    assert answer["citations"][0]["context"]["text"] == engine.about.text
    _, filters, _, as_of, _ = engine.asked[0]
    assert filters.languages == ("en",) and str(as_of) == "2025-12-31"


@pytest.mark.parametrize(
    ("outcome", "said"), [("doubt", "They may answer it."), ("refuse", "Nothing"), ("browse", "- ")]
)
def test_the_text_that_a_model_reads_says_what_it_is(client, engine, outcome, said):
    setattr(engine, outcome, True)
    result = talk(f"{client.base_url}/mcp", lambda c: c.call_tool("ask", {"question": "Who?"}))
    assert result.content[0].text.startswith(said) and "Pact signed (Outlet" in result.content[0].text
    assert result.structured_content["kind"] == ("digest" if outcome == "browse" else "answer")


def test_the_short_answer_is_the_first_line(client, engine):
    engine.short = (ShortAnswer("18 mars 2025", (1,), said="18 March 2025"),)
    result = talk(f"{client.base_url}/mcp", lambda c: c.call_tool("ask", {"question": "When?"}))
    assert result.content[0].text.startswith("18 March 2025[1]\n\n")
    assert result.structured_content["short"][0]["said"] == "18 March 2025"


def test_searching_and_reading_over_http(client):
    async def conversation(c):
        found = await c.call_tool("search", {"query": "x", "limit": 3})
        passage = found.structured_content["hits"][0]["passage"]
        place = {name: passage[name] for name in ("article_id", "start", "end")}
        return passage, await c.call_tool("get_article", place)

    passage, article = talk(f"{client.base_url}/mcp", conversation)
    assert article.structured_content["context"]["quote"] == passage["text"]


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("ask", {"question": " "}, "empty"),
        ("ask", {}, "question"),
        ("ask", {"question": "a", "languages": ["<script>"]}, "languages"),
        ("search", {"query": "x", "limit": 1000}, "limit"),
        ("get_article", {"article_id": "nothing"}, "no article"),
        ("get_article", {"article_id": "a/1", "start": 1}, "both"),
        ("erase", {}, "erase"),
    ],
)
def test_what_cannot_be_done_is_told(client, tool, arguments, said):
    result = talk(f"{client.base_url}/mcp", lambda c: c.call_tool(tool, arguments))
    assert result.is_error
    assert said in result.content[0].text


def test_faults_stay_inside(serve, engine):
    engine.fail_at = 1
    result = talk(f"{serve(engine).base_url}/mcp", lambda c: c.call_tool("ask", {"question": "q"}))
    assert result.is_error and "secret" not in result.content[0].text


def test_unknown_origins_and_callers_without_a_key_are_refused(serve, engine):
    client = serve(engine, cors_origins=("https://agent.example",))
    call = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    headers = {"Accept": "application/json, text/event-stream"}
    for origin, status in (("https://evil.example", 403), (str(client.base_url), 403), ("null", 403)):
        assert client.post("/mcp", json=call, headers={**headers, "Origin": origin}).status_code == status
    reply = client.post("/mcp", json=call, headers={**headers, "Origin": "https://agent.example"})
    assert reply.status_code == 200 and reply.json()["result"] == {}
    assert serve(engine, require_key=True).post("/mcp", json=call, headers=headers).status_code == 401


def test_bad_bodies(client):
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    for body in ("{", "[]", "null", '{"jsonrpc": "2.0"}', "[" * 10_000):
        assert 400 <= client.post("/mcp", content=body, headers=headers).status_code < 500
    assert client.post("/mcp", content="{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert client.post("/mcp", content=b"x" * 2_000_000, headers=headers).status_code == 413
