from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from rag.question.question import Question
from rag.retrieve.rank import AFTER, DATE_WEIGHT, LATEST, FusedCandidate, asks_time, boost_by_time
from rag.types import Passage, Window

DAY = date(2025, 3, 18)


def passage(day: date | None) -> Passage:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) if day else None
    return Passage("p", "a", 1, 0, "text", 0, 4, "title", published=at)


def order(question: Question, *candidates: tuple[float, date | None]) -> list[int]:
    fused = [FusedCandidate(key, score, None, None, None, None) for key, (score, _) in enumerate(candidates)]
    return [
        f.key for f in boost_by_time(question, fused, {key: passage(day) for key, (_, day) in enumerate(candidates)})
    ]


def test_a_question_that_asks_for_no_time_is_left_alone():
    assert not asks_time(Question("q"))
    assert asks_time(Question("q", wants_latest=True)) and asks_time(Question("q", days=Window(DAY, DAY)))


def test_the_latest_comes_first_unless_another_is_clearly_better():
    latest = Question("q", wants_latest=True)
    old = DAY - timedelta(days=400)
    assert order(latest, (0.80, old), (0.80 - LATEST / 2, DAY)) == [1, 0]
    assert order(latest, (0.80, old), (0.80 - LATEST * 1.5, DAY)) == [0, 1]


def test_what_is_far_from_the_question_does_not_set_the_newest_day():
    latest = Question("q", wants_latest=True)
    old, older = DAY - timedelta(days=900), DAY - timedelta(days=990)
    assert order(latest, (0.80, older), (0.79, old), (0.5, DAY)) == [1, 0, 2]


def test_passages_of_the_days_spoken_of_come_first():
    question = Question("q", days=Window(DAY, DAY))
    near, far = 0.80 - DATE_WEIGHT / 2, 0.80 - DATE_WEIGHT * 2
    assert order(question, (0.80, None), (near, DAY)) == [1, 0]
    assert order(question, (0.80, None), (near, DAY + AFTER)) == [1, 0]
    assert order(question, (0.80, None), (near, DAY + AFTER + timedelta(days=1))) == [0, 1]
    assert order(question, (0.80, None), (far, DAY)) == [0, 1]


def test_what_the_archive_no_longer_holds_is_dropped():
    fused = [FusedCandidate(1, 0.9, None, None, None, None), FusedCandidate(2, 0.8, None, None, None, None)]
    assert [f.key for f in boost_by_time(Question("q", wants_latest=True), fused, {2: passage(DAY)})] == [2]
