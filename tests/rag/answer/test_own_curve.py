"""The curve of judged answers: surer is never right less often, and a share that may be wrong gives a threshold."""

from __future__ import annotations

from random import Random

from rag.answer.own_curve import LEAST_JUDGED, WrongShare, own_curve


def drawn(count: int, right) -> list[tuple[float, bool]]:
    """Judged answers of random confidence, right with the probability `right` of it."""
    random = Random(1)
    made = [round(random.random(), 3) for _ in range(count)]
    return [(c, random.random() < right(c)) for c in made]


def test_a_surer_answer_is_never_said_to_be_right_less_often():
    judged = drawn(1000, lambda c: 0.2 + 0.6 * c)
    curve = own_curve(judged)
    assert curve is not None and curve.judged == 1000
    shares = [step.right for step in curve.steps]
    assert shares == sorted(shares) and len(set(shares)) == len(shares)
    for step, following in zip(curve.steps, [*curve.steps[1:], None], strict=True):
        within = [right for c, right in judged if c >= step.least and (following is None or c < following.least)]
        assert abs(sum(within) / len(within) - step.right) < 1e-9


def test_thresholds_keep_what_they_promise_and_ask_for_more_where_less_may_be_wrong():
    judged = drawn(4000, lambda c: c)
    curve = own_curve(judged)
    assert curve is not None
    ten, twenty = (curve.threshold(wrong) for wrong in (WrongShare.ONE_IN_TEN, WrongShare.ONE_IN_TWENTY))
    assert 0.7 < ten < 0.9 < twenty < 1
    for wrong, least in ((WrongShare.ONE_IN_TEN, ten), (WrongShare.ONE_IN_TWENTY, twenty)):
        stated = [right for c, right in judged if c >= least]
        assert stated.count(False) <= wrong.share * len(stated)


def test_an_archive_that_is_never_right_enough_states_nothing():
    curve = own_curve(drawn(LEAST_JUDGED, lambda c: 0.5))
    assert curve is not None
    top = curve.steps[-1]
    assert top.right >= 0.95 or curve.threshold(WrongShare.ONE_IN_TWENTY) == 1.0
    assert own_curve([(0.9, False)] * LEAST_JUDGED).threshold(WrongShare.ONE_IN_TEN) == 1.0


def test_too_few_give_no_curve():
    assert own_curve(drawn(LEAST_JUDGED - 1, lambda c: c)) is None
