"""Grounding metrics worked out by hand: each catches the fault that it is for."""

from dataclasses import replace

from eval.core.cases import Shown
from eval.metrics.grounding import (
    Tally,
    citation_precision,
    citation_recall,
    quotes_altered,
    supported,
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


def texts_of(article_id):
    return {"a": [TEXT], "b": ["Another article altogether, about something else."]}.get(article_id, [])


def test_offsets_must_reproduce_the_quote():
    assert valid(citation(), texts_of)
    assert not valid(citation(start=1, end=52), texts_of)  # shifted
    assert not valid(citation(article="b"), texts_of)  # of another article
    assert not valid(citation(article="unknown"), texts_of)
    assert not valid(citation(quote=FIRST.replace("18", "19")), texts_of)  # altered
    assert not valid(citation(start=0, end=0, quote=""), texts_of)


def test_any_revision_of_the_article_may_be_quoted():
    def revisions(article_id):
        return ["Older text of the article.", TEXT]

    assert valid(citation(0, 5, "Older"), revisions)
    assert valid(citation(), revisions)


def test_support():
    assert supported(FIRST, [passage(TEXT)])
    assert supported("In Tirana an agreement was signed on 18 March 2025", [passage(TEXT)])
    assert not supported("In Tirana an agreement was signed on 19 March 2025", [passage(TEXT)])  # another number
    assert not supported("In Tirana Kurti signed an agreement on 18 March 2025", [passage(TEXT)])  # another name
    assert not supported("The weather improved everywhere after heavy rainfall", [passage(TEXT)])  # no word in common
    assert not supported(FIRST, [])


def test_recall_counts_sentences_that_their_citations_support():
    evidence = {1: passage(FIRST), 2: passage(SECOND)}
    sentences = [Shown(FIRST, (1,)), Shown(SECOND, (1,)), Shown(SECOND, ())]  # right, wrong citation, none
    assert citation_recall(sentences, evidence) == Tally(1, 3)


def test_precision_counts_citations_that_are_needed():
    evidence = {1: passage(FIRST), 2: passage(SECOND)}
    assert citation_precision([Shown(FIRST, (1,))], evidence) == Tally(1, 1)
    assert citation_precision([Shown(FIRST, (1, 2))], evidence) == Tally(1, 2)  # the second adds nothing
    assert citation_precision([Shown(SECOND, (1,))], evidence) == Tally(0, 1)  # supports nothing
    assert citation_precision([Shown(FIRST, (9,))], evidence) == Tally(0, 1)  # was never shown


def test_precision_keeps_citations_that_support_only_together():
    both = "Anušić spoke of widening the circle of the agreement signed on 18 March 2025 in Tirana"
    evidence = {1: passage(FIRST), 2: passage(SECOND)}
    assert citation_precision([Shown(both, (1, 2))], evidence) == Tally(2, 2)


def test_altered_quotes():
    evidence = {1: passage(TEXT)}
    assert quotes_altered([Shown(FIRST, (1,), "quote")], evidence) == Tally(0, 1)
    changed = FIRST.replace("18 March", "18 April")
    assert quotes_altered([Shown(changed, (1,), "quote")], evidence) == Tally(1, 1)
    inner = Shown("He said “the circle could be widened” soon.", (1,), "supported")
    assert quotes_altered([inner], evidence) == Tally(0, 1)
    wrong = Shown("He said “the circle must be widened” soon.", (1,), "supported")
    assert quotes_altered([wrong], evidence) == Tally(1, 1)
    assert quotes_altered([Shown("No quote at all.", (1,), "supported")], evidence) == Tally(0, 0)


def test_whole_article_as_evidence():
    assert whole(passage(FIRST), TEXT).text == TEXT
    assert supported(SECOND, [whole(replace(passage(FIRST), start=3), TEXT)])
