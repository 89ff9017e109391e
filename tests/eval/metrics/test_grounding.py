"""Grounding metrics worked out by hand: each catches the fault that it is for."""

from dataclasses import replace

from eval.core.cases import ShownSentence
from eval.metrics.grounding import (
    Tally,
    citation_precision,
    citation_recall,
    count_altered_quotes,
    is_supported,
    valid,
    whole,
)
from rag.types import Citation, Passage

TEXT = "An agreement was signed in Tirana on 18 March 2025. Anušić said the circle could be widened."
FIRST, SECOND = TEXT[:51], TEXT[52:]


def citation(start=0, end=51, quote=FIRST, article="a"):
    return Citation(1, "p", article, "Title", "Outlet", None, None, quote, start, end, "en")


def passage(text, number=0):
    return Passage(f"p{number}", "a", 1, number, text, 0, len(text), "Title", language="en")


def revisions_of(article_id):
    told = {"a": [(TEXT, "Title")], "b": [("Another article altogether, about something else.", "Other")]}
    return told.get(article_id, [])


def test_offsets_must_reproduce_the_quote():
    assert valid(citation(), revisions_of)
    assert not valid(citation(start=1, end=52), revisions_of)  # shifted
    assert not valid(citation(article="b"), revisions_of)  # of another article
    assert not valid(citation(article="unknown"), revisions_of)
    assert not valid(citation(quote=FIRST.replace("18", "19")), revisions_of)  # altered
    assert not valid(citation(start=0, end=0, quote=""), revisions_of)


def test_a_headline_must_be_the_title_of_the_article():
    made = replace(citation(0, 5, "Title"), headline=True)
    assert valid(made, revisions_of)
    assert not valid(replace(made, title="Tells", quote="Tells"), revisions_of)  # of its own making
    assert not valid(replace(made, article_id="b"), revisions_of)
    assert not valid(replace(made, end=4), revisions_of)


def test_any_revision_of_the_article_may_be_quoted():
    def revisions(article_id):
        return [("Older text of the article.", "Older"), (TEXT, "Title")]

    assert valid(citation(0, 5, "Older"), revisions)
    assert valid(citation(), revisions)


def test_support():
    assert is_supported(FIRST, [passage(TEXT)])
    assert is_supported("In Tirana an agreement was signed on 18 March 2025", [passage(TEXT)])
    assert not is_supported("In Tirana an agreement was signed on 19 March 2025", [passage(TEXT)])  # another number
    assert not is_supported("In Tirana Kurti signed an agreement on 18 March 2025", [passage(TEXT)])  # another name
    assert not is_supported(
        "The weather improved everywhere after heavy rainfall", [passage(TEXT)]
    )  # no word in common
    assert not is_supported(FIRST, [])


def test_recall_counts_sentences_that_their_citations_support():
    evidence = {1: passage(FIRST), 2: passage(SECOND)}
    sentences = [
        ShownSentence(FIRST, (1,)),
        ShownSentence(SECOND, (1,)),
        ShownSentence(SECOND, ()),
    ]  # right, wrong citation, none
    assert citation_recall(sentences, evidence) == Tally(1, 3)


def test_precision_counts_citations_that_are_needed():
    evidence = {1: passage(FIRST), 2: passage(SECOND)}
    assert citation_precision([ShownSentence(FIRST, (1,))], evidence) == Tally(1, 1)
    assert citation_precision([ShownSentence(FIRST, (1, 2))], evidence) == Tally(1, 2)  # the second adds nothing
    assert citation_precision([ShownSentence(SECOND, (1,))], evidence) == Tally(0, 1)  # supports nothing
    assert citation_precision([ShownSentence(FIRST, (9,))], evidence) == Tally(0, 1)  # was never shown


def test_precision_keeps_citations_that_support_only_together():
    both = "Anušić spoke of widening the circle of the agreement signed on 18 March 2025 in Tirana"
    evidence = {1: passage(FIRST), 2: passage(SECOND)}
    assert citation_precision([ShownSentence(both, (1, 2))], evidence) == Tally(2, 2)


def test_altered_quotes():
    evidence = {1: passage(TEXT)}
    assert count_altered_quotes([ShownSentence(FIRST, (1,), "quote")], evidence) == Tally(0, 1)
    changed = FIRST.replace("18 March", "18 April")
    assert count_altered_quotes([ShownSentence(changed, (1,), "quote")], evidence) == Tally(1, 1)
    inner = ShownSentence("He said “the circle could be widened” soon.", (1,), "supported")
    assert count_altered_quotes([inner], evidence) == Tally(0, 1)
    wrong = ShownSentence("He said “the circle must be widened” soon.", (1,), "supported")
    assert count_altered_quotes([wrong], evidence) == Tally(1, 1)
    assert count_altered_quotes([ShownSentence("No quote at all.", (1,), "supported")], evidence) == Tally(0, 0)


def test_whole_article_as_evidence():
    assert whole(passage(FIRST), TEXT).text == TEXT
    assert is_supported(SECOND, [whole(replace(passage(FIRST), start=3), TEXT)])
