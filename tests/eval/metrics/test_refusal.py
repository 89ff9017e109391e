"""Refusal metrics worked out by hand."""

import pytest

from eval.metrics.refusal import auroc, calibration_bins, calibration_error, risk_coverage


def test_auroc():
    assert auroc([0.9, 0.8, 0.2], [True, True, False]) == 1
    assert auroc([0.1, 0.2, 0.9], [True, True, False]) == 0
    # pairs (true, false): .8>.5, .8>.9 no, .4>.5 no, .4>.9 no: 1 of 4
    assert auroc([0.8, 0.4, 0.5, 0.9], [True, True, False, False]) == 1 / 4
    assert auroc([0.5, 0.5], [True, False]) == 1 / 2  # a tie counts half
    assert auroc([0.5, 0.6], [True, True]) is None


def test_risk_and_coverage():
    # most confident first: right, wrong, right: risks 0, 1/2, 1/3
    curve = risk_coverage([0.9, 0.7, 0.5], [True, False, True])
    assert curve.coverage == pytest.approx((1 / 3, 2 / 3, 1))
    assert curve.risk == pytest.approx((0, 1 / 2, 1 / 3))
    assert curve.area == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)
    assert risk_coverage([], []) is None


def test_equal_confidence_is_answered_together():
    curve = risk_coverage([0.5, 0.5], [True, False])
    assert curve.coverage == (1,)
    assert curve.area == 1 / 2  # whatever the order


def test_confidence_that_knows_has_the_smaller_area():
    knows = risk_coverage([0.9, 0.1], [True, False])
    errs = risk_coverage([0.1, 0.9], [True, False])
    assert knows.area == pytest.approx(1 / 4) and errs.area == pytest.approx(3 / 4)


def test_calibration():
    # bin .9-1: confidence .95, truth 1/2; bin .2-.3: confidence .25, truth 0
    values, truths = [0.95, 0.95, 0.25], [True, False, False]
    assert calibration_error(values, truths) == pytest.approx((2 * 0.45 + 1 * 0.25) / 3)
    assert [b.count for b in calibration_bins(values, truths)] == [1, 2]
    assert calibration_error([1.0, 0.0], [True, False]) == 0
    assert calibration_error([], []) is None
