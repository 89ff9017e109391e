"""Percentiles."""

from eval.run.summary import percentile


def test_percentile():
    assert percentile([10, 20, 30], 50) == 20
    assert percentile([0, 100], 95) == 95
    assert percentile([], 50) is None
