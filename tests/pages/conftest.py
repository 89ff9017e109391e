"""A real Chromium before a stand-in for the server; the npm packages that tests and build use."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from telal_double import Double  # noqa: E402
from telal_reader import Reader  # noqa: E402

WEB = Path(__file__).parents[2] / "api" / "web"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def web(npm: Callable[[Path], Path]) -> Path:
    """The widget's source folder with its npm packages installed."""
    return npm(WEB)


@pytest.fixture
def axe(request: pytest.FixtureRequest) -> Callable[[], str]:
    """The source of axe-core, asked for only where a page is looked at with it."""
    return lambda: (request.getfixturevalue("web") / "node_modules" / "axe-core" / "axe.min.js").read_text()


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


@pytest.fixture(scope="module")  # not the session: Playwright's loop must end before other tests run loops of their own
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "Chromium is missing (Debian: apt-get install chromium)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, tmp_path: Path, axe: Callable[[], str]) -> Iterator[Callable[..., Reader]]:
    """Opens a page as a reader: visit(url, width=360, color_scheme="dark", ...)."""
    readers: list[Reader] = []

    def open_page(url: str, *, width: int = 1280, height: int = 800, **options: Any) -> Reader:
        options = {"locale": "en-GB", "viewport": {"width": width, "height": height}, **options}
        reader = Reader(browser.new_context(**options), tmp_path, axe)
        readers.append(reader)
        reader.page.goto(url)
        return reader

    yield open_page
    for reader in readers:
        reader.check()
        reader.page.context.close()
