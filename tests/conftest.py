"""What workers of one run share, a PostgreSQL of the tests' own, and the two databases that an archive can be in."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, sync_playwright

from support.servers import Postgres, ProgramMissing, Wire

WEB = Path(__file__).parents[1] / "api/web"
LONG = ("research",)  # folders of which nothing is on a user's path
STOPPED = {"own_postgres", "own_chroma_server"}  # servers that a test starts in order to stop them


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks as slow what stands in these folders, and what stops a server of its own."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if item.path.relative_to(Path(__file__).parent).parts[0] in LONG or STOPPED.intersection(fixtures):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def once(tmp_path_factory) -> Callable[[str, Callable[[Path], object]], Path]:
    """Makes a folder once a run: the worker that asks first makes it, the others wait. Copy it before you change it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder, half = shared / name, shared / f"{name}.half"
        with FileLock(f"{folder}.lock"):
            if not folder.exists():
                shutil.rmtree(half, ignore_errors=True)
                half.mkdir()
                make(half)
                half.rename(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def npm() -> Callable[[Path], Path]:
    """Installs a folder's npm packages as its lockfile says, once; skips the test where there is no npm."""

    def installed(folder: Path) -> Path:
        if not shutil.which("npm"):
            pytest.skip(f"npm is missing (Debian: apt-get install nodejs npm): {folder.name} is not built or checked")
        done, lock = folder / "node_modules/.package-lock.json", folder / "package-lock.json"
        with FileLock(Path(tempfile.gettempdir()) / f"telal-npm-{folder.name}-{os.getuid()}.lock"):
            if not done.exists() or done.stat().st_mtime < lock.stat().st_mtime:
                ran = subprocess.run(["npm", "ci", "--prefer-offline"], cwd=folder, capture_output=True, text=True)
                assert ran.returncode == 0, f"npm ci failed in {folder}:\n{ran.stdout}\n{ran.stderr}"
        return folder

    return installed


@pytest.fixture(scope="session")
def web(npm) -> Path:
    """The widget's source folder with its npm packages installed."""
    return npm(WEB)


@pytest.fixture(scope="session")
def axe(web) -> str:
    """The source of axe-core."""
    return (web / "node_modules/axe-core/axe.min.js").read_text()


@pytest.fixture(scope="module")  # not the session: Playwright's loop must end before other tests run loops of their own
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "Chromium is missing (Debian: apt-get install chromium)"
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *quiet]
        )
        yield opened
        opened.close()


def started(*options: str) -> Postgres:
    """A server; the test is skipped where there is none."""
    pytest.importorskip("psycopg", reason="pip install 'telal[postgres]'")
    try:
        return Postgres(*options)
    except ProgramMissing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests, which make databases of their own; it may lose what a power cut would take."""
    server = started("fsync=off", "full_page_writes=off")
    yield server
    server.close()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server for one test, which may stop it."""
    server = started()
    yield server
    server.close()


@pytest.fixture
def wire(own_postgres) -> Iterator[Wire]:
    """A network before that server, which can be cut."""
    made = Wire(own_postgres.port)
    yield made
    made.close()


@pytest.fixture
def postgres_url(postgres) -> Iterator[str]:
    """The address of a new database in PostgreSQL."""
    url = postgres.new()
    yield url
    postgres.drop(url)


@pytest.fixture
def on_postgres(postgres_url, monkeypatch) -> str:
    """The settings name it."""
    monkeypatch.setenv("TELAL_ARCHIVE__URL", postgres_url)
    return postgres_url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def database(request) -> str:
    """The test runs twice: the archive is in SQLite, then, in `make test-all`, in PostgreSQL."""
    if request.param == "postgres":
        request.getfixturevalue("on_postgres")
    return request.param


@pytest.fixture(params=["sqlite", "postgres"])
def each_database(request) -> str:
    """The same in `make test` too: for what both databases promise to the archive."""
    if request.param == "postgres":
        request.getfixturevalue("on_postgres")
    return request.param
