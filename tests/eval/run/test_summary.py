"""Figures over several records, worked out by hand."""

import pytest

from eval.core.cases import Timing, Usage
from eval.run.score import Texts, failed_record, record
from eval.run.summary import counts, metrics, metrics_by


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
    assert made["answer_hit@1"] == 1 / 2  # right, refused; not down
    assert made["recall@1"] == 1
    assert made["answered"] == 1 / 3
    assert made["refusal_precision"] == 1 / 2 and made["refusal_recall"] == 1
    assert counts(records, seconds=1.24) == {
        "cases": 4, "answered": 1, "refused": 2, "searched": 0, "failed": 1, "seconds": 1.2,
    }  # fmt: skip


def test_by_confidence(make, records):
    made = metrics(records)
    # the archive holds two answers (.9, .2), not the third (.1)
    assert made["refusal_auroc"] == 1
    # .9 is right, .2 was refused (not right), .1 has no answer: risks 0, 1/2, 2/3
    assert made["risk_coverage_area"] == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)
    # bins: .9 held (gap .1), .2 held (gap .8), .1 did not (gap .1)
    assert made["calibration_error"] == pytest.approx((0.1 + 0.8 + 0.1) / 3)


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
    assert made["language"]["sq"]["answer_hit@1"] == 0
    assert made["category"]["future"]["refusal_recall"] == 1
    assert list(made["pair"]) == ["en-en", "sq-en"]  # what has no answer has no pair


def test_nothing_measured(make, records):
    assert set(metrics([]).values()) == {None}


def test_refusals_are_not_judged_where_every_question_has_an_answer(make, records):
    made = metrics([r for r in records if not r.unanswerable])
    assert made["refusal_precision"] is None and made["refusal_f1"] is None
    assert made["answered"] == 1 / 2
