"""How much a language leans to a question, over vectors made by hand."""

import numpy as np
import pytest

from rag.store.database.records import Columns
from rag.store.vectors.exact import ExactVectors
from rag.store.vectors.language_centering import Leans, mean_questions


def vectors_of(*rows):
    """Rows (language, x, y) as exact vectors."""
    names = sorted({r[0] for r in rows})
    n = len(rows)
    codes = np.zeros(n, np.int32)
    return ExactVectors.of(
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


def leans(vectors):
    view = vectors.view()
    found = Leans().by_language(view, QUESTION)
    rows = Leans().of(view, QUESTION)
    assert rows == pytest.approx([found[view.languages[code]] for code in view.language[: view.rows]])
    return found


def test_the_language_of_the_question_leans_to_it_and_the_other_away():
    found = leans(vectors_of(*[("en", 1.0, 0.0)] * 100, *[("sq", 0.0, 1.0)] * 100))
    # mean of all .5; a language of 100 counts 100/120 of its difference of .5, and .7 of that is taken off
    assert found == pytest.approx({"en": 0.7 * 0.5 * 100 / 120, "sq": -0.7 * 0.5 * 100 / 120}, abs=1e-3)


def test_a_language_of_few_passages_is_hardly_moved():
    found = leans(vectors_of(*[("en", 0.0, 1.0)] * 100, ("sq", 1.0, 0.0)))
    assert abs(found["sq"]) < 0.05


def test_serbian_croatian_bosnian_and_montenegrin_lean_alike():
    found = leans(vectors_of(("hr", 1, 0), ("sr-Cyrl", 0, 1), ("sr-Latn", 1, 0), ("el", 0, 1)))
    assert found["hr"] == found["sr-Cyrl"] == found["sr-Latn"] != found["el"]


def test_one_language_alone_does_not_lean_and_removed_passages_do_not_count():
    vectors = vectors_of(*[("en", 1.0, 0.0)] * 10, *[("sq", 0.0, 1.0)] * 10)
    vectors.remove(np.arange(10, 20))
    assert leans(vectors)["en"] == pytest.approx(0.0, abs=1e-6)


def test_nothing_leans_in_an_empty_archive():
    assert len(Leans().of(ExactVectors(2).view(), QUESTION)) == 0


MEANS = {"sh": np.array([0.0, 1.0], np.float32)}  # the mean question of one family, as if a model had it


def shifts(vectors, language="hr"):
    return Leans().of(vectors.view(), QUESTION, language, MEANS)


def test_a_question_is_moved_for_other_languages_by_the_difference_of_the_means():
    vectors = vectors_of(*[("en", 1.0, 0.0)] * 50, *[("en", 0.0, 1.0)] * 50)
    mean = np.array([0.5, 0.5])
    expected = [0.7 * np.dot(row, MEANS["sh"] - mean) for row in ((1.0, 0.0), (0.0, 1.0))]
    found = shifts(vectors)
    assert found[0] == pytest.approx(expected[0], abs=1e-3) and found[99] == pytest.approx(expected[1], abs=1e-3)


def test_in_its_own_language_all_rows_move_alike():
    vectors = vectors_of(("sr-Latn", 1.0, 0.0), ("bs", 0.0, 1.0), ("en", 1.0, 0.0), ("en", 0.0, 1.0))
    found = shifts(vectors)
    assert found[0] == found[1] and found[2] != found[3]


def test_a_language_without_a_mean_question_leans_as_before():
    vectors = vectors_of(*[("en", 1.0, 0.0)] * 9, *[("el", 0.0, 1.0)] * 9)
    assert shifts(vectors, "el") == pytest.approx(Leans().of(vectors.view(), QUESTION))


def test_rows_that_come_later_are_moved_too_and_the_rest_is_kept():
    vectors, leans = vectors_of(*[("en", 1.0, 0.0)] * 9, ("el", 0.0, 1.0)), Leans()
    before = leans.of(vectors.view(), QUESTION, "hr", MEANS)
    more = vectors_of(*[("en", 0.6, 0.8)] * 3).view()
    columns = Columns(
        keys=np.arange(100, 103), vectors=more.vectors[:3].astype(np.float16), published_day=more.published_day[:3],
        language=more.language[:3], outlet=more.outlet[:3], kind=more.kind[:3],
        languages=more.languages, outlets=more.outlets, kinds=more.kinds,
    )  # fmt: skip
    vectors.add(columns)
    after = leans.of(vectors.view(), QUESTION, "hr", MEANS)
    assert len(after) == 13 and after[:10] == pytest.approx(before)
    assert after[10] == after[12] != after[0]


def test_the_shipped_means_are_the_packaged_models_and_of_every_language():
    held = mean_questions("multilingual-e5-small@2b401658")
    assert set(held) == {"en", "sh", "sl", "mk", "bg", "sq", "ro", "el", "tr"}
    assert all(vector.shape == (384,) and 0.7 < np.linalg.norm(vector) < 1 for vector in held.values())
    assert not mean_questions("another@12345678")
