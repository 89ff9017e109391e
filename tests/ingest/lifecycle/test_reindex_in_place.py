"""Another model in the archive itself, while it is served: all vectors at once, nothing lost, resumable."""

import numpy as np
import pytest

import api.serving
import ingest.lifecycle.reindex
from api.serving import ModelWatcher
from ingest.chunk import embedded_text
from ingest.lifecycle.reindex import reindex_in_place
from ingest.pipeline import Pipeline, identity
from rag.config import Settings
from rag.engine import Engine
from rag.errors import BadInput, ModelMismatch
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes

RECORDS = [
    {"id": f"a{n}", "title": f"Sastanak {n}", "text": f"Ministri su se sastali u gradu broj {n}.", "language": "sr"}
    for n in range(80)
]


class Killed(BaseException):
    """As a signal would."""


@pytest.fixture
def other(embedder, monkeypatch):
    """Another model: the same words, turned the other way."""

    class Turned(type(embedder)):
        model_id = "words@2"
        calls, dies_at = 0, None

        def embed_passages(self, texts):
            self.calls += 1
            if self.calls == self.dies_at:
                raise Killed
            return -super().embed_passages(texts)

    made = Turned()
    for module in (ingest.lifecycle.reindex, api.serving):
        monkeypatch.setattr(module, "load_embedder", lambda settings: made)
    return made


@pytest.fixture
def settings(tmp_path, embedder):
    settings = Settings(data_dir=tmp_path / "data")
    with Archive.open(settings, identity=identity(settings, embedder)) as archive:
        Pipeline(archive, embedder, settings).run(RECORDS)
        Pipeline(archive, embedder, settings).run([{**RECORDS[0], "text": "Ispravljeno: sastali su se u Draču."}])
    return settings


def must_be_of(settings, embedder):
    with Archive.open(settings) as archive:
        assert archive.identity.model_id == embedder.model_id
        for number in range(80):
            held = archive.passages_of(f"a{number}")
            expected = type(embedder)().embed_passages([embedded_text(s.passage) for s in held])
            assert np.allclose(archive.vectors([s.key for s in held]).vectors, expected, atol=1e-3)


def test_every_vector_is_the_new_model_s_and_the_files_are_gone(settings, other):
    assert reindex_in_place(settings) == 81  # revisions
    must_be_of(settings, other)
    assert not list((settings.data_dir / "reindex").iterdir())
    assert reindex_in_place(settings) == 0  # nothing is left to do


def test_a_run_that_was_killed_goes_on_where_it_was(settings, other, embedder):
    other.dies_at = 2
    with pytest.raises(Killed):
        reindex_in_place(settings)
    must_be_of(settings, embedder)  # not one vector was exchanged
    other.calls, other.dies_at = 0, None
    assert reindex_in_place(settings) == 81
    assert other.calls == 2  # of three batches the first was there
    must_be_of(settings, other)


def test_what_is_written_and_erased_meanwhile_is_right_too(settings, other, embedder):
    def meanwhile(done, of):
        if done == 32:
            with Archive.open(settings, identity=identity(settings, embedder)) as archive:
                Pipeline(archive, embedder, settings).run([{**RECORDS[1], "id": "late"}])
                archive.erase("a5", reason="test")

    reindex_in_place(settings, meanwhile)
    with Archive.open(settings) as archive:
        held = archive.passages_of("late")
        expected = other.embed_passages([embedded_text(s.passage) for s in held])
        assert np.allclose(archive.vectors([s.key for s in held]).vectors, expected, atol=1e-3)
        assert archive.passages_of("a5") == [] and archive.check() == []


def test_a_writer_with_the_former_model_is_refused_afterwards(settings, other, embedder):
    with Archive.open(settings, identity=identity(settings, embedder)) as archive:
        pipeline = Pipeline(archive, embedder, settings)
        reindex_in_place(settings)
        with pytest.raises(ModelMismatch, match="telal reindex"):
            pipeline.run([{**RECORDS[0], "id": "stale"}])


def test_other_passages_need_a_new_directory(settings, other):
    cut = settings.model_copy(update={"ingest": settings.ingest.model_copy(update={"passage_tokens": 40})})
    with pytest.raises(BadInput, match="cut anew"):
        reindex_in_place(cut)


def test_a_server_answers_throughout_and_takes_the_new_model(settings, other, embedder):
    archive = Archive.open(settings)
    indexes = Indexes(archive, settings, dimension=embedder.dimension)
    indexes.start()
    indexes.refresh()
    with Engine(archive, indexes, embedder, settings, reader=object()) as engine:
        renewal = ModelWatcher([engine], settings)
        assert not renewal.look()
        asked = "Ministri su se sastali u gradu broj 7"
        before = [hit.passage.id for hit in engine.search(asked)]
        found = []
        reindex_in_place(settings, lambda done, of: found.append([h.passage.id for h in engine.search(asked)]))
        assert found == [before] * 3  # the former vectors answer while the new ones are made
        assert [h.passage.id for h in engine.search(asked)] == before  # and after the exchange, from memory
        assert renewal.look()
        assert engine.embedder.model_id == other.model_id
        assert engine.indexes.notices() == ()
        assert [h.passage.id for h in engine.search(asked)] == before
        renewal.close_former()
