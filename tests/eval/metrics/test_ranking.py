"""Ranking metrics worked out by hand."""

from math import log2

import pytest

from eval.metrics.ranking import first_relevant, ranking_scores


def test_one_relevant_at_rank_two():
    scores = ranking_scores({"a": 1}, ["x", "a", "y"])
    assert scores["recall@1"] == scores["success@1"] == 0
    assert scores["recall@3"] == scores["success@3"] == 1
    assert scores["mrr@10"] == 1 / 2
    assert scores["ndcg@10"] == pytest.approx(1 / log2(3))  # one gain of 1 at rank 2, ideal at rank 1
    assert scores["map"] == 1 / 2


def test_two_relevant_at_ranks_two_and_four():
    scores = ranking_scores({"a": 1, "b": 1}, ["x", "a", "y", "b"])
    assert scores["recall@3"] == 1 / 2
    assert scores["success@3"] == 1
    assert scores["recall@5"] == 1
    assert scores["map"] == (1 / 2 + 2 / 4) / 2
    assert scores["ndcg@10"] == pytest.approx((1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3)))


def test_grades_are_gains():
    scores = ranking_scores({"a": 3, "b": 1}, ["b", "a"])
    assert scores["ndcg@10"] == pytest.approx((1 + 3 / log2(3)) / (3 + 1 / log2(3)))
    assert scores["recall@1"] == 1 / 2


def test_a_wrong_ranking_scores_nothing():
    assert set(ranking_scores({"a": 1}, ["x", "y"]).values()) == {0.0}
    assert set(ranking_scores({"a": 1}, []).values()) == {0.0}


def test_what_lies_beyond_the_cutoff_does_not_count():
    scores = ranking_scores({"a": 1}, [*"bcdefghijk", "a"])  # at rank 11
    assert scores["recall@10"] == scores["mrr@10"] == scores["ndcg@10"] == 0
    assert scores["map"] == pytest.approx(1 / 11)


def test_first_relevant():
    assert first_relevant([False, False, True, True]) == 1 / 3
    assert first_relevant([False] * 10 + [True]) == 0
    assert first_relevant([]) == 0
