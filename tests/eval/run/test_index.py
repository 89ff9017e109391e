"""The store of a suite: made once, made anew when it is damaged, gone on with when it was interrupted."""

import pytest

from eval.run import index
from eval.run.index import INDEX_RECORD, build, open_index
from rag.config import load_settings


@pytest.fixture
def suite(make):
    short = make.document("short", "No.")
    old = make.document("fire", "The toll is 50 dead in the fire.", published="2018-07-24")
    new = make.document("fire", "The toll rose to 83 dead in the fire.", published="2018-07-24", modified="2018-07-27")
    return make.suite(make.case(), documents=[make.document("tirana", make.TEXT), old, new, short])


@pytest.fixture
def settings(monkeypatch, tmp_path):
    monkeypatch.setattr(index, "cache_dir", lambda settings: tmp_path)
    return load_settings()


def test_built_once_and_for_these_documents(suite, settings, make):
    seen = []
    first, second = build(suite, settings, progress=seen.append), build(suite, settings)
    assert first.built and not second.built and seen[-1] == 4
    assert first.settings.data_dir == second.settings.data_dir
    assert second.rejected == ("docs.jsonl:1: text has fewer than 3 words",)
    with open_index(second) as engine:
        assert engine.archive.article("fire").revision == 2
        assert engine.search("agreement signed in Tirana")[0].passage.article_id == "tirana"
        assert not engine.indexes.notices()
    other = make.suite(make.case(), documents=[make.document("tirana", make.TEXT + " More.")])
    assert build(other, settings).settings.data_dir != first.settings.data_dir


def test_an_interrupted_build_goes_on_and_a_damaged_store_is_made_anew(suite, settings):
    made = build(suite, settings)
    (made.settings.data_dir / INDEX_RECORD).unlink()
    again = build(suite, settings)
    assert again.built and again.rejected == made.rejected
    (made.settings.data_dir / "archive.sqlite").write_bytes(b"garbage" * 1000)
    anew = build(suite, settings)
    assert anew.built
    with open_index(anew) as engine:
        assert engine.archive.stats().articles == 2
