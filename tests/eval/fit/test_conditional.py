"""Fitting the choice among passages on a small made-up set."""

import numpy as np
import pytest

from eval.fit.conditional import Choice, fit_choice
from rag.answer.evidence.judge import shares


def choice(*values, right=None, weight=1.0):
    """Passages of one feature each; the number `right` answers, or none."""
    return Choice(np.array([[v] for v in values]), [i == right for i in range(len(values))], weight)


@pytest.fixture
def model():
    answered = [choice(3.0 + n / 10, 0.5, right=0) for n in range(10)]
    return fit_choice(["sure"], [*answered, *(choice(1.0 - n / 10, 0.9) for n in range(10))])


def likely(model, *values):
    return shares([model.log_odds({"sure": v}) for v in values])


def test_the_right_passage_is_likelier_than_others_and_than_none(model):
    assert likely(model, 3.5, 0.5)[0] > 0.8
    assert sum(likely(model, 0.5, 0.9)) < 0.3  # none answers


def test_a_rival_as_good_takes_away_from_what_is_sure(model):
    alone, beside = likely(model, 3.0)[0], likely(model, 3.0, 3.0)[0]
    assert beside < alone / 1.5


@pytest.mark.parametrize(("weight", "followed"), [(0.0, False), (1.0, True)])
def test_questions_count_by_their_weight(weight, followed):
    for_it = [choice(3.0 + n / 10, 0.5, right=0) for n in range(10)]
    against = [choice(0.0, 5.0, right=0, weight=weight)] * 50
    found = fit_choice(["sure"], [*for_it, *against])
    assert (likely(found, 0.5, 3.5)[0] > 0.5) is followed


def test_where_two_are_right_both_are_likely():
    two = [Choice(np.array([[3.0], [3.0], [0.0]]), [True, True, False], 1.0)] * 10
    found = fit_choice(["sure"], [*two, *[choice(0.0, 0.1, 0.2)] * 10])
    assert likely(found, 3.0, 3.0, 0.0)[:2] == pytest.approx([0.45, 0.45], abs=0.06)
