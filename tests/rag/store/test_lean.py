"""How much a language leans to a question, over vectors made by hand."""

import numpy as np
import pytest

from rag.store.exact import ExactVectors
from rag.store.lean import Leans
from rag.store.records import Columns


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
    return dict(zip(view.languages, Leans().of(view, QUESTION).tolist(), strict=True))


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
