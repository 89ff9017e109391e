"""Two sides inside one article are both quoted; what only stands side by side is no conflict."""

import csv
from pathlib import Path

import pytest

from rag.answer.conflict.conflicts import find_conflict
from rag.answer.evidence.candidate import Candidate
from rag.question.question_type import aim
from rag.text.sentences import split_sentences
from rag.types import Passage

HERE = Path(__file__).parent


def examples(name):
    """Rows of language, whether there are two sides, question, article."""
    with (HERE / name).open(encoding="utf-8") as lines:
        return [tuple(row) for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]


def found(language, question, article):
    passage = Passage("p", "a", 1, 0, article, 0, len(article), "", "Outlet", language=language)
    first = split_sentences(article, language)[0]
    best = Candidate(passage, 0, first.start, first.end, article[first.start : first.end], overlap=1.0)
    return find_conflict(question, [best], aim(question, language))


@pytest.mark.parametrize(("language", "two", "question", "article"), examples("sides_seen.tsv"))
def test_two_sides_of_one_article(language, two, question, article):
    conflict = found(language, question, article)
    assert (conflict is not None) is (two == "yes")
    for side in conflict.sides if conflict else ():
        assert article[side.start : side.end] == side.text


def test_examples_that_no_rule_was_made_by():
    rows = examples("sides_unseen.tsv")
    seen = [(two, found(language, question, article) is not None) for language, two, question, article in rows]
    assert seen.count(("yes", True)) >= 10  # of 12
    assert seen.count(("no", True)) <= 1  # of 6


def test_both_sides_in_one_sentence_are_one_quote():
    article = "Police say that it was arson, while the mayor believes that it was an accident."
    conflict = found("en", "Was it arson or an accident?", article)
    assert conflict is not None and [c.text for c in conflict.sides] == [article]


def test_two_numbers_of_one_account_are_no_conflict():
    assert (
        found("en", "Did 13 or 15 ships leave the port?", "Some 13 or 15 ships left the port, the captain said.")
        is None
    )
