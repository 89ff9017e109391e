"""Risk by coverage on curves worked out by hand."""

from dataclasses import replace

import pytest

from eval.core.cases import ShownShort
from eval.run.score import Texts, record
from eval.run.summary import CURVES, Point, ShownAnswer, answers, coverage_at, points, short_answers

GIVEN = [ShownAnswer(0.9, True), ShownAnswer(0.8, False), ShownAnswer(0.8, True), ShownAnswer(0.6, True)]


def test_points():
    # of five asked: .9 alone is right; with both at .8 one of three is wrong; all four: one of four
    assert points(GIVEN, 5) == (Point(0.9, 1 / 5, 0), Point(0.8, 3 / 5, 1 / 3), Point(0.6, 4 / 5, 1 / 4))
    assert points([], 5) == ()


def test_coverage_is_the_largest_that_is_precise_enough():
    curve = points(GIVEN, 5)
    assert coverage_at(curve, 0.95) == 1 / 5
    assert coverage_at(curve, 0.75) == 4 / 5
    assert coverage_at(points([ShownAnswer(0.9, False)], 2), 0.95) == 0
    assert coverage_at((), 0.95) is None


@pytest.fixture
def cases(make):
    away = make.case("c2", **make.UNANSWERABLE)
    suite = make.suite()
    texts = Texts(suite.documents)
    sure, unsure = (ShownShort("Ivan Anušić", 0.7),), (ShownShort("59 people"),)
    return [
        record(make.case(), make.reply(short=sure), suite, texts),
        record(away, make.reply(short=unsure, confidence=0.3), suite, texts),
        record(make.case("c3"), make.reply(**make.REFUSAL), suite, texts),
    ]


def test_of_answers(cases):
    assert answers(cases) == (Point(0.9, 1 / 3, 0), Point(0.3, 2 / 3, 1 / 2))  # the refusal is not on it


def test_of_short_answers_by_their_own_score_where_there_is_one(cases):
    assert short_answers(cases) == (Point(0.7, 1 / 3, 0), Point(0.3, 2 / 3, 1 / 2))
    silent = [replace(c, short=[]) for c in cases]
    assert short_answers([replace(c, scores={"shown_hit": 1.0}) for c in silent]) == ()
    assert set(CURVES) == {"coverage", "short_coverage"}
