"""Chroma in a directory and on a real server: the same code, the same tests."""

from __future__ import annotations

import numpy as np
import pytest

from rag.config import VectorsSettings
from rag.errors import BadSettings
from rag.store.database.records import Batch, Identity
from rag.store.upkeep.catchup import NO_KEYS, IndexBroken, IndexState
from rag.store.vectors.chroma import ChromaStore

DIMENSION = 8
BUILT = IndexState(1, Identity("m", DIMENSION, "c"))


def vectors(count: int, seed: int = 0) -> np.ndarray:
    made = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def fill(store: ChromaStore, made: np.ndarray, *, first: int = 1) -> None:
    store.apply(NO_KEYS, [Batch(np.arange(first, first + len(made)), made, [])], BUILT.up_to(4))


def held(store: ChromaStore, keys: range) -> list[int]:
    return sorted(hit.key for hit in store.search(vectors(1)[0], limit=len(keys) + 5))


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
    made = ChromaStore(*where, dimension=DIMENSION, empty=True)
    yield made
    made.close()


def test_nearest_by_cosine(chroma):
    made = vectors(500)
    fill(chroma, made)
    hits = chroma.search(made[41], limit=5)
    expected = np.argsort(-(made @ made[41]))[:5] + 1
    assert [hit.key for hit in hits] == expected.tolist()
    assert [hit.score for hit in hits] == pytest.approx((made @ made[41])[expected - 1].tolist(), abs=1e-5)


def test_more_asked_than_there_is(chroma):
    assert chroma.search(vectors(1)[0], limit=10) == []
    fill(chroma, vectors(3))
    assert len(chroma.search(vectors(1)[0], limit=10)) == 3


def test_a_known_key_gets_the_new_vector(chroma):
    fill(chroma, vectors(20))
    new = vectors(1, seed=9)
    fill(chroma, new, first=7)
    assert chroma.search(new[0], limit=1)[0].key == 7
    assert chroma.count() == 20


def test_removed_is_gone(chroma):
    made = vectors(20)
    fill(chroma, made)
    chroma.apply(np.array([5, 999]), (), BUILT)
    assert held(chroma, range(1, 21)) == [key for key in range(1, 21) if key != 5]


@pytest.mark.slow
def test_more_than_one_request(chroma):
    fill(chroma, vectors(6_000))
    assert chroma.count() == 6_000
    chroma.apply(np.arange(1, 5_990), (), BUILT)
    assert chroma.count() == 11


def test_it_remembers_what_it_was_built_from(chroma, where):
    fill(chroma, vectors(20))
    assert chroma.state() == BUILT.up_to(4)
    chroma.close()
    again = ChromaStore(*where, dimension=DIMENSION, empty=False)
    assert (again.state(), again.count()) == (BUILT.up_to(4), 20)
    again.close()


def test_the_breadth_of_search_may_change(chroma, where):
    fill(chroma, vectors(20))
    chroma.close()
    settings, directory = where
    for _ in range(2):
        again = ChromaStore(settings.model_copy(update={"ef_search": 77}), directory, dimension=DIMENSION, empty=False)
        assert len(again.search(vectors(1)[0], limit=3)) == 3
        again.close()


def test_made_anew_it_is_empty(chroma, where, tmp_path):
    fill(chroma, vectors(20))
    settings, directory = where
    if directory:  # embedded, another one is always made in a fresh directory
        directory = tmp_path / "chroma-2"
        directory.mkdir()
    again = ChromaStore(settings, directory, dimension=DIMENSION, empty=True)
    assert (again.state(), again.count()) == (None, 0)
    again.close()


def test_what_is_not_there_is_made(where):
    store = ChromaStore(*where, dimension=DIMENSION, empty=False)
    assert (store.state(), store.count()) == (None, 0)
    store.close()


def test_a_collection_of_somebody_else_has_no_state(where, chroma):
    chroma._collection.modify(metadata={"other": "thing"})
    assert chroma.state() is None


@pytest.mark.parametrize("where", ["embedded"], indirect=True)
def test_a_closed_one_is_unavailable(chroma):
    chroma.close()
    chroma.close()
    with pytest.raises(IndexBroken):
        chroma.search(vectors(1)[0], limit=1)


def test_not_a_number_is_refused(chroma):
    with pytest.raises(IndexBroken):
        fill(chroma, np.full((1, DIMENSION), np.nan, np.float32))


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://host", "http://"])
def test_an_address_that_is_none(url):
    with pytest.raises(BadSettings, match="TELAL_VECTORS__URL"):
        ChromaStore(VectorsSettings(url=url), None, dimension=DIMENSION, empty=False)


def test_nobody_at_the_address(free_port):
    with pytest.raises(IndexBroken, match="TELAL_VECTORS__URL"):
        ChromaStore(VectorsSettings(url=f"http://127.0.0.1:{free_port}"), None, dimension=DIMENSION, empty=False)
