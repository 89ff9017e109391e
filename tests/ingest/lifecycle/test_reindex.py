"""Another model: every article is embedded anew in a new directory, the old one stays as it was."""

import pytest

import ingest.lifecycle.reindex
from ingest.lifecycle.reindex import reindex
from ingest.pipeline import Pipeline, RunCallbacks, identity
from rag.config import Settings
from rag.errors import BadInput, ModelMismatch
from rag.store.archive.archive import Archive

RECORDS = [
    {"id": "a", "title": "Sastanak", "text": "Ministri su se sastali u Tirani.", "published": "2025-03-18", "mine": 7},
    {
        "id": "b",
        "title": "Ispravka",
        "text": "Broj je ispravljen na dvanaest.",
        "status": "corrected",
        "language": "hr",
    },
]


@pytest.fixture
def old(tmp_path, monkeypatch, embedder):
    settings = Settings(data_dir=tmp_path / "old")
    with Archive.open(settings, identity=identity(settings, embedder)) as archive:
        Pipeline(archive, embedder, settings).run(RECORDS)
    other = type(embedder)()
    other.model_id = "words@2"
    monkeypatch.setattr(ingest.lifecycle.reindex, "load_embedder", lambda settings: other)
    return settings


def test_every_article_is_there_with_all_its_fields_under_the_new_model(old, tmp_path):
    report = reindex(old, tmp_path / "new", RunCallbacks())
    assert (report.new, report.rejected) == (2, 0)
    with Archive.open(Settings(data_dir=tmp_path / "new")) as new, Archive.open(old) as before:
        assert new.identity.model_id == "words@2" and before.identity.model_id == "words@1"
        for article_id in ("a", "b"):
            assert new.article(article_id) == before.article(article_id)


def test_the_new_directory_must_be_new(old, tmp_path):
    for taken in (old.data_dir, tmp_path / "old"):
        with pytest.raises(BadInput, match="already"):
            reindex(old, taken, RunCallbacks())


def test_a_mismatch_says_how_to_index_anew(old, embedder):
    embedder.model_id = "words@3"
    with pytest.raises(ModelMismatch, match="reindex"):
        Archive.open(old, identity=identity(old, embedder))
