"""An article whose headline alone answers, asked in the page: the headline is quoted, and its card opens."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from api.app import build_app
from ingest.pipeline import Pipeline, identity
from ingest.sources.files import Files
from rag.config import EmbeddingSettings, ServerSettings, Settings
from rag.models.embed import load_embedder
from rag.newsroom import Newsroom
from rag.store.archive.archive import Archive

pytestmark = pytest.mark.browser

TITLE = "Uhapšen sin koji je u Gračanici zapalio kuću oca starog 83 godine"
TEXT = (
    "Policija je u ponedjeljak navečer u naselju Drafnići privela muškarca zbog požara u porodičnoj kući. Komšije su"
    " čule svađu, a vatrogasci su vatru ugasili oko ponoći. Istragu vodi tužilaštvo u Tuzli."
)
QUESTION = "Koliko godina ima otac kojem je sin zapalio kuću u Gračanici?"


@pytest.fixture(scope="module")
def address(served, tmp_path_factory) -> Iterator[str]:
    """A server over that article."""
    folder = tmp_path_factory.mktemp("headline")
    record = {"id": "a", "title": TITLE, "text": TEXT, "outlet": "Glas", "language": "bs", "published": "2026-03-02"}
    (folder / "all.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    server = ServerSettings(ask_limit="", read_limit="")
    settings = Settings(data_dir=folder / "data", embedding=EmbeddingSettings(threads=1), server=server)
    embedder = load_embedder(settings.embedding)
    with Archive.open(settings, identity=identity(settings, embedder)) as archive:
        assert Pipeline(archive, embedder, settings).run(Files([folder / "all.jsonl"], max_bytes=1_000_000)).new == 1
    with Newsroom.open(settings, own=True) as engine, served(build_app(engine, settings)) as at:
        yield at


def test_the_citation_is_of_the_headline(address):
    answer = httpx.post(f"{address}/v1/ask", json={"question": QUESTION}, timeout=60).json()
    (cited,) = answer["citations"]
    assert cited["headline"] and cited["context"] is None
    assert cited["title"][cited["start"] : cited["end"]] == cited["quote"] == TITLE == answer["sentences"][0]["text"]


def test_the_page_shows_it_and_opens_its_card(address, browser):
    page = browser.new_context(locale="bs-BA").new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    chat = page.locator("telal-chat").first
    chat.locator("textarea").fill(QUESTION)
    chat.locator("textarea").press("Enter")
    turn = chat.locator(".turn").last
    turn.locator(".busy").wait_for(state="detached")
    assert "83 godine" in turn.inner_text()
    turn.get_by_role("button", name="1").first.click()
    card = chat.locator(".card")
    card.locator("mark").wait_for()
    assert card.locator("mark").inner_text() == TITLE
    assert card.locator("p.meta").count() == 0  # "loading", "changed" and "alone" are said there
    page.context.close()
