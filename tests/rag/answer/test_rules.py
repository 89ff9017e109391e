"""Rules that can be left out: every one is asked for where it acts, and leaving it out reaches no other answer."""

import re
from contextvars import copy_context
from pathlib import Path

import pytest

from rag.answer.rules import RULES, applies, without
from rag.config import AnswerSettings, load_settings
from rag.engine import Engine
from rag.errors import BadSettings

ANSWER = Path(__file__).parents[3] / "rag/answer"


def test_each_rule_is_asked_for_where_it_acts():
    asked = {name for path in ANSWER.glob("**/*.py") for name in re.findall(r'applies\("(\w+)"\)', path.read_text())}
    assert asked == set(RULES)


def test_left_out_only_while_an_answer_is_made():
    def answering():
        yield applies("conflict"), applies("newest")
        yield applies("conflict"), applies("newest")

    events = without(frozenset({"conflict"}), answering())
    assert next(events) == (False, True) and applies("conflict")
    assert copy_context().run(next, events) == (False, True)  # as in another thread
    assert list(events) == [] and applies("conflict")


def test_an_unknown_rule_is_refused_before_anything_is_opened(tmp_path, monkeypatch):
    assert AnswerSettings(without=["conflict"]).without == {"conflict"}
    monkeypatch.setenv("TELAL_ANSWER__WITHOUT", '["confict"]')
    with pytest.raises(BadSettings, match="there is no rule 'confict'"):
        Engine.open(load_settings(data_dir=tmp_path))
    assert not any(tmp_path.iterdir())
