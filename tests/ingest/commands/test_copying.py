"""An archive moves from one database to the other and back: every row, broken off or not, whoever writes meanwhile."""

from __future__ import annotations

from contextlib import closing

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from typer.testing import CliRunner

import telal
from api.auth.keys import KeyStore
from api.reader_data.feedback import Feedback, FeedbackStore
from ingest.pipeline import Pipeline, identity
from ingest.watch import schema as visits
from ingest.watch.state import WatchState
from rag.config import ArchiveSettings, Settings
from rag.errors import BadInput
from rag.store.archive.archive import Archive
from rag.store.archive.open import open_database
from rag.store.backup import copy_tables
from rag.store.database import schema, shared_tables
from rag.store.database.shared_tables import StoredLines, StoredSheet

KINDS = (schema.metadata, shared_tables.metadata, visits.metadata)


def story(n: int, more: str = "") -> dict:
    text = f"Ministar broj {n} govorio je u Tirani o vodi.{more} Sastanak je trajao {n} sata.\nKraj sastanka {n}."
    return {"id": f"a{n}", "title": f"Vest {n}", "text": text, "language": "sr-Latn", "outlet": "Glas"}


@pytest.fixture
def filled(pipeline, archive) -> Archive:
    """Articles, a revision, an erasure, visits, keys, feedback."""
    pipeline.run([story(n) for n in range(30)])
    pipeline.run([story(3, " Dodato.")])
    archive.erase("a4", reason="asked")
    WatchState.of(archive)
    with StoredSheet(archive.database, "answers").writing(default={}) as content:
        content["secret"] = "00"
    StoredLines(archive.database, "feedback").add({"id": "x", "verdict": "wrong", "comment": "Đ"})
    return archive


def settings_of(url: str, tmp_path) -> Settings:
    return Settings(data_dir=tmp_path / "there", archive=ArchiveSettings(url=SecretStr(url)))


def counts(database) -> dict[str, int]:
    with database.reading() as connection:
        tables = [table for kind in KINDS for table in kind.sorted_tables]
        return {table.name: connection.scalar(select(func.count()).select_from(table)) for table in tables}


def test_there_and_back(filled, postgres_url, embedder, tmp_path):
    there = settings_of(postgres_url, tmp_path)
    back = settings_of(f"sqlite:///{tmp_path}/back.sqlite", tmp_path)
    with (
        closing(open_database(there, read_only=False)) as target,
        closing(open_database(back, read_only=False)) as last,
    ):
        rows = copy_tables(filled.database, target, kinds=KINDS, tell=print)
        assert rows == sum(counts(filled.database).values())
        copy_tables(target, last, kinds=KINDS, tell=print)
        assert counts(filled.database) == counts(target) == counts(last)
    for settings in (there, back):
        with Archive.open(settings, identity=identity(settings, embedder)) as copied:
            assert copied.check() == []
            assert copied.stats().by_outlet == filled.stats().by_outlet
            assert copied.article("a3") == filled.article("a3")
            assert copied.columns().vectors.tobytes() == filled.columns().vectors.tobytes()
            assert Pipeline(copied, embedder, settings).run([story(4), story(5), story(99)]).new == 1


def test_a_copy_that_was_broken_off_leaves_what_was_there(filled, postgres_url, tmp_path):
    def broken(line: str) -> None:
        if line.startswith("turns"):
            raise KeyboardInterrupt

    with closing(open_database(settings_of(postgres_url, tmp_path), read_only=False)) as target:
        copy_tables(filled.database, target, kinds=KINDS, tell=print)
        filled.erase("a7", reason="asked")  # an archive that moved on since
        StoredLines(filled.database, "feedback").remove(lambda line: True)
        before = counts(target)
        with pytest.raises(KeyboardInterrupt):
            copy_tables(filled.database, target, kinds=KINDS, tell=broken)
        assert counts(target) == before != counts(filled.database)
        copy_tables(filled.database, target, kinds=KINDS, tell=print)
        assert counts(filled.database) == counts(target)
    with Archive.open(settings_of(postgres_url, tmp_path)) as copied:
        assert copied.check() == []


def test_another_archive_is_not_overwritten(filled, postgres_url, embedder, tmp_path):
    there = settings_of(postgres_url, tmp_path)
    with Archive.open(there, identity=identity(there, embedder)) as other:
        Pipeline(other, embedder, there).run([story(50)])
        with pytest.raises(BadInput, match="another archive"):
            copy_tables(filled.database, other.database, kinds=KINDS, tell=print)
        assert other.article("a50")


def test_the_command_takes_keys_and_feedback_along(filled, postgres_url, settings, tmp_path):
    created = KeyStore(filled.database).create("sajt", kind="secret")
    FeedbackStore(filled.database).add(Feedback("x", "wrong"))
    done = CliRunner().invoke(telal.app, ["archive", "copy", str(settings.data_dir), postgres_url])
    assert done.exit_code == 0, done.output
    assert "rows are the same in both" in done.output
    with closing(open_database(settings_of(postgres_url, tmp_path), read_only=False)) as there:
        assert KeyStore(there).by_token(created.token) == created.key
        assert "x" in [said.id for said in FeedbackStore(there).all()]
