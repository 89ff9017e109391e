"""A real Chromium before a stand-in for the server; the npm packages that tests and build use."""

from __future__ import annotations

import shutil
import subprocess
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
NO_NPM = "npm is missing (Debian: apt-get install nodejs npm)"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def web() -> Path:
    """The widget's source folder with its npm packages installed as the lockfile says."""
    if not shutil.which("npm"):
        pytest.skip(f"{NO_NPM}: the widget cannot be rebuilt or checked")
    installed, lock = WEB / "node_modules" / ".package-lock.json", WEB / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        done = subprocess.run(["npm", "ci", "--prefer-offline"], cwd=WEB, capture_output=True, text=True)
        assert done.returncode == 0, f"npm ci failed in {WEB}:\n{done.stdout}\n{done.stderr}"
    return WEB


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
