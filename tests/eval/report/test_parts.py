"""The parts of a report say what the run records say."""

from dataclasses import replace

import pytest

from eval.report.cases import list_cases, mark_answers, outcome
from eval.report.curves import curves
from eval.report.table import better_of, describe_metric, format_difference, summarise


def test_outcomes_by_the_rules_of_the_metrics(two, read):
    found = {c.id: outcome(c).key for c in read(two)[0].record.per_case}
    assert found == {
        "right": "right",
        "wrong": "wrong",
        "needless": "missed",
        "failed": "failed",
        "held": "withheld",
        "unfounded": "trapped",
    }


@pytest.mark.parametrize(
    "golds, ranked, key",
    [(["d1"], ["d1"], "found"), (["d2"], ["d1", "d2"], "second"), (["d3"], ["d1"], "missed"), ([], ["d1"], "unjudged")],
)
def test_outcomes_of_a_search(two, read, golds, ranked, key):
    case = read(two)[0].record.per_case[0]
    assert outcome(replace(case, search_only=True, gold_doc_ids=golds, ranked_docs=ranked)).key == key


def test_the_worst_come_first(two, read):
    items = list_cases(read(two)).items
    ids = [i.case.id for i in items]
    assert ids[:4] == ["failed", "unfounded", "wrong", "needless"]
    assert set(ids[4:]) == {"held", "right"}
    assert [i.case.id for i in items if i.differs] == ["needless"]


def test_the_summary_has_the_difference_to_the_first_run(two, read):
    runs = read(two)
    rows = {row.metric: row for group in summarise(runs).groups for row in group.rows}
    hit = rows["stated"]
    assert [c.text for c in hit.cells] == ["0.333", "0.667"]  # right, wrong, needless; a refusal counts 0
    assert hit.cells[1].change == "+0.333"
    assert "95 % interval" in hit.cells[1].detail
    assert all(row.meaning for row in rows.values())


def test_runs_without_a_common_case_are_said_to_be_so(two, read, spoil):
    def rename(record):
        record["suite"], record["environment"]["cases_digest"] = "another", "0"

    assert "cannot be compared" in summarise(read([spoil(rename), two[1]])).notes[0]


def test_each_curve_has_words_and_figures(two, read):
    risk, calibration = curves(read(two))
    assert (risk.title, calibration.title) == ("Risk and coverage", "Calibration")
    assert risk.rows[-1] == ["100%", "0.800", "0.600"]  # of five judged the first thing shown is right for one; two
    assert {row[0] for row in calibration.rows} == {"A scripted, first", "B scripted, second"}
    for made in (risk, calibration):
        assert made.says and made.drawing.count('class="curve"') == 2


def test_accepted_answers_are_marked_and_all_else_is_escaped():
    assert mark_answers("<b>ivan anušić</b> & Anušićev", ("Ivan Anušić", "Anušić")) == (
        "&lt;b&gt;<mark>ivan anušić</mark>&lt;/b&gt; &amp; Anušićev"
    )
    assert mark_answers("<", ()) == "&lt;"


@pytest.mark.parametrize(
    "metric, better", [("latency_ms_p50", "lower"), ("quotes_altered", "lower"), ("recall@5", "higher")]
)
def test_the_better_direction(metric, better):
    assert better_of(metric) == better


def test_differences_and_meanings():
    assert (format_difference("recall@5", 0.0001), format_difference("latency_ms_p50", -5.0)) == ("±0", "−5.0")
    assert describe_metric("recall@5") == "share of the right articles among the first 5"
    assert "95 % of questions" in describe_metric("first_word_ms_p95")
    assert describe_metric("unheard_of") == ""
