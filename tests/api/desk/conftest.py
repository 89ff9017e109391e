"""An editor with a key before a real server over the starter corpus, and a browser to sit at the desk with."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import Page

sys.path.append(str(Path(__file__).parents[2] / "ingest"))

from outlet_site import Site, serve  # noqa: E402

from api.app import build_app  # noqa: E402
from api.auth.keys import KeyStore  # noqa: E402
from ingest.pipeline import Pipeline, identity
from ingest.sources.files import FOLDER
from rag.config import EmbeddingSettings, IngestSettings, ServerSettings, Settings  # noqa: E402
from rag.newsroom import Newsroom
from rag.store.archive.archive import Archive  # noqa: E402

QUICK: dict[str, Any] = {"allow_private": True, "host_delay_s": 0.0, "contact": "desk@most.example"}
FEW = 4  # the Tirana agreement is among them
NO_LIMITS = ServerSettings(ask_limit="none", read_limit="none", feedback_limit="none")


@dataclass
class DeskServer:
    """A server with a desk, its app, and the key of an editor."""

    base: str
    app: FastAPI
    key: str

    def client(self, *, key: str | None = None) -> httpx.Client:
        """A browser without a page: it signs in, keeps the cookie and sends the session's word."""
        client = httpx.Client(base_url=self.base, timeout=60, headers={"Origin": self.base})
        done = client.post("/desk/api/session", headers={"Authorization": f"Bearer {key or self.key}"})
        assert done.status_code == 204, done.text
        client.headers["X-Telal-Desk"] = client.get("/desk/api/session").json()["csrf"]
        return client

    @property
    def keys(self) -> KeyStore:
        return KeyStore(self.app.state.services.database)


@pytest.fixture(scope="session")  # opening an engine takes seconds: tests use articles and outlets of their own
def newsroom(tmp_path_factory, served) -> Iterator[DeskServer]:
    """Over a few articles of the starter corpus."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("desk") / "data",
        embedding=EmbeddingSettings(threads=1),
        ingest=IngestSettings(**QUICK),
        server=NO_LIMITS,
    )
    lines = (FOLDER / "en.jsonl").read_text().splitlines()
    with Newsroom.open(settings, own=True) as engine:
        keys, scopes = KeyStore(engine.archive.database), ["ask", "search", "ingest", "admin"]
        key = keys.create("Ana", kind="secret", scopes=scopes).token
        archive = Archive(engine.archive.database, identity(settings, engine.embedder))
        assert Pipeline(archive, engine.embedder, settings).run(map(json.loads, lines[:FEW])).new == FEW
        app = build_app(engine, settings)
        with served(app) as base:
            yield DeskServer(base, app, key)


@pytest.fixture
def editor(newsroom) -> Iterator[httpx.Client]:
    client = newsroom.client()
    yield client
    client.close()


@pytest.fixture
def outlet() -> Iterator[Site]:
    """A made-up outlet on this machine with six stories, one in each of its languages."""
    with serve(Site()) as site:
        site.publish(6)
        yield site


@pytest.fixture
def sit_down(browser, newsroom) -> Iterator[Callable[..., Page]]:
    """Opens the desk and signs in: sit_down(width=360, language="el", ...). No page may break its policy, run what an
    article says, open a dialog or leave its server."""
    faults: list[str] = []
    with ExitStack() as opened:

        def sit(*, width: int = 1280, language: str = "en", **options: Any) -> Page:
            context = browser.new_context(viewport={"width": width, "height": 800}, locale="en-GB", **options)
            opened.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(30_000)
            page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on("console", lambda m: faults.append(m.text) if "Content Security" in m.text else None)
            page.on("request", lambda r: None if "//127.0.0.1:" in r.url else faults.append(r.url))
            page.goto(f"{newsroom.base}/desk?lang={language}")
            page.locator("input[name=key]").fill(newsroom.key)
            page.locator("input[name=key]").press("Enter")
            page.locator("nav").wait_for()
            return page

        yield sit
        assert not faults, faults
