"""Narrowing to languages, and across them."""

from dataclasses import replace

import pytest

from eval.core.cases import GoldQuote
from eval.datasets.languages import narrow
from eval.datasets.romanise import romanise
from rag.errors import BadInput


@pytest.fixture
def suite(make):
    documents = [
        make.document("en:1", "The points were 308.", parallel_id="1"),
        make.document("ro:1", "Au fost 308 puncte.", language="ro", parallel_id="1"),
        make.document("ro:2", "Alt text.", language="ro", parallel_id="2"),
        make.document("sr:3", "Neki tekst.", language="sr-Latn"),
    ]
    cases = [
        make.case("q:en", answers=("308",), gold_doc_ids=("en:1",), gold_quotes=(), parallel_id="q"),
        make.case(
            "q:ro", language="ro", answers=("308 puncte",), gold_doc_ids=("ro:1",), parallel_id="q",
            gold_quotes=(GoldQuote("ro:1", "Au fost 308 puncte."),),
        ),
        make.case("r:ro", language="ro", gold_doc_ids=("ro:2",), gold_quotes=()),
        make.case("s:sr", language="sr-Cyrl", gold_doc_ids=("sr:3",), gold_quotes=()),
    ]  # fmt: skip
    return make.suite(*cases, documents=documents)


def ids(suite):
    return [c.id for c in suite.cases], [d.id for d in suite.documents]


def test_one_language(suite):
    assert ids(narrow(suite, questions="en", documents="en")) == (["q:en"], ["en:1"])
    assert ids(narrow(suite, questions="sr", documents="sr")) == (["s:sr"], ["sr:3"])
    assert narrow(suite, questions=None, documents=None) is suite


def test_questions_of_one_over_documents_of_another(suite):
    made = narrow(suite, questions="ro", documents="en")
    (case,) = made.cases  # the other has no translation
    assert case.gold_doc_ids == ("en:1",)
    assert case.answers == ("308",)  # what the English question accepts
    assert case.gold_quotes == ()


def test_what_has_no_answer_stays(suite, make):
    away = make.case("away", **make.UNANSWERABLE)
    made = narrow(replace(suite, cases=(*suite.cases, away)), questions="en", documents="en")
    assert [c.id for c in made.cases] == ["q:en", "away"]


def test_nothing_left(suite):
    with pytest.raises(BadInput, match="no case in tr over documents in tr") as caught:
        narrow(suite, questions="tr", documents="tr")
    assert "Questions: en, ro, sr-Cyrl." in caught.value.hint


def test_the_press_romanises_bulgarian_and_greek() -> None:
    assert romanise("Бойко Борисов, Живков, София, Щърбанов", "bg") == "Boyko Borisov, Zhivkov, Sofia, Shtarbanov"
    assert romanise("Μητσοτάκης, Παπανδρέου, Μπακογιάννη, Ευρώπη", "el") == "Mitsotakis, Papandreou, Bakogianni, Evropi"
    assert romanise("Μαΐου ΑΘΗΝΑ", "el") == "Maiou ATHINA"
