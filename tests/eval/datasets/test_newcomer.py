"""A newcomer's questions: each in every variant, its answer in every article said to hold it and in no other."""

from collections import Counter
from itertools import groupby

import pytest

from eval.datasets.load import load
from eval.metrics.answers import contains_any
from tests.eval.datasets.test_balkan import LANGUAGES

QUESTIONS = {
    "fact": 12, "yes_no": 8, "why": 7, "statement": 7, "summary": 5, "follow_up": 6, "outside": 5, "near": 5,
}  # fmt: skip


@pytest.fixture(scope="module")
def newcomer():
    return load("newcomer")


def test_every_question_is_asked_in_every_variant(newcomer):
    asked = Counter((case.category, case.language) for case in newcomer.cases)
    assert asked == {(kind, language): n for kind, n in QUESTIONS.items() for language in LANGUAGES}


def test_variants_of_a_question_differ_in_their_words_alone(newcomer):
    for number, forms in groupby(newcomer.cases, key=lambda case: case.id.split("-")[1]):
        told = {(c.category, c.answers, c.gold_doc_ids, c.unanswerable, c.why, bool(c.history)) for c in forms}
        assert len(told) == 1, number


def test_cases_have_what_their_category_needs(newcomer):
    for case in newcomer.cases:
        assert case.unanswerable == (case.category in ("outside", "near")) == bool(case.why), case.id
        assert bool(case.history) == (case.category == "follow_up"), case.id


def test_every_gold_article_holds_an_answer_and_no_other_does(newcomer):
    for case in newcomer.cases:
        if case.language == "en" and not case.unanswerable:
            holding = {
                document.id
                for document in newcomer.documents
                if any(contains_any(paragraph, case.answers) for paragraph in document.text.splitlines())
            }
            assert holding == set(case.gold_doc_ids), case.id
