"""A PostgreSQL of the tests' own, and the two databases that an archive can be in."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

_NUMBERS = count()


class Postgres:
    """A server in a directory of its own, as another user than root, which it refuses."""

    def __init__(self, *options: str) -> None:
        self.programs = _programs()
        self._user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        self.directory = Path(tempfile.mkdtemp(prefix="telal-postgres-"))
        if self._user:
            shutil.chown(self.directory, "postgres", "postgres")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._options = [word for option in options for word in ("-c", option)]
        words = ["initdb", "-D", "data", "-U", "telal", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
        self._run(*words)
        self.start()

    def start(self) -> None:
        words = [str(self.programs / "postgres"), "-D", "data", "-p", str(self.port), "-k", str(self.directory)]
        quick = ["-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=32MB", *self._options]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen([*words, *quick], cwd=self.directory, **self._user, **quiet)
        end = time.monotonic() + 60
        while not self._answers():
            assert time.monotonic() < end and self.process.poll() is None, "PostgreSQL did not start"
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: as at a restart, connections are cut; SIGQUIT: at once, and mended at the next start."""
        self.process.send_signal(how)
        self.process.wait(60)

    def close(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.directory)

    def new(self) -> str:
        """The address of a new, empty database."""
        name = f"telal{os.getpid()}_{next(_NUMBERS)}"
        self.sql(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://telal@127.0.0.1:{self.port}/{name}"

    def drop(self, url: str) -> None:
        self.sql(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def sql(self, statement: str, *, of: str = "postgres") -> list[tuple]:
        import psycopg

        with psycopg.connect(host="127.0.0.1", port=self.port, user="telal", dbname=of, autocommit=True) as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def _answers(self) -> bool:
        words = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(words).returncode == 0

    def _run(self, program: str, *words: str) -> None:
        command = [str(self.programs / program), *words]
        done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True, **self._user)
        assert done.returncode == 0, done.stderr


def _programs() -> Path:
    """Where PostgreSQL's programs are; Debian keeps them out of the path."""
    pytest.importorskip("psycopg", reason="pip install 'telal[postgres]'")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    here = shutil.which("initdb")
    if not found and not here:
        pytest.skip("PostgreSQL is missing (Debian: apt-get install postgresql); nothing is tested on it")
    return found[-1] if found else Path(here).parent


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests, which make databases of their own; it may lose what a power cut would take."""
    server = Postgres("fsync=off", "full_page_writes=off")
    yield server
    server.close()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server for one test, which may stop it."""
    server = Postgres()
    yield server
    if server.process.poll() is None:
        server.close()
    else:
        shutil.rmtree(server.directory)


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


@pytest.fixture(params=["sqlite", "postgres"])
def database(request) -> str:
    """The test runs twice: the archive is in SQLite, then in PostgreSQL."""
    if request.param == "postgres":
        request.getfixturevalue("on_postgres")
    return request.param
