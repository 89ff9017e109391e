"""A report and another outlet's copy with one fact changed, asked in the page: both sides, each under its own outlet.

SHOTS=FOLDER keeps a picture of every answer.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.app import build_app
from ingest.pipeline import Pipeline, identity
from ingest.sources.files import Files
from rag.config import EmbeddingSettings, ServerSettings, Settings
from rag.models.embed import load_embedder
from rag.newsroom import Newsroom
from rag.store.archive.archive import Archive

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OUTLETS = ("Glas", "Odjek")  # the report's, the changed copy's
DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Story:
    """A report and its changed copy."""

    language: str
    place: str
    question: str
    told: tuple[str, str]  # what the two say differently
    texts: tuple[str, str]


def stories() -> Iterator[Story]:
    held = tomllib.loads(Path(__file__).with_name("changed_copies.toml").read_text(encoding="utf-8"))
    for language, of in held.items():
        for s in of["stories"]:
            beside = of["beside"].format(place=s["place"])
            texts = (s["text"], s["text"].replace(s["was"], s["is"], 1))
            yield Story(language, s["place"], s["question"], (s["was"], s["is"]), tuple(f"{t} {beside}" for t in texts))


@pytest.fixture(scope="module")
def address(served, tmp_path_factory) -> Iterator[str]:
    """A server over all reports and copies; a copy was published an hour before what it was made of."""
    folder = tmp_path_factory.mktemp("copies")
    records = [
        {
            "id": f"{outlet}-{s.place}", "title": f"{s.place}, {DAY:%d.%m.%Y}", "text": text, "outlet": outlet,
            "url": f"https://{outlet.lower()}.example/{n}", "language": s.language,
            "published": (DAY - timedelta(hours=late)).isoformat(),
        }
        for n, s in enumerate(stories())
        for late, (outlet, text) in enumerate(zip(OUTLETS, s.texts, strict=True))
    ]  # fmt: skip
    (folder / "all.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    server = ServerSettings(ask_limit="", read_limit="")
    settings = Settings(data_dir=folder / "data", embedding=EmbeddingSettings(threads=1), server=server)
    embedder = load_embedder(settings.embedding)
    with Archive.open(settings, identity=identity(settings, embedder)) as archive:
        files = Files([folder / "all.jsonl"], max_bytes=10_000_000)
        assert Pipeline(archive, embedder, settings).run(files).new == len(records)
    with Newsroom.open(settings, own=True) as engine, served(build_app(engine, settings)) as at:
        yield at


@pytest.mark.parametrize("story", list(stories()), ids=lambda s: f"{s.language}-{s.place}")
def test_both_sides_are_shown_each_under_its_outlet(address, browser, story):
    context = browser.new_context(locale=story.language, viewport={"width": 900, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    chat = page.locator("telal-chat").first
    chat.locator("textarea").fill(story.question)
    chat.locator("textarea").press("Enter")
    turn = chat.locator(".turn").last
    turn.locator(".busy").wait_for(state="detached")
    page.wait_for_load_state("networkidle")
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{story.language}-{story.place}.png", full_page=True)
    said = turn.inner_text()
    context.close()
    assert all(told in said for told in story.told), said
    assert all(outlet in said for outlet in OUTLETS), said
