"""Comparing runs: what is certain, what may be chance, corrections, changed cases."""

from dataclasses import replace

import pytest

from eval.compare.compare import Change, compare, holm
from eval.core.cases import ShownSentence
from eval.run.run import run
from rag.errors import BadInput


@pytest.fixture
def run_of(make):
    """A run of n cases of which those whose numbers are given are answered wrongly."""

    def build(wrong, n=40, name="tiny"):
        cases = [make.case(f"c{i}") for i in range(n)]
        suite = make.suite(*cases, name=name)
        lost = make.reply(ranking=(make.passage("kocani", make.OTHER),), sentences=(), citations=(), status="refused")
        target = make.Target({c.id: lost if i in wrong else make.reply() for i, c in enumerate(cases)})
        about = {"cases_digest": suite.cases_digest}
        return run(suite, target, environment=about)

    return build


def by_name(made):
    return {d.metric: d for d in made.differences}


def test_a_large_difference_is_found(run_of):
    made = compare(run_of(range(20)), run_of(range(2)), samples=2000)
    d = by_name(made)["recall@1"]
    assert (d.a, d.b, d.cases) == (0.5, 0.95, 40)
    assert d.difference == pytest.approx(0.45)
    assert d.low > 0.2 and d.high < 0.7 and d.low < 0.45 < d.high
    assert d.p_corrected < 0.05 and d.verdict == "better"
    assert by_name(compare(run_of(range(2)), run_of(range(20)), samples=2000))["recall@1"].verdict == "worse"
    assert len(made.better) == 18 and not made.worse
    assert made.better[0].metric == "seen@1"


def test_groups_are_told_side_by_side(run_of):
    made = compare(run_of(range(20)), run_of(range(2)), samples=100)
    told = {(g.key, g.group, g.metric): (g.cases, g.a, g.b) for g in made.groups}
    assert told["pair", "en:en", "seen@1"] == (40, 0.5, 0.95)
    assert told["all", "all", "calibration_error"] == (40, pytest.approx(0.9 - 0.5), pytest.approx(0.95 - 0.9))


def test_a_wrong_statement_that_is_withdrawn_is_better(make):
    def told(status):
        wrong = make.reply(
            status=status, ranking=None, sentences=(ShownSentence(make.OTHER, (1,)),),
            citations=(make.citation(article="kocani", start=0, end=len(make.OTHER), quote=make.OTHER),),
        )  # fmt: skip
        return run(make.suite(make.case()), make.Target({"c1": wrong}))

    stated, doubted = told("answered"), told("partial")
    withdrawn = compare(stated, doubted, samples=10)
    assert withdrawn.better == (Change("c1", "stated_wrong", 1, 0),) and not withdrawn.worse
    assert compare(doubted, stated, samples=10).worse == (Change("c1", "stated_wrong", 0, 1),)


def test_a_small_difference_may_be_chance(run_of):
    d = by_name(compare(run_of(range(10)), run_of(range(1, 12)), samples=2000))["recall@1"]
    assert d.p > 0.05 and d.verdict == ""
    assert d.low < 0 < d.high


def test_a_run_against_itself(run_of):
    made = compare(run_of({1, 2}), run_of({1, 2}), samples=500)
    assert all(d.difference == 0 and d.p == 1 and d.low == d.high == 0 for d in made.differences)
    assert not made.better and not made.worse


def test_p_of_a_hand_worked_case(run_of):
    # Three cases change, all for the better: of 8 ways to swap them, 2 are as extreme. p = 1/4.
    d = by_name(compare(run_of({0, 1, 2}, n=6), run_of(set(), n=6), samples=20_000))["recall@1"]
    assert d.p == pytest.approx(1 / 4, abs=0.02)


def test_the_same_seed_gives_the_same_figures(run_of):
    a, b = run_of(range(10)), run_of(range(5))
    assert compare(a, b, samples=300) == compare(a, b, samples=300)


def test_holm():
    # smallest first: .01 x 3, .02 x 2, .5 x 1
    assert holm([0.5, 0.01, 0.02]) == pytest.approx([0.5, 0.03, 0.04])
    assert holm([0.04, 0.04]) == pytest.approx([0.08, 0.08])  # never smaller than the one before
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []


def test_failed_cases_are_left_out(run_of):
    a, b = run_of(set(), n=4), run_of(set(), n=4)
    first, *rest = b.per_case
    b = replace(b, per_case=[replace(first, status="failed", scores={}, tallies={}), *rest])
    made = compare(a, b, samples=100)
    assert (made.cases, made.left_out) == (3, 1)


def test_runs_of_other_suites(run_of):
    with pytest.raises(BadInput, match="The runs are of other suites"):
        compare(run_of(set(), n=2), run_of(set(), n=3, name="other"))
    a, b = run_of(set(), n=2), run_of(set(), n=2)
    b = replace(b, per_case=[replace(c, id=f"x{c.id}") for c in b.per_case])
    with pytest.raises(BadInput, match="no case in common"):
        compare(a, b)
