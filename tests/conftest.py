"""A PostgreSQL of the tests' own, and the two databases that an archive can be in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.server.servers import Postgres, ProgramMissing, Wire


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


@pytest.fixture(params=["sqlite", "postgres"])
def database(request) -> str:
    """The test runs twice: the archive is in SQLite, then in PostgreSQL."""
    if request.param == "postgres":
        request.getfixturevalue("on_postgres")
    return request.param
