"""A real Chromium before a stand-in for the server; the npm packages that tests and build use."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parent))

from telal_double import Double  # noqa: E402
from telal_reader import Reader  # noqa: E402


@pytest.fixture(scope="session")
def server() -> Iterator[Double]:
    double = Double()
    yield double
    double.close()


@pytest.fixture
def double(server: Double) -> Double:
    """The stand-in, with nothing remembered."""
    server.forget()
    return server


@pytest.fixture
def visit(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Reader]]:
    """Opens a page as a reader: visit(url, width=360, color_scheme="dark", ...)."""
    readers: list[Reader] = []

    def open_page(url: str, *, width: int = 1280, height: int = 800, **options: Any) -> Reader:
        options = {"locale": "en-GB", "viewport": {"width": width, "height": height}, **options}
        reader = Reader(browser.new_context(**options), tmp_path, lambda: request.getfixturevalue("axe"))
        readers.append(reader)
        reader.page.goto(url)
        return reader

    yield open_page
    for reader in readers:
        reader.check()
        reader.page.context.close()
