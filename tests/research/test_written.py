"""The sentences by which the rules over figures are judged, and what is shown of them."""

from __future__ import annotations

from collections import Counter

from rag.text.languages import LANGUAGES
from research.written import cases


def test_no_false_sentence_is_shown_and_no_true_one_withdrawn():
    found = cases()
    assert {case.language for case in found} == set(LANGUAGES)
    assert Counter(case.true for case in found) == {True: 193, False: 247}
    assert [case.id for case in found if not case.true and not case.fault] == []
    assert [case.id for case in found if case.true and case.fault] == []
