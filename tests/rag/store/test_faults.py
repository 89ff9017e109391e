"""PostgreSQL that hangs, is cut off, is full, or is replaced by an older backup: clear states, nothing lost."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from rag.config import ArchiveSettings, Settings
from rag.errors import ArchiveBusy, ArchiveUnavailable, TelalError
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes
from support.servers import Postgres, until

pytestmark = pytest.mark.slow

DIMENSION = 8


def at(url: str, tmp_path, **more) -> Settings:
    return Settings(data_dir=tmp_path / "data", archive=ArchiveSettings(url=SecretStr(url), **more))


@pytest.fixture
def behind(own_postgres, wire, tmp_path) -> Settings:
    """The settings of a node that reaches the server over the wire."""
    name = own_postgres.new().rpartition("/")[2]
    return at(own_postgres.address(name, port=wire.port), tmp_path, busy_timeout_s=3, statement_timeout_s=8)


def test_a_server_that_hangs_is_given_up_in_time_and_found_again(own_postgres, tmp_path, identity, made):
    """Its kernel takes what is sent; only its answers tell that it lives."""
    settings = at(own_postgres.new(), tmp_path, busy_timeout_s=3, statement_timeout_s=8)
    with Archive.open(settings, identity=identity) as archive:
        archive.write([made()])
        with own_postgres.freeze():
            for ask in (archive.last_change, archive.stats, lambda: archive.write([made("a2")])):
                begun = time.monotonic()
                with pytest.raises((ArchiveUnavailable, ArchiveBusy)):
                    ask()
                assert time.monotonic() - begun < 30, "it waits for ever"
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
        assert time.monotonic() - begun < 90
        assert _error_of(lambda: archive.write([made("a2")])) in ("ArchiveUnavailable", "ArchiveBusy")
        time.sleep(max(0, begun + 10 - time.monotonic()))
        wire.mend()
        until(lambda: _error_of(archive.last_change) is None, within_s=30)
        archive.write([made("a3")])
        eventually(lambda: indexes.status().exact_change == indexes.status().keyword_change == archive.last_change())
        eventually(lambda: indexes.check() == [])  # the keyword index may be a step behind
        indexes.close()


def _error_of(work) -> str | None:  # noqa: ANN001
    try:
        work()
    except TelalError as error:
        return type(error).__name__
    return None


@pytest.mark.parametrize("running", [True, False])
def test_an_older_backup_that_grew_is_noticed(own_postgres, tmp_path, identity, made, eventually, running):
    """Restored by pg_restore, and written to since: the numbers of its changes have caught up, its articles differ."""
    settings = at(own_postgres.new(), tmp_path, busy_timeout_s=1)
    name, dump = settings.archive.url.get_secret_value().rpartition("/")[2], tmp_path / "telal.dump"
    link = f"postgresql://telal@127.0.0.1:{own_postgres.port}/{name}"
    with Archive.open(settings, identity=identity) as archive:
        indexes = Indexes(archive, settings, dimension=DIMENSION)
        indexes.start()
        archive.write([made()])
        own_postgres.program("pg_dump", "--format=custom", f"--file={dump}", link)
        archive.write([made("lost", text="Ovo se izgubilo. Kraj"), made("lost2")])
        eventually(lambda: indexes.status().exact_change == indexes.status().keyword_change == 3)
        if not running:
            indexes.close()
        own_postgres.program(
            "pg_restore", "--clean", "--if-exists", "--single-transaction", f"--dbname={link}", str(dump)
        )
        assert until(lambda: _error_of(archive.last_change) is None, within_s=10) < 10
        after = made("after", text="Posle povratka napisano. Kraj")
        archive.write([after, made("after2")])
        assert archive.last_change() == 3
        if not running:
            indexes = Indexes(archive, settings, dimension=DIMENSION)
            indexes.start()
        key = archive.passages_of("after")[0].key
        eventually(lambda: [hit.key for hit in indexes.keyword("povratka", limit=1)] == [key], within_s=20)
        eventually(lambda: indexes.dense(after.vectors[0], limit=1)[0].key == key, within_s=20)
        assert indexes.keyword("izgubilo", limit=1) == []
        eventually(lambda: indexes.check() == [])  # the keyword index may be a step behind
        indexes.close()


def test_a_full_disk_is_said_and_passes(tmp_path, identity, made):
    """The server's files on a small file system: nothing acknowledged is lost, and it goes on when there is room."""
    if os.geteuid() != 0:
        pytest.skip("needs root: a small file system is mounted")
    small = Path(tempfile.mkdtemp(prefix="telal-small-"))  # which another user can reach
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(small)], check=True)
    try:
        server = Postgres("max_wal_size=32MB", "min_wal_size=32MB", directory=small)
        with Archive.open(at(server.new(), tmp_path, busy_timeout_s=2), identity=identity) as archive:
            archive.write([made()])
            ballast = small / "ballast"
            free = shutil.disk_usage(small).free
            ballast.write_bytes(bytes(free - 2**20))
            written, error = 1, None
            while error is None and written < 500:
                error = _error_of(lambda n=written: archive.write([made(f"b{n}", text=random.randbytes(60_000).hex())]))
                written += error is None
            assert error in ("DiskFull", "ArchiveUnavailable"), error  # the log cannot be written: it stops and says so
            ballast.unlink()
            if not server.runs:
                server.start()
            until(lambda: _error_of(archive.last_change) is None, within_s=60)
            assert archive.last_change() == written
            assert archive.write([made("after")]) == ["new"]
            assert archive.check() == []
        server.stop(signal.SIGQUIT)
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
        small.rmdir()


_OPENER = """
import sys
from pathlib import Path
from pydantic import SecretStr
from rag.config import ArchiveSettings, Settings
from rag.store.archive.archive import Archive
for url in sys.stdin:
    settings = Settings(data_dir=Path(sys.argv[1]), archive=ArchiveSettings(url=SecretStr(url.strip())))
    with Archive.open(settings) as archive:
        print(archive.last_change(), flush=True)
"""


def test_nodes_that_begin_an_empty_database_at_once(postgres, tmp_path, identity, made):
    """Three processes at the same moment, again and again: one makes the tables, all go on, nobody fails."""
    words, pipe = [sys.executable, "-c", _OPENER, str(tmp_path / "data")], subprocess.PIPE
    with contextlib.ExitStack() as stack:
        nodes = [stack.enter_context(subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True)) for _ in range(3)]
        for _ in range(5):
            url = postgres.new()
            for node in nodes:
                node.stdin.write(f"{url}\n")
                node.stdin.flush()
            assert [node.stdout.readline() for node in nodes] == ["0\n"] * 3
            with Archive.open(at(url, tmp_path), identity=identity) as archive:
                assert archive.write([made()]) == ["new"]
                assert archive.check() == []
        for node in nodes:
            node.stdin.close()
        assert [node.wait(60) for node in nodes] == [0] * 3


def test_what_is_left_of_an_erased_article_in_the_files_of_postgres(own_postgres, tmp_path, identity, made):
    """What `docs/operations.md` promises, and what it does not: the steps after which the bytes are gone too."""
    settings = at(own_postgres.new(), tmp_path)
    name = settings.archive.url.get_secret_value().rpartition("/")[2]
    secret = "Tajna koju niko ne sme naci"

    def files_with_it() -> set[str]:
        own_postgres.sql("CHECKPOINT")
        data = own_postgres.directory / "data"
        found = [file for file in data.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()]
        return {file.relative_to(data).parts[0] for file in found}

    with Archive.open(settings, identity=identity) as archive:
        archive.write([made(f"a{n}") for n in range(40)])
        archive.write([made("secret", text=f"{secret}. Kraj"), *(made(f"b{n}") for n in range(40))])
        assert files_with_it() == {"base", "pg_wal"}
        archive.erase("secret", reason="asked")
        link = f"postgresql://telal@127.0.0.1:{own_postgres.port}/{name}"
        assert secret.encode() not in own_postgres.program("pg_dump", f"--dbname={link}")
        assert files_with_it() <= {"base", "pg_wal"}  # freed, not overwritten
        for table in ("documents", "vectors", "fingerprints", "turns", "shared_lines"):
            own_postgres.sql(f"VACUUM FULL {table}", of=name)
        assert files_with_it() <= {"pg_wal"}
        for _ in range(8):  # the log is used anew, file by file
            own_postgres.sql("SELECT pg_switch_wal()")
            own_postgres.sql("CHECKPOINT")
        assert files_with_it() == set()
