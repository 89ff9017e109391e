"""Chroma in a directory and on a real server: the same code, the same tests."""

from __future__ import annotations

import numpy as np
import pytest

from rag.config import VectorsSettings
from rag.errors import BadSettings, VectorsUnavailable
from rag.store.database.records import Batch, Identity
from rag.store.upkeep.catchup import IndexBroken, IndexState
from rag.store.vectors.chroma_index import FORMAT, ChromaVectors

DIMENSION = 8
BUILT = IndexState(FORMAT, Identity("m", DIMENSION, "c"))


def vectors(count: int, seed: int = 0) -> np.ndarray:
    made = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def batch(first: int, made: np.ndarray) -> Batch:
    return Batch(np.arange(first, first + len(made)), made, [])


@pytest.fixture(params=["embedded", "server"])
def where(request, tmp_path):
    """Settings and directory of a collection that is not there yet."""
    if request.param == "embedded":
        (tmp_path / "chroma-1").mkdir()
        return VectorsSettings(), tmp_path / "chroma-1"
    server = request.getfixturevalue("chroma_server")
    return VectorsSettings(url=server.url, collection=f"c{abs(hash(tmp_path))}"), None


@pytest.fixture
def chroma(where):
    made = ChromaVectors.create(*where, BUILT)
    yield made
    made.close()


def test_nearest_by_cosine(chroma):
    made = vectors(500)
    chroma.add(batch(1, made))
    hits = chroma.search(made[41], limit=5)
    expected = np.argsort(-(made @ made[41]))[:5] + 1
    assert [hit.key for hit in hits] == expected.tolist()
    assert [hit.score for hit in hits] == pytest.approx((made @ made[41])[expected - 1].tolist(), abs=1e-5)


def test_more_asked_than_there_is(chroma):
    assert chroma.search(vectors(1)[0], limit=10) == []
    chroma.add(batch(1, vectors(3)))
    assert len(chroma.search(vectors(1)[0], limit=10)) == 3


def test_a_known_key_gets_the_new_vector(chroma):
    chroma.add(batch(1, vectors(20)))
    new = vectors(1, seed=9)
    chroma.add(batch(7, new))
    assert chroma.search(new[0], limit=1)[0].key == 7
    assert chroma.count() == 20


def test_removed_is_gone(chroma):
    made = vectors(20)
    chroma.add(batch(1, made))
    chroma.remove(np.array([5, 999]))
    assert chroma.keys().tolist() == [key for key in range(1, 21) if key != 5]
    assert 5 not in [hit.key for hit in chroma.search(made[4], limit=20)]


@pytest.mark.slow
def test_more_than_one_request(chroma):
    chroma.add(batch(1, vectors(6_000)))
    assert chroma.keys().tolist() == list(range(1, 6_001))
    chroma.remove(np.arange(1, 5_990))
    assert chroma.count() == 11


def test_it_remembers_what_it_was_built_from(chroma, where):
    chroma.add(batch(1, vectors(20)))
    chroma.commit(BUILT.up_to(4))
    assert chroma.state == BUILT.up_to(4)
    chroma.close()
    again = ChromaVectors.open(*where)
    assert (again.state, again.count()) == (BUILT.up_to(4), 20)
    again.close()


def test_the_breadth_of_search_may_change(chroma, where):
    chroma.add(batch(1, vectors(20)))
    chroma.close()
    settings, directory = where
    for _ in range(2):
        again = ChromaVectors.open(settings.model_copy(update={"ef_search": 77}), directory)
        assert len(again.search(vectors(1)[0], limit=3)) == 3
        again.close()


def test_created_again_is_empty(chroma, where, tmp_path):
    chroma.add(batch(1, vectors(20)))
    settings, directory = where
    if directory:  # embedded, another one is always made in a fresh directory
        directory = tmp_path / "chroma-2"
        directory.mkdir()
    again = ChromaVectors.create(settings, directory, BUILT)
    assert again.count() == 0
    again.close()


def test_nothing_to_open(where):
    assert ChromaVectors.open(*where) is None


def test_a_collection_of_somebody_else(where, chroma):
    chroma._collection.modify(metadata={"other": "thing"})
    other = ChromaVectors.open(*where)
    with pytest.raises(IndexBroken):
        _ = other.state
    other.close()


def test_a_closed_one_is_unavailable(chroma):
    chroma.close()
    chroma.close()
    with pytest.raises(VectorsUnavailable):
        chroma.search(vectors(1)[0], limit=1)


def test_not_a_number_is_refused(chroma):
    with pytest.raises(VectorsUnavailable):
        chroma.add(batch(1, np.full((1, DIMENSION), np.nan, np.float32)))


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://host", "http://"])
def test_an_address_that_is_none(url):
    with pytest.raises(BadSettings, match="TELAL_VECTORS__URL"):
        ChromaVectors.open(VectorsSettings(url=url), None)


def test_nobody_at_the_address(free_port):
    with pytest.raises(VectorsUnavailable, match="TELAL_VECTORS__URL"):
        ChromaVectors.open(VectorsSettings(url=f"http://127.0.0.1:{free_port}"), None)
