"""Metrics of confidence worked out by hand."""

import pytest

from eval.metrics.refusal import Point, auroc, calibration_bins, calibration_error, coverage_at, risk_curve


def test_auroc():
    assert auroc([0.9, 0.8, 0.2], [True, True, False]) == 1
    assert auroc([0.1, 0.2, 0.9], [True, True, False]) == 0
    # pairs (true, false): .8>.5, .8>.9 no, .4>.5 no, .4>.9 no: 1 of 4
    assert auroc([0.8, 0.4, 0.5, 0.9], [True, True, False, False]) == 1 / 4
    assert auroc([0.5, 0.5], [True, False]) == 1 / 2  # a tie counts half
    assert auroc([0.5, 0.6], [True, True]) is None


def test_risk_and_coverage():
    # most confident first: .9 right; with both at .8 one of three is wrong; all four: one of four
    curve = risk_curve([0.8, 0.9, 0.6, 0.8], [False, True, True, True])
    assert curve == (Point(0.9, 1 / 4, 0), Point(0.8, 3 / 4, pytest.approx(1 / 3)), Point(0.6, 1, 1 / 4))
    assert risk_curve([], []) == ()
    assert coverage_at(curve, 0.95) == 1 / 4  # the largest that is right often enough
    assert coverage_at(curve, 0.75) == 1
    assert coverage_at(risk_curve([0.9], [False]), 0.95) == 0
    assert coverage_at((), 0.95) is None


def test_calibration():
    # bin .9-1: confidence .95, truth 1/2; bin .2-.3: confidence .25, truth 0
    values, truths = [0.95, 0.95, 0.25], [True, False, False]
    assert calibration_error(values, truths) == pytest.approx((2 * 0.45 + 1 * 0.25) / 3)
    assert [b.count for b in calibration_bins(values, truths)] == [1, 2]
    assert calibration_error([1.0, 0.0], [True, False]) == 0
    assert calibration_error([], []) is None
