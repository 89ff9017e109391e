"""An archive without articles says so wherever it is asked, and how to fill it."""

from __future__ import annotations

import asyncio

import httpx
import pytest
import typer
from mcp import Client
from typer.testing import CliRunner

from api.app import build_app
from rag import commands
from rag.config import EmbeddingSettings, Settings
from rag.newsroom import Newsroom
from rag.store.archive.archive import Archive

WORDS = "telal ingest --starter"


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    settings = Settings(data_dir=tmp_path_factory.mktemp("empty") / "data", embedding=EmbeddingSettings(threads=1))
    with Newsroom.open(settings, own=True) as engine:
        yield engine


@pytest.fixture
def http(empty, serving_app):
    with serving_app(build_app(empty, empty.settings)) as address, httpx.Client(base_url=address, timeout=60) as made:
        yield made


@pytest.mark.parametrize("path", ["/v1/sources", "/v1/stats", "/v1/articles", "/v1/suggestions?language=el", "/readyz"])
def test_routes_that_list(http, path):
    assert any(WORDS in notice for notice in http.get(path).raise_for_status().json()["notices"])


def test_asking_and_searching(http):
    assert any(WORDS in notice for notice in http.post("/v1/search", json={"query": "Tirana"}).json()["notices"])
    refusal = http.post("/v1/ask", json={"question": "Who signed the Tirana agreement?"}).json()["refusal"]
    assert refusal["reason"] == "empty_archive"
    body = {"model": "telal", "messages": [{"role": "user", "content": "Who signed the Tirana agreement?"}]}
    said = http.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]
    assert refusal["message"] in (said.get("content") or "") + (said.get("refusal") or "")


def test_agents(http):
    async def ask():
        async with Client(f"{str(http.base_url).rstrip('/')}/mcp") as agent:
            found = await agent.call_tool("search", {"query": "Tirana"})
            return found.structured_content["notices"], await agent.call_tool("list_outlets", {})

    notices, outlets = asyncio.run(ask())
    assert any(WORDS in notice for notice in notices)
    assert outlets.is_error and WORDS in outlets.content[0].text


@pytest.mark.parametrize("words", [["search", "Tirana"], ["status"], ["articles", "list"]])
def test_the_command_line(tmp_path, monkeypatch, words):
    monkeypatch.setenv("TELAL_DATA_DIR", str(tmp_path / "data"))
    Archive.open(Settings(data_dir=tmp_path / "data")).close()
    app = typer.Typer()
    commands.register(app)
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0 and WORDS in done.stderr.replace("\n", " ")
