"""Language bias taken off, over vectors made by hand."""

import numpy as np
import pytest

from rag.store.database.records import Columns
from rag.store.vectors.language_centering import (
    UNKNOWN,
    center_query,
    mean_passages,
    mean_questions,
    store_queries,
    widen,
)
from rag.store.vectors.matrix import Matrix


def vectors_of(*rows):
    """Rows (language, x, y) as exact vectors."""
    names = sorted({r[0] for r in rows})
    n = len(rows)
    codes = np.zeros(n, np.int32)
    return Matrix.of(
        Columns(
            keys=np.arange(n, dtype=np.int64),
            vectors=np.array([r[1:] for r in rows], np.float16),
            published_day=codes,
            language=np.array([names.index(r[0]) for r in rows], np.int32),
            outlet=codes,
            kind=codes,
            languages=tuple(names),
            outlets=("",),
            kinds=("report",),
        )
    )


QUESTION = np.array([1.0, 0.0], np.float32)


def taken_off(vectors, row, language="und", questions=UNKNOWN):
    """What a passage (x, y) of each family of languages loses of its cosine to the question."""
    passage = np.array(row, np.float32)
    aims = center_query(vectors.view, QUESTION, language, questions)
    return {name: float(passage @ QUESTION - (passage @ aim.vector - aim.less)) for name, aim in aims.items()}


def test_the_language_of_the_question_leans_to_it_and_the_other_away():
    vectors = vectors_of(*[("en", 1.0, 0.0)] * 100, *[("sq", 0.0, 1.0)] * 100)
    # mean of all .5; a language of 100 counts 100/120 of its difference of .5, and .7 of that is taken off
    for row in ((1, 0), (0, 1)):
        found = taken_off(vectors, row)
        assert found == pytest.approx({"en": 0.7 * 0.5 * 100 / 120, "sq": -0.7 * 0.5 * 100 / 120}, abs=1e-3)


def test_a_language_of_few_passages_is_hardly_moved():
    found = taken_off(vectors_of(*[("en", 0.0, 1.0)] * 100, ("sq", 1.0, 0.0)), (1, 0))
    assert abs(found["sq"]) < 0.05


def test_serbian_croatian_bosnian_and_montenegrin_are_one():
    found = taken_off(vectors_of(("hr", 1, 0), ("sr-Cyrl", 0, 1), ("sr-Latn", 1, 0), ("el", 0, 1)), (1, 0))
    assert set(found) == {"sh", "el"} and found["sh"] != found["el"]


def test_one_language_alone_does_not_lean_and_removed_passages_do_not_count():
    vectors = vectors_of(*[("en", 1.0, 0.0)] * 10, *[("sq", 0.0, 1.0)] * 10)
    vectors.remove(np.arange(10, 20))
    assert taken_off(vectors, (1, 0))["en"] == pytest.approx(0.0, abs=1e-6)


def test_nothing_leans_in_an_empty_archive():
    assert center_query(Matrix(2).view, QUESTION) == {}


MEANS = {"sh": np.array([0.0, 1.0], np.float32)}  # the mean question of one family, as if a model had it


def test_a_question_is_moved_for_other_languages_by_the_difference_of_the_means():
    vectors = vectors_of(*[("en", 1.0, 0.0)] * 50, *[("en", 0.0, 1.0)] * 50)
    for row in ((1.0, 0.0), (0.0, 1.0)):
        expected = 0.7 * np.dot(row, MEANS["sh"] - np.array([0.5, 0.5]))
        assert taken_off(vectors, row, "hr", MEANS)["en"] == pytest.approx(expected, abs=1e-3)


def test_in_its_own_language_all_passages_move_alike():
    vectors = vectors_of(("sr-Latn", 1.0, 0.0), ("bs", 0.0, 1.0), ("en", 1.0, 0.0), ("en", 0.0, 1.0))
    one, other = (taken_off(vectors, row, "hr", MEANS) for row in ((1.0, 0.0), (0.0, 1.0)))
    assert one["sh"] == pytest.approx(other["sh"], abs=1e-6) and abs(one["en"] - other["en"]) > 0.1


def test_a_language_without_a_mean_question_leans_as_before():
    vectors = vectors_of(*[("en", 1.0, 0.0)] * 9, *[("el", 0.0, 1.0)] * 9)
    assert taken_off(vectors, (1, 0), "el", MEANS) == taken_off(vectors, (1, 0))


def test_what_comes_later_counts_at_once():
    vectors = vectors_of(*[("en", 1.0, 0.0)] * 9, ("el", 0.0, 1.0))
    before = taken_off(vectors, (1, 0), "hr", MEANS)
    zeros = np.zeros(300, np.int32)
    later = Columns(np.arange(100, 400), np.tile(np.float16([0.6, 0.8]), (300, 1)), zeros, zeros, zeros, zeros,
                    ("en",), ("",), ("report",))  # fmt: skip
    vectors.add(later)
    assert abs(taken_off(vectors, (1, 0), "hr", MEANS)["en"] - before["en"]) > 0.1


def test_the_shipped_means_are_the_packaged_models_and_of_every_language():
    held = mean_questions("multilingual-e5-small@2b401658")
    assert set(held) == {"en", "sh", "sl", "mk", "bg", "sq", "ro", "el", "tr"}
    assert all(vector.shape == (384,) and 0.7 < np.linalg.norm(vector) < 1 for vector in held.values())
    assert not mean_questions("another@12345678")


def test_a_store_that_compares_all_with_one_vector_finds_what_the_aims_find():
    random = np.random.default_rng(5)
    rows = [
        (name, *random.normal(centre, 0.4, 2)) for name, centre in (("en", 1), ("hr", 2), ("el", -1)) for _ in range(40)
    ]
    rows = [(name, x / np.hypot(x, y), y / np.hypot(x, y)) for name, x, y in rows]
    view = vectors_of(*rows).view
    aims = center_query(view, QUESTION, "hr", MEANS)
    stored = widen(np.array([row[1:] for row in rows], np.float32), [row[0] for row in rows], mean_passages(view))
    assert np.linalg.norm(stored, axis=1) == pytest.approx(np.sqrt(2), abs=1e-5)
    own, others = store_queries(QUESTION, aims, "hr", MEANS)
    wanted = view.scores(QUESTION, range(120), aims=aims)
    for query, part in ((own, range(40, 80)), (others, [*range(40), *range(80, 120)])):
        found = sorted(part, key=lambda row: -float(stored[row] @ query))[:10]
        assert set(found) == set(sorted(part, key=lambda row: -wanted[row])[:10])


def test_a_store_is_not_asked_where_it_cannot_take_the_bias_off():
    aims = center_query(vectors_of(("en", 1, 0), ("el", 0, 1)).view, QUESTION, "de", MEANS)
    assert store_queries(QUESTION, aims, "de", MEANS) == []
    alone = center_query(vectors_of(("en", 1, 0)).view, QUESTION, "de", MEANS)
    assert [len(one) for one in store_queries(QUESTION, alone, "de", MEANS)] == [4]
