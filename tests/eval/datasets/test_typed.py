from __future__ import annotations

import pytest

from eval.core.cases import Case, Suite
from eval.datasets.languages import bare, other_script, retype_questions
from rag.errors import BadInput

CASES = (
    Case(id="1", question="Ko je đak iz Čačka?", language="sr-Latn", gold_doc_ids=("a",)),
    Case(id="2", question="who", language="en", gold_doc_ids=("a",)),
    Case(id="3", question="Šta?", language="sr-Latn", unanswerable=True),
)


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Ko je đak iz Čačka?", "sr-Latn", "ko je djak iz cacka"),
        ("Kush është kryeministër në Prishtinë?", "sq", "kush eshte kryeminister ne prishtine"),
        ("Ποιος υπέγραψε τη συμφωνία;", "el", "ποιος υπεγραψε τη συμφωνια"),
        ("İstanbul'da kaç kişi öldü?", "tr", "istanbul'da kac kisi oldu"),
        ("Кој е Ѓоковиќ?", "mk", "кој е гоковик"),
    ],
)
def test_bare(text, language, found):
    assert bare(text, language) == found


def test_other_script():
    assert other_script("Ko je potpisao?", "sr-Latn") == "Ко је потписао?"
    assert other_script("Ко је потписао?", "sr-Cyrl") == "Ko je potpisao?"
    assert other_script("Кој потпиша?", "mk") == "Koj potpiša?"
    assert other_script("Tko je potpisao?", "hr") == "Tko je potpisao?"


def test_only_questions_that_change_are_kept_and_the_plain_ones_are_the_same():
    suite = Suite("s", CASES, ())
    changed, plain = retype_questions(suite, "bare"), retype_questions(suite, "plain:bare")
    assert [c.id for c in changed.cases] == [c.id for c in plain.cases] == ["1"]
    assert changed.cases[0].question == "ko je djak iz cacka" and plain.cases == CASES[:1]
    assert changed.name == "s typed bare" and retype_questions(suite, None) is suite


def test_an_unknown_way_is_an_error_that_names_the_ways():
    with pytest.raises(BadInput, match="backwards") as error:
        retype_questions(Suite("s", CASES, ()), "backwards")
    assert "other-script" in str(error.value.hint)
    with pytest.raises(BadInput, match="changes no question"):
        retype_questions(Suite("s", CASES[1:2], ()), "other-script")
