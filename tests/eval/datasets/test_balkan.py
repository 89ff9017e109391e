"""Our benchmark keeps its promises: verbatim quotes, splits by story, every category and language."""

import hashlib
from collections import Counter

import pytest

from eval.datasets.load import load

CATEGORIES = {
    "who", "when", "where", "how-many", "said", "cause", "list", "comparison", "timeline", "follow-up",
    "cross-language", "other-script", "no-diacritics", "inflected-names", "typos", "recency", "as-of", "conflicting",
    "corrected", "opinion", "not-in-archive", "false-premise", "future", "near-miss",
}  # fmt: skip
LANGUAGES = {"en", "sr-Latn", "sr-Cyrl", "hr", "bs", "cnr", "sl", "mk", "bg", "sq", "ro", "el", "tr"}


@pytest.fixture(scope="module")
def balkan():
    return load("balkan")  # also checks gold ids, verbatim quotes, answers


def test_size(balkan):
    assert len(balkan.cases) >= 400
    assert len({d.id for d in balkan.documents}) >= 150
    assert {c.language for c in balkan.cases} == LANGUAGES
    assert {d.language for d in balkan.documents} == LANGUAGES


def test_every_category_has_twenty_cases(balkan):
    counts = Counter(c.category for c in balkan.cases)
    assert set(counts) == CATEGORIES
    assert min(counts.values()) >= 20


def test_cases_have_what_their_category_needs(balkan):
    for case in balkan.cases:
        if case.unanswerable:
            assert case.why, case.id
        else:
            assert case.answers and case.gold_quotes, case.id
        if case.category == "follow-up":
            assert case.history, case.id
        if case.category == "as-of":
            assert case.as_of, case.id
        if case.category == "list":
            assert len(case.list_answers) > 1, case.id


def test_every_answer_stands_in_a_gold_quote(balkan):
    for case in balkan.cases:
        quotes = " ".join(q.quote for q in case.gold_quotes).casefold()
        for answer in case.answers:
            assert answer.casefold() in quotes, (case.id, answer)


def test_splits_go_by_story(balkan):
    stories = {d.id: str(d.fields["story"]) for d in balkan.documents}
    for case in balkan.cases:
        for doc_id in case.gold_doc_ids:
            number = int(hashlib.sha256(stories[doc_id].encode()).hexdigest(), 16)
            assert case.split == ("dev" if number % 2 == 0 else "test"), (case.id, doc_id)


def test_both_splits_hold_every_category(balkan):
    for split in ("dev", "test"):
        assert {c.category for c in balkan.of_split(split).cases} == CATEGORIES
