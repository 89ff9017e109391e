"""The worth of a rule, from runs made by hand and from the real engine."""

from dataclasses import replace

import pytest

from eval.compare.ablate import COLUMNS, ablate, select_rules, worth
from eval.run import index
from eval.run.run import How, Plan, run
from eval.run.score import Texts
from rag.answer.rules import RULES
from rag.config import load_settings
from rag.errors import BadInput


def test_names():
    assert select_rules("all") == tuple(RULES)
    assert select_rules("conflict") == ("conflict",)
    assert select_rules("short") == ("short",)
    with pytest.raises(BadInput, match="There is no rule 'confict'"):
        select_rules("confict")


def test_worth(make):
    suite = make.suite(*(make.case(f"c{n}") for n in range(12)))

    def made(replies):
        return run(Plan(suite, None, {}), make.Target(replies), Texts(suite.documents))

    right = {c.id: make.reply() for c in suite.cases}
    silent = {i: make.reply(**make.REFUSAL) if i != "c0" else r for i, r in right.items()}
    found = worth("conflict", made(right), made(silent))
    assert found.changed == 11
    hit = next(d for d in found.differences if d.metric == "answer_hit@1")
    assert hit.difference == pytest.approx(11 / 12) and hit.p < 0.01  # with the rule less without it
    assert {d.metric for d in found.differences} <= set(COLUMNS)
    assert worth("conflict", made(right), made(right)).differences == ()


def test_a_rule_left_out_of_real_answers(make, tmp_path, monkeypatch):
    monkeypatch.setattr(index, "cache_dir", lambda settings: tmp_path)
    suite = make.suite(make.case(question="Who signed for Croatia, and what was signed in Tirana?"))
    doubt, further = ablate(suite, ("doubt", "further"), load_settings(), How())
    assert [doubt.rule, further.rule] == ["doubt", "further"]
    assert doubt.without_it.target == "local, without doubt"
    assert "without" not in doubt.with_it.target and doubt.without_it.counts["failed"] == 0
    assert all(len(c.sentences) <= 1 for c in further.without_it.per_case)
    assert replace(doubt.with_it, per_case=()) == replace(further.with_it, per_case=())
