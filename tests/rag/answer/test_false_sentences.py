"""Sentences as a model might write them, beside their original: no false figure is shown, no true one withdrawn.

Original and sentence are each in one of thirteen variants. They were written before the rules that they judge.
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rag.answer.check import fault
from rag.answer.prompt import Claim, NumberedSentence
from rag.text.languages import LANGUAGES
from rag.types import Passage

LINES = Path(__file__).with_name("false_sentences.jsonl").read_text("utf-8").splitlines()
CASES = [json.loads(line) for line in LINES]


def why_not_shown(case):
    day = datetime.fromisoformat(case["published"]).replace(tzinfo=UTC)
    text = case["original"]
    passage = Passage("p", "a", 1, 0, text, 0, len(text), "", language=case["source"], published=day, outlet="N1")
    source = NumberedSentence("1.1", passage, 0, len(text), text)
    return fault(Claim(case["text"], ("1.1",)), [source], case["language"], date(2026, 1, 15))


@pytest.mark.parametrize(("true", "count"), [(True, 193), (False, 247)])
def test_a_sentence_is_shown_where_its_figures_stand_in_its_original(true, count):
    some = [case for case in CASES if case["true"] is true]
    assert len(some) == count and {case["language"] for case in CASES} == set(LANGUAGES)
    assert [case["id"] for case in some if bool(why_not_shown(case)) is true] == []
