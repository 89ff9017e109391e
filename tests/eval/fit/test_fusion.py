"""Weights of the combined order, fitted on candidates made by hand."""

import numpy as np
import pytest

from eval.core.cases import Case
from eval.fit.fusion import FEATURES, PRESENT, QuestionCandidates, fit, measure


def question(number, *candidates, crossing=False):
    """Candidates: cosine, words, names, whether gold; each an article of its own."""
    values = np.zeros((len(candidates), len(FEATURES)))
    values[:, :3] = [c[:3] for c in candidates]
    gold = np.array([c[3] for c in candidates])
    articles = tuple(f"a{n}" for n in range(len(candidates)))
    case = Case(str(number), "?", gold_doc_ids=tuple(a for a, g in zip(articles, gold, strict=True) if g))
    return QuestionCandidates(case, values, articles, gold, crossing, 1.0)


@pytest.fixture
def worded():
    """The article that holds the question's names is the right one, though another lies a little nearer."""
    random = np.random.default_rng(1)
    return [
        question(n, (0.80 + random.normal(0, 0.01), 0.1, 1.0, True), (0.86 + random.normal(0, 0.01), 0.1, 0.0, False))
        for n in range(40)
    ]


def test_it_learns_what_tells_the_right_article(worded):
    weights = fit(worded, range(3))
    assert weights[0] == 1 and weights[2] > 0.06 and not weights[3:].any()
    assert measure(worded, PRESENT)["one"].first < 0.2 and measure(worded, weights)["one"].first > 0.9


def test_with_nothing_to_learn_it_stays_near_the_present_weights():
    alike = [question(n, (0.9, 0.5, 0.0, True), (0.9, 0.5, 0.0, False)) for n in range(5)]
    assert fit(alike) == pytest.approx(PRESENT, abs=1e-3)


def test_questions_in_two_languages_are_counted_apart_and_articles_once():
    twice = question(1, (0.9, 0, 0, False), (0.8, 0, 0, True))
    found = measure([twice, question(2, (0.9, 0, 0, True), (0.8, 0, 0, False), crossing=True)], PRESENT)
    assert (found["one"].first, found["one"].five) == (0, 1) and found["two"].first == 1
    without = question(3, (0.9, 0, 0, False))
    assert measure([without], PRESENT)["one"].five == 0
