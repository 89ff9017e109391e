"""Figures over several records, worked out by hand."""

import pytest

from eval.core.cases import Timing, Usage
from eval.run.score import Texts, failed_record, record
from eval.run.summary import counts, metrics, metrics_by, percentile


@pytest.fixture
def records(make):
    right = make.case("right", language="en")
    refused = make.case("refused", language="sq")
    away = make.case("away", **make.UNANSWERABLE)
    down = make.case("down", language="sq")
    suite = make.suite(right, refused, away, down)
    texts = Texts(suite.documents)
    return [
        record(right, make.reply(timing=Timing(1, 5, 10)), suite, texts),
        record(refused, make.reply(**make.REFUSAL, timing=Timing(1, None, 30)), suite, texts),
        record(away, make.reply(**{**make.REFUSAL, "confidence": 0.1}, timing=Timing(1, None, 20)), suite, texts),
        failed_record(down, suite, "The server is down."),
    ]


def test_failures_are_in_no_figure(make, records):
    made = metrics(records)
    assert made["seen@1"] == made["stated"] == made["false_absence"] == 1 / 2  # right, refused; not down
    assert made["recall@1"] == made["withheld"] == 1
    assert counts(records, seconds=1.24) == {
        "cases": 4, "stated": 1, "doubtful": 0, "refused": 2, "searched": 0, "failed": 1, "seconds": 1.2,
    }  # fmt: skip


def test_times(make, records):
    made = metrics(records)
    assert made["latency_ms_p50"] == 20  # of 10, 20, 30
    assert made["first_word_ms_p50"] == 5
    assert made["latency_ms_p99"] == pytest.approx(29.8)


def test_tokens_are_null_without_a_language_model(make, records):
    assert metrics(records)["input_tokens"] is None
    case = make.case()
    suite = make.suite(case)
    made = record(case, make.reply(usage=Usage(120, 30)), suite, Texts(suite.documents))
    assert metrics([made])["input_tokens"] == 120 and metrics([made])["output_tokens"] == 30


def test_groups(make, records):
    made = metrics_by(records)
    assert made["language"]["sq"]["seen@1"] == 0
    assert made["category"]["future"]["withheld"] == 1
    assert list(made["pair"]) == ["en:en", "sq:en"]  # what has no answer has no pair
    assert made["pair"]["en:en"]["calibration_error"] == pytest.approx(0.1)


def test_nothing_measured(make, records):
    assert set(metrics([]).values()) == {None}


def test_percentile():
    assert percentile([10, 20, 30, 40], 50) == 25 and percentile([], 50) is None
