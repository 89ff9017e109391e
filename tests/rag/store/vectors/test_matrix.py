"""Exact search: against a plain sort, under every filter, while vectors come and go."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.store.database.records import NO_DAY, Columns
from rag.store.upkeep.catchup import IndexBroken, ScoredKey
from rag.store.vectors.matrix import Matrix, SearchAim, _quantised, speaks
from rag.types import Filters

DIMENSION = 16
LANGUAGES = ("sr-Latn", "sr-Cyrl", "srn", "el")
OUTLETS = ("N1", "Политика", "İstanbul")
KINDS = ("report", "opinion")
DAY = date(2024, 5, 1)


def columns(size: int, *, first: int = 1, seed: int = 0) -> Columns:
    """Random passages with keys from `first` on, a third of them without a date."""
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((size, DIMENSION)).astype(np.float32)
    days = random.integers(19844, 19854, size).astype(np.int32)
    days[random.random(size) < 1 / 3] = NO_DAY
    return Columns(
        keys=np.arange(first, first + size, dtype=np.int64),
        vectors=(vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16),
        published_day=days,
        language=random.integers(0, len(LANGUAGES), size).astype(np.int32),
        outlet=random.integers(0, len(OUTLETS), size).astype(np.int32),
        kind=random.integers(0, len(KINDS), size).astype(np.int32),
        languages=LANGUAGES,
        outlets=OUTLETS,
        kinds=KINDS,
    )


def plain(c: Columns, query: np.ndarray, limit: int, rows: list[int]) -> list[int]:
    """The keys that a sort over the given rows finds."""
    scores = {int(c.keys[row]): float(c.vectors[row].astype(np.float32) @ query) for row in rows}
    return sorted(scores, key=lambda key: (-scores[key], key))[:limit]


def keys(found: list[ScoredKey]) -> list[int]:
    return [one.key for one in found]


@pytest.mark.parametrize("stretch", [1, 7, 100])
def test_stretches_that_threads_share_are_compared_like_the_whole(monkeypatch, stretch):
    c = columns(700)
    exact, query = Matrix.of(c), c.vectors[3].astype(np.float32)
    whole = exact.view.search(query, limit=50)
    monkeypatch.setattr("rag.store.vectors.matrix._STRETCH", stretch)
    assert exact.view.search(query, limit=50) == whole
    with ThreadPoolExecutor(8) as readers:
        assert all(found == whole for found in readers.map(lambda _: exact.view.search(query, limit=50), range(40)))


def test_the_nearest_are_those_of_a_plain_sort():
    c = columns(500)
    exact, query = Matrix.of(c), c.vectors[7].astype(np.float32)
    found = exact.view.search(query, limit=20)
    assert keys(found) == plain(c, query, 20, list(range(500)))
    assert found[0].key == 8 and found[0].score == pytest.approx(1, abs=1e-3)
    assert len(exact.view.search(query, limit=1000)) == exact.count() == 500


@pytest.mark.parametrize(
    ("filters", "fulfils"),
    [
        (Filters(languages=("SR",)), lambda c, r: c.language[r] in (0, 1)),
        (Filters(languages=("sr-cyrl", "el")), lambda c, r: c.language[r] in (1, 3)),
        (Filters(outlets=("политика", "n1")), lambda c, r: c.outlet[r] in (0, 1)),
        (Filters(outlets=("i\u0307stanbul",)), lambda c, r: c.outlet[r] == 2),
        (Filters(kinds=("Opinion",)), lambda c, r: c.kind[r] == 1),
        (Filters(published_from=date(2024, 5, 4)), lambda c, r: c.published_day[r] >= 19847),
        (Filters(published_to=DAY), lambda c, r: c.published_day[r] == 19844),
        (Filters(published_from=DAY, published_to=DAY, kinds=("report",), languages=("sr",)),
         lambda c, r: c.published_day[r] == 19844 and c.kind[r] == 0 and c.language[r] in (0, 1)),
        (Filters(languages=("de",)), lambda c, r: False),
        (Filters(published_from=DAY, published_to=date(2020, 1, 1)), lambda c, r: False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("gather", [0.0, 1.0], ids=["all compared", "copied together"])
@pytest.mark.parametrize("block", [4, 256])
def test_filters_are_exact(filters, fulfils, gather, block, monkeypatch):
    monkeypatch.setattr("rag.store.vectors.matrix._BLOCK", block)
    monkeypatch.setattr("rag.store.vectors.matrix._GATHER_SHARE", gather)
    c = columns(600)
    exact, query = Matrix.of(c), np.ones(DIMENSION, np.float32)
    rows = [row for row in range(600) if fulfils(c, row)]
    assert keys(exact.view.search(query, limit=25, filters=filters)) == plain(c, query, 25, rows)
    assert len(exact.view.search(query, limit=600, filters=filters)) == len(rows)


def test_equal_scores_are_ordered_by_key():
    c = columns(400)
    same = replace(c, vectors=np.ones_like(c.vectors), keys=c.keys[::-1].copy())  # they need not come in order
    exact, query = Matrix.of(same), np.ones(DIMENSION, np.float32)
    assert keys(exact.view.search(query, limit=5)) == [1, 2, 3, 4, 5]
    filters = Filters(kinds=("opinion",))
    assert keys(exact.view.search(query, limit=5, filters=filters)) == sorted(same.keys[same.kind == 1].tolist())[:5]


def test_nothing_is_found_among_nothing():
    exact, query = Matrix(DIMENSION), np.ones(DIMENSION, np.float32)
    assert (
        exact.view.search(query, limit=5) == [] == exact.view.search(query, limit=5, filters=Filters(languages=("sr",)))
    )
    exact.add(columns(0))
    exact.remove(np.array([1, 2]))
    assert exact.count() == 0 and exact.view.keys().shape == (0,)
    exact.add(columns(3))
    assert exact.view.search(query, limit=0) == []


def test_words_first_seen_later_keep_their_meaning():
    exact = Matrix.of(columns(50))
    later = replace(columns(50, first=51), languages=("el", "hr", "sr-Latn", "mk"))
    exact.add(later)
    exact.add(replace(columns(1, first=101), language=np.zeros(1, np.int32), languages=("sq",)))
    found = keys(exact.view.search(np.ones(DIMENSION, np.float32), limit=101, filters=Filters(languages=("hr", "sq"))))
    assert sorted(found) == [*(later.keys[later.language == 1].tolist()), 101]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.integers(0, 40)),
            st.tuples(st.just("remove"), st.lists(st.integers(1, 250), max_size=30)),
        ),
        max_size=14,
    )
)
def test_adding_and_removing_is_like_building_anew(steps):
    exact, held, upto = Matrix(DIMENSION), {}, 0
    gone: set[int] = set()
    for kind, value in steps:
        if kind == "remove":
            exact.remove(np.array(value, np.int64))
            gone |= set(value) & set(held)
        else:
            c = columns(value, first=upto + 1, seed=upto)
            exact.add(c)
            held |= {int(c.keys[row]): (c.vectors[row], int(c.kind[row])) for row in range(value)}
            upto += value
    alive = {key: value for key, value in held.items() if key not in gone}
    query = np.ones(DIMENSION, np.float32)
    for filters in (Filters(), Filters(kinds=("opinion",))):
        wanted = {
            k: float(v.astype(np.float32) @ query) for k, (v, kind) in alive.items() if filters.empty or kind == 1
        }
        found = exact.view.search(query, limit=1000, filters=filters)
        assert {one.key: pytest.approx(one.score, abs=1e-5) for one in found} == wanted
        assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert exact.count() == len(alive)


def test_searching_goes_on_while_vectors_come_and_go():
    exact, done = Matrix.of(columns(200)), threading.Event()
    query, wrong = np.ones(DIMENSION, np.float32), []

    def search() -> None:
        while not done.is_set():
            view = exact.view
            found = view.search(query, limit=10_000)
            if len(found) != len(view) or len({one.key for one in found}) != len(view):
                wrong.append((len(found), len(view)))

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for n in range(150):
        exact.add(columns(20, first=201 + 20 * n, seed=n))
        exact.remove(np.arange(20 * n, 20 * n + 18))
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert exact.count() == 200 + 150 * 20 - (150 * 18 - 1)


@pytest.mark.parametrize(
    ("tag", "wanted", "yes"),
    [("sr-Latn", "sr", True), ("sr", "sr-Latn", False), ("SR-latn", "sr-LATN", True), ("srn", "sr", False)],
)
def test_languages_match_by_subtag(tag, wanted, yes):
    assert speaks(tag, (wanted,)) is yes


def test_a_family_of_languages_is_compared_with_a_vector_of_its_own():
    c = columns(100)
    view, query = Matrix.of(c).view, np.ones(DIMENSION, np.float32)
    other = np.arange(DIMENSION, dtype=np.float32)
    scores = c.vectors.astype(np.float32) @ query
    greek = c.language == LANGUAGES.index("el")
    scores[greek] = c.vectors[greek].astype(np.float32) @ other - 3.0
    for filters in (Filters(), Filters(kinds=("opinion",))):
        rows = np.flatnonzero((c.kind == 1) | filters.empty)
        best = rows[np.lexsort((c.keys[rows], -scores[rows]))][:9]
        assert (
            keys(view.search(query, limit=9, filters=filters, aims={"el": SearchAim(other, 3.0)}))
            == c.keys[best].tolist()
        )
    found = view.scores(query, [5, 7, 999], aims={"el": SearchAim(other, 3.0)})
    assert found == pytest.approx({5: scores[4], 7: scores[6]}, abs=1e-5)


def test_eight_bits_overlook_nothing_where_scores_lie_close():
    """20,000 passages in a narrow cone, as embeddings of one language are: ranks differ in the third digit."""
    random = np.random.default_rng(3)
    wide, middle = columns(20_000), random.standard_normal(384)
    vectors = 8 * middle / np.linalg.norm(middle) + random.standard_normal((20_000, 384)) * 0.25
    c = replace(wide, vectors=(vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16))
    exact = Matrix.of(c)
    for row in (3, 4_000, 19_999):
        query = c.vectors[row].astype(np.float32)
        scores = c.vectors.astype(np.float32) @ query
        assert keys(exact.view.search(query, limit=50)) == c.keys[np.lexsort((c.keys, -scores))[:50]].tolist()
    codes, steps = _quantised(c.vectors)
    eight = (codes.astype(np.float32) * steps[:, None]) @ query
    order = c.keys[np.lexsort((c.keys, -eight))[:50]].tolist()
    assert order != keys(exact.view.search(query, limit=50)), "without the second look the order would be another"


def test_a_key_below_the_last_of_its_family_is_refused():
    exact = Matrix.of(columns(10, first=100))
    with pytest.raises(IndexBroken):
        exact.add(columns(10, first=1))
