"""PostgreSQL that hangs, is cut off, is full, or is replaced by an older backup: clear states, nothing lost."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr
from servers import until

from rag.config import ArchiveSettings, Settings
from rag.errors import ArchiveBusy, ArchiveUnavailable, TelalError
from rag.store.archive import Archive
from rag.store.follow import Indexes

DIMENSION = 8


def at(url: str, tmp_path, **more) -> Settings:
    return Settings(data_dir=tmp_path / "data", archive=ArchiveSettings(url=SecretStr(url), **more))


@pytest.fixture
def behind(own_postgres, wire, tmp_path) -> Settings:
    """The settings of a node that reaches the server over the wire."""
    name = own_postgres.new().rpartition("/")[2]
    return at(own_postgres.address(name, port=wire.port), tmp_path, busy_timeout_s=1, statement_timeout_s=2)


def test_a_server_that_hangs_is_given_up_in_time_and_found_again(own_postgres, tmp_path, identity, made):
    """Its kernel takes what is sent; only its answers tell that it lives."""
    settings = at(own_postgres.new(), tmp_path, busy_timeout_s=1, statement_timeout_s=2)
    with Archive.open(settings, identity=identity) as archive:
        archive.write([made()])
        with own_postgres.frozen():
            for ask in (archive.last_change, archive.stats, lambda: archive.write([made("a2")])):
                begun = time.monotonic()
                with pytest.raises((ArchiveUnavailable, ArchiveBusy)):
                    ask()
                assert time.monotonic() - begun < 8, "it waits for ever"
        until(lambda: archive.last_change() == 1, within_s=30)
        assert archive.write([made("a3")]) == ["new"]
        assert archive.check() == []


@pytest.mark.parametrize("how", ["cut", "silence"])
def test_a_network_that_is_cut_for_a_while_loses_nothing(behind, wire, identity, made, how, eventually):
    """A node in the middle of its work; the minute of the issue is shortened, the waits with it."""
    with Archive.open(behind, identity=identity) as archive:
        indexes = Indexes(archive, behind, dimension=DIMENSION)
        indexes.start()
        archive.write([made()])
        eventually(lambda: indexes.status().exact_change == 1)
        begun = time.monotonic()
        getattr(wire, how)()
        with ThreadPoolExecutor(6) as readers:
            said = list(readers.map(lambda n: _error_of(archive.last_change), range(12)))
        assert set(said) <= {"ArchiveUnavailable", "ArchiveBusy"}, said
        assert time.monotonic() - begun < 30
        assert _error_of(lambda: archive.write([made("a2")])) in ("ArchiveUnavailable", "ArchiveBusy")
        time.sleep(max(0, begun + 10 - time.monotonic()))
        wire.mend()
        until(lambda: _error_of(archive.last_change) is None, within_s=30)
        archive.write([made("a3")])
        eventually(lambda: indexes.status().exact_change == indexes.status().keyword_change == archive.last_change())
        assert indexes.check() == []
        indexes.close()


def _error_of(work) -> str | None:  # noqa: ANN001
    try:
        work()
    except TelalError as error:
        return type(error).__name__
    return None
