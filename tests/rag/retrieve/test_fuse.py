"""Reciprocal rank fusion, by hand."""

import pytest

from rag.retrieve.fuse import Weights, reciprocal_rank
from rag.store.scored import Scored


def test_scores_are_sums_of_reciprocal_ranks():
    fused = reciprocal_rank([Scored(1, 0.9), Scored(2, 0.8)], [Scored(2, 7.0), Scored(3, 5.0)])
    scores = {f.key: f.score for f in fused}
    assert scores == pytest.approx({1: 1 / 61, 2: 1 / 62 + 1 / 61, 3: 1 / 62})
    assert [f.key for f in fused] == [2, 1, 3]


def test_ranks_and_scores_of_both_lists_are_kept():
    (only,) = reciprocal_rank([Scored(5, 0.7)], [])
    assert (only.dense_rank, only.dense_score, only.keyword_rank, only.keyword_score) == (1, 0.7, None, None)


def test_weights_decide_between_lists_and_keys_between_equals():
    dense, keyword = [Scored(9, 0.9)], [Scored(4, 3.0)]
    assert [f.key for f in reciprocal_rank(dense, keyword)] == [4, 9]
    assert [f.key for f in reciprocal_rank(dense, keyword, weights=Weights(dense=1.1))] == [9, 4]


def test_nothing_in_nothing_out():
    assert reciprocal_rank([], []) == []
