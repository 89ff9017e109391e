"""Convex fusion, by hand."""

import pytest

from rag.retrieve.rank import convex


def test_the_score_is_cosine_plus_a_share_of_the_reachable_bm25():
    fused = convex({1: 0.8, 2: 0.7}, {2: 10.0, 1: 0.0}, reachable=20.0, keyword=0.4)
    assert {f.key: f.score for f in fused} == pytest.approx({1: 0.8, 2: 0.7 + 0.4 * 0.5})
    assert [f.key for f in fused] == [2, 1]


def test_ranks_and_scores_of_both_are_kept():
    first, second = convex({5: 0.7, 6: 0.6}, {6: 3.0}, reachable=100.0)
    assert (first.key, first.dense_rank, first.keyword_rank, first.keyword_score) == (5, 1, None, None)
    assert (second.key, second.dense_rank, second.keyword_rank, second.keyword_score) == (6, 2, 1, 3.0)


def test_words_that_the_archive_does_not_know_leave_the_order_to_the_cosines():
    assert [f.key for f in convex({1: 0.80, 2: 0.79}, {2: 2.0}, reachable=100.0)] == [1, 2]
    assert [f.key for f in convex({1: 0.80, 2: 0.79}, {2: 2.0}, reachable=4.0)] == [2, 1]


def test_a_candidate_without_a_cosine_starts_below_the_others():
    scores = {f.key: f.score for f in convex({1: 0.8, 2: 0.7}, {3: 10.0}, reachable=20.0, keyword=0.2)}
    assert scores[3] == pytest.approx(0.7 + 0.1)


def test_equal_scores_go_by_key_and_no_words_do_no_harm():
    assert [f.key for f in convex({9: 0.5, 4: 0.5}, {}, reachable=0.0)] == [4, 9]
    assert convex({}, {}, reachable=0.0) == []


def test_holding_the_names_of_the_question_adds_to_the_score():
    scores = {f.key: f.score for f in convex({1: 0.8, 2: 0.8}, {}, {2: 0.5, 3: 1.0}, reachable=0.0, names=0.1)}
    assert scores == pytest.approx({1: 0.8, 2: 0.85, 3: 0.9})
