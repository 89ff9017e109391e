"""What the program that embeds a served archive anew counts as wrong."""

import pytest

from bench.many import CheapEmbedder, records
from bench.server.reindexed import least_cosine, wrong
from ingest.pipeline import Pipeline, identity
from rag.config import Settings
from rag.store.archive.archive import Archive

WELL = {
    "searches meanwhile": {"found": 9},
    "articles": 2,
    "articles afterwards": 3,
    "the late one is found": True,
    "faults of the archive": [],
    "former model": "old@1",
    "model after the kill": "old@1",
    "vectors made when killed": 1,
    "kept by the second run": 1,
    "model": "telal-e5-small@2",
    "least cosine of a stored vector to the new model's": 0.9999,
    "searches that find what the new model finds": "2 of 2",
}


@pytest.mark.parametrize(
    ("figure", "value", "told"),
    [
        ("searches meanwhile", {"found": 8, "found nothing": 1}, "a search failed"),
        ("articles afterwards", 2, "articles were lost"),
        ("kept by the second run", 0, "began anew"),
        ("model after the kill", "telal-e5-small@2", "former model"),
        ("searches that find what the new model finds", "1 of 2", "other passages"),
    ],
)
def test_what_must_not_be(figure, value, told):
    assert wrong(WELL) == []
    (fault,) = wrong({**WELL, figure: value})
    assert told in fault


class Turned(CheapEmbedder):
    """Another model: its vectors point the other way."""

    def embed_passages(self, texts):
        return -super().embed_passages(texts)


def test_vectors_are_compared_with_those_of_their_own_texts(tmp_path):
    settings, embedder = Settings(data_dir=tmp_path), CheapEmbedder()
    with Archive.open(settings, identity=identity(settings, embedder)) as archive:
        Pipeline(archive, embedder, settings).run(records(12))
        ids = [f"n:{n}" for n in (9, 2, 5)]
        assert least_cosine(archive, embedder, ids) > 0.999
        assert least_cosine(archive, Turned(), ids) < -0.999
