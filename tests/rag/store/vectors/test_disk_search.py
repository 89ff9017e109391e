"""More passages than memory may hold: the same answers as exact search."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from rag.store.vectors.chroma import SLOW
from rag.types import ArticleStatus, Filters

FILTERS = [
    Filters(),
    Filters(languages=("sr",)),
    Filters(outlets=("rare",)),
    Filters(published_from=date(2024, 1, 20), published_to=date(2024, 2, 10), languages=("hr",)),
    Filters(outlets=("nobody",)),
]


@pytest.fixture
def written(archive, made):
    batch = [
        made(
            f"a{n}",
            text=f"Prva {n}. Druga {n}. Treca {n}",
            language="sr-Cyrl" if n % 2 else "hr",
            outlet="rare" if n % 40 == 0 else "N1",
            published=datetime(2024, 1 + n % 3, 1 + n % 28, tzinfo=UTC),
        )
        for n in range(120)
    ]
    archive.write(batch)
    archive.write([made("a3", text="Nova verzija"), made("a5", status=ArticleStatus.RETRACTED)])
    archive.erase("a7", reason="on request")
    return batch


@pytest.fixture
def expected(follow, written):
    """What exact search in memory answers."""
    exact = follow(mode="exact", own=False)
    return lambda vector, filters: exact.dense(vector, limit=10, filters=filters)


def same(indexes, expected, written) -> None:
    for write in written[::30]:
        for filters in FILTERS:
            wanted = expected(write.vectors[0], filters)
            got = indexes.dense(write.vectors[0], limit=10, filters=filters)
            swapped = {hit.key for hit in got} ^ {hit.key for hit in wanted}
            assert len(swapped) <= 2, "more than a tie: Chroma divides by the length that float16 left"
            assert np.allclose([hit.score for hit in got], [hit.score for hit in wanted], atol=1e-3)


@pytest.mark.parametrize("few", [5000, 10, 0])
def test_chroma_with_filters_after(follow, expected, written, monkeypatch, few):
    monkeypatch.setattr("rag.store.vectors.disk_search._FEW", few)
    monkeypatch.setattr("rag.store.vectors.chroma._DELAY_S", 0.0)
    indexes = follow(exact_limit=50)
    assert indexes.check() == []
    assert indexes.status().chroma_state == "ready"
    assert indexes.status().passages == 120 * 3 - 3 - 3 - 3 + 1
    same(indexes, expected, written)
    assert indexes.notices() == ()


def test_what_chroma_has_not_taken_in_yet_is_found(follow, expected, written, archive, made, monkeypatch):
    monkeypatch.setattr("rag.store.vectors.chroma._DELAY_S", 0.0)
    indexes = follow(exact_limit=50)
    assert indexes.check() == []
    keeper = indexes._chroma.keeper
    monkeypatch.setattr(keeper, "step", lambda: False)
    [new] = [made("new", text="Sasvim novo")]
    archive.write([new])
    indexes.refresh()
    assert keeper.change < archive.last_change()
    assert indexes.dense(new.vectors[0], limit=1)[0].score > 0.999


@pytest.mark.parametrize("window", [20_000, 7])
def test_without_chroma_every_vector_is_read(follow, expected, written, monkeypatch, window):
    monkeypatch.setattr("rag.store.vectors.disk_search._WINDOW", window)
    indexes = follow(mode="exact", exact_limit=50)
    indexes.refresh()
    same(indexes, expected, written)
    assert indexes.notices() == (SLOW,)


def test_a_reader_without_a_keyword_index(follow, expected, written):
    same(follow(exact_limit=0, own=False), expected, written)


def test_growing_over_the_limit(follow, archive, made):
    indexes = follow(exact_limit=4, mode="exact")
    archive.write([made("a1", text="Jedan. Dva")])
    indexes.refresh()
    assert indexes._memory.vectors is not None
    [more] = [made("a2", text="Tri. Četiri. Pet")]
    archive.write([more])
    indexes.refresh()
    assert indexes._memory.vectors is None
    assert indexes.dense(more.vectors[2], limit=1)[0].score > 0.999
