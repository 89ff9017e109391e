"""The archive in PostgreSQL when the server is gone, restarts, is full of others, refuses, or cuts a transaction."""

import signal
import subprocess
import threading
import time

import numpy as np
import psycopg
import pytest
from pydantic import SecretStr

from rag.config import ArchiveSettings, Settings
from rag.errors import ArchiveBusy, ArchiveUnavailable, BadInput, BadSettings, Erased, ReadOnly, TelalError
from rag.store.archive.archive import Archive
from rag.store.backup import back_up, restore

pytestmark = pytest.mark.slow


def at(url: str, tmp_path, **more) -> Settings:
    return Settings(data_dir=tmp_path / "data", archive=ArchiveSettings(url=SecretStr(url), **more))


def plain(url: str) -> str:
    return url.replace("+psycopg", "")


@pytest.fixture
def other(on_postgres):
    """Somebody else's connection, in a transaction."""
    with psycopg.connect(plain(on_postgres)) as connection:
        yield connection
        connection.rollback()


def test_a_server_that_restarts_fails_no_question_and_loses_nothing(own_postgres, tmp_path, identity, made):
    with Archive.open(at(own_postgres.new(), tmp_path, busy_timeout_s=2), identity=identity) as archive:
        archive.write([made()])
        own_postgres.stop(signal.SIGQUIT)
        with pytest.raises(ArchiveUnavailable, match="cannot be reached"):
            archive.last_change()
        with pytest.raises(ArchiveUnavailable):
            archive.write([made("a2")])
        own_postgres.start()
        assert archive.last_change() == 1
        assert archive.write([made("a2")]) == ["new"]
        assert archive.check() == []


def test_a_transaction_that_is_cut_leaves_nothing_and_frees_its_lock(postgres, on_postgres, tmp_path, identity, made):
    name = on_postgres.rpartition("/")[2]
    with Archive.open(at(on_postgres, tmp_path, busy_timeout_s=2), identity=identity) as archive:
        archive.write([made()])
        with pytest.raises(ArchiveUnavailable), archive.database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM articles")
            postgres.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            connection.exec_driver_sql("SELECT 1")
        assert archive.stats().articles == 1
        assert archive.write([made("a2")]) == ["new"]


def test_another_writer_makes_it_busy_and_readers_go_on(on_postgres, other, tmp_path, identity, made):
    with Archive.open(at(on_postgres, tmp_path, busy_timeout_s=0.3), identity=identity) as archive:
        archive.write([made()])
        with Archive.open(at(on_postgres, tmp_path)) as holder, holder.database.writing():
            with pytest.raises(ArchiveBusy, match="Try again"):
                archive.write([made("a2")])
            assert archive.last_change() == 1
        assert archive.write([made("a2")]) == ["new"]


def test_a_statement_that_takes_too_long_is_ended(on_postgres, tmp_path):
    Archive.open(at(on_postgres, tmp_path)).close()
    with Archive.open(at(on_postgres, tmp_path, statement_timeout_s=1)) as archive:
        with pytest.raises(ArchiveBusy, match="too long"), archive.database.reading() as connection:
            connection.exec_driver_sql("SELECT pg_sleep(30)")
        assert archive.last_change() == 0


def test_a_connection_in_use_while_the_archive_closes_is_closed_when_it_is_given_back(on_postgres, tmp_path):
    archive = Archive.open(at(on_postgres, tmp_path))
    with archive.database.reading() as connection:
        own = connection.connection.dbapi_connection
        archive.close()
        assert not own.closed
    assert own.closed


def test_a_server_that_may_not_be_written_is_said(postgres, on_postgres, tmp_path, identity, made):
    with Archive.open(at(on_postgres, tmp_path), identity=identity) as archive:
        archive.write([made()])
    postgres.sql(f"ALTER DATABASE {on_postgres.rpartition('/')[2]} SET default_transaction_read_only = on")
    with Archive.open(at(on_postgres, tmp_path), identity=identity) as archive:
        assert archive.article("a1").id == "a1"
        with pytest.raises(ReadOnly, match="primary"):
            archive.write([made("a2")])


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda url: url + "x", BadSettings, "There is no database"),
        (lambda url: url.replace("telal@", "nobody:geheim@"), BadSettings, "refuses this user"),
        (lambda url: "postgresql://u:geheim@127.0.0.1:1/telal", ArchiveUnavailable, "cannot be reached"),
        (lambda url: "postgresql+psycopg://u:geheim@host:port/telal", BadSettings, "not an address"),
        (lambda url: "postgresql://u:p@geheim@127.0.0.1:1/telal", BadSettings, "an @ too many"),
    ],
)
def test_an_address_that_does_not_work_is_said_without_its_password(on_postgres, tmp_path, change, error, said):
    with pytest.raises(error, match=said) as told:
        Archive.open(at(change(on_postgres), tmp_path, busy_timeout_s=1))
    assert "geheim" not in str(told.value)


def test_a_database_with_other_tables_is_not_ours(other, on_postgres, tmp_path):
    other.execute("CREATE TABLE theirs (x int)")
    other.commit()
    with pytest.raises(TelalError, match="is not Telal's archive"):
        Archive.open(at(on_postgres, tmp_path))


def test_a_schema_is_enough(other, on_postgres, tmp_path, identity, made):
    other.execute("CREATE TABLE theirs (x int); CREATE SCHEMA ours")
    other.commit()
    url = on_postgres + "?options=-c search_path=ours"
    with Archive.open(at(url, tmp_path), identity=identity) as archive:
        assert archive.write([made()]) == ["new"]


def test_commits_of_others_are_heard_at_once(on_postgres, tmp_path, identity, made):
    heard, stop = threading.Event(), threading.Event()
    with Archive.open(at(on_postgres, tmp_path), identity=identity) as node:
        listener = threading.Thread(target=node.listen, args=(heard.set, stop))
        listener.start()
        assert heard.wait(10)  # once as it begins
        heard.clear()
        with Archive.open(at(on_postgres, tmp_path), identity=identity) as writer:
            began = time.monotonic()
            writer.write([made()])
        assert heard.wait(10) and time.monotonic() - began < 1
        stop.set()
        listener.join(10)
        assert not listener.is_alive()


def test_nothing_of_an_erased_article_is_in_a_dump(postgres, other, on_postgres, tmp_path, identity, made):
    def dump() -> bytes:
        words = [str(postgres.programs / "pg_dump"), f"--dbname={plain(on_postgres)}"]
        return subprocess.run(words, capture_output=True, check=True).stdout

    secret = made("secret-id", text="Tajna rečenica. Kraj", title="Naslov koji mora nestati")
    with Archive.open(at(on_postgres, tmp_path), identity=identity) as archive:
        archive.write([made(), secret, made("secret-id", text="Druga verzija tajne. Kraj")])
        vector = secret.vectors[0].astype(np.float16).tobytes().hex().encode()
        assert "Tajna rečenica".encode() in dump() and vector in dump()
        archive.erase("secret-id", reason="asked")
        left = dump()
        assert not [t for t in ("Tajna re", "verzija tajne", "mora nestati") if t.encode() in left]
        assert vector not in left
        with pytest.raises(Erased):
            archive.article("secret-id")
        other.execute("CREATE EXTENSION pgstattuple")
        for table in ("documents", "vectors", "revisions", "passages"):
            assert other.execute(f"SELECT dead_tuple_count FROM pgstattuple('{table}')").fetchone() == (0,), table
        assert "postgresql://" in archive.unsearched


def test_backup_says_what_to_do(on_postgres, tmp_path):
    file = tmp_path / "copy"
    with pytest.raises(BadInput) as told:
        back_up(Settings(data_dir=tmp_path), file)
    assert f"pg_dump --format=custom --file={file}" in told.value.hint
    with pytest.raises(BadInput, match="pg_restore"):
        restore(Settings(data_dir=tmp_path), file, replace=True)
