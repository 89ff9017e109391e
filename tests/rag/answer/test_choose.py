"""Which sentences are quoted: the best, of other articles those that answer too, more for lists."""

import pytest

from rag.answer.quote import choose, cite, nearest
from rag.types import Verdict

VENGU = "Pirro Vengu signed the agreement in Tirana."
TEXT = f"The weather was fine. {VENGU} Nobody else spoke."
ANUŠIĆ = "For Croatia the minister Ivan Anušić put his name there on Tuesday."
ASKED = "Who signed the agreement?"


@pytest.fixture
def chosen(make):
    def made(*passages, question=ASKED, odds=None, limit=3, language="en"):
        reader = make.Reader(odds if odds is not None else {"Vengu": 4.0, "Anušić": 3.0})
        return choose(make.evidence(question, *passages, reader=reader, language=language), limit=limit)

    return made


def articles(found):
    return [c.passage.article_id for c in found]


def test_the_sentence_that_answers_is_quoted_with_its_offsets_in_the_article(make, chosen):
    (best,) = chosen(make.passage(TEXT, start=100))
    assert best.text == VENGU and (" " * 100 + TEXT)[best.start : best.end] == VENGU


def test_each_quote_has_a_citation_of_its_own(make, chosen):
    sentences, citations = cite(chosen(make.passage(TEXT)))
    assert sentences[0].citations == (1,) and sentences[0].verdict is Verdict.QUOTE
    assert citations[0].quote == sentences[0].text


def test_another_article_that_answers_too_joins_up_to_the_limit(make, chosen):
    passages = make.passage(TEXT), make.passage(ANUŠIĆ, "b")
    assert articles(chosen(*passages)) == ["a", "b"]
    assert articles(chosen(*passages, limit=1)) == ["a"]


def test_an_article_that_does_not_answer_does_not_join(make, chosen):
    passages = make.passage(TEXT), make.passage(ANUŠIĆ, "b")
    assert articles(chosen(*passages, odds={"Vengu": 4.0, "Anušić": -0.3})) == ["a"]  # .43, and .5 is asked for


def test_an_article_gives_one_sentence(make, chosen):
    more = f"{VENGU} {ANUŠIĆ}"
    assert articles(chosen(make.passage(more))) == ["a"]
    assert articles(chosen(make.passage(TEXT), make.passage(ANUŠIĆ + " Later Anušić spoke to reporters.", "b"))) == [
        "a",
        "b",
    ]


def test_the_same_words_twice_are_shown_once(make, chosen):
    assert articles(chosen(make.passage(TEXT), make.passage(TEXT, "b"))) == ["a"]


def test_a_list_takes_more_of_the_best_ones_article(make, chosen):
    row = "Those who came were Pirro Vengu, Ivan Anušić and Ejup Maqedonci."
    text = f"Edi Rama spoke of old friends at length. {row} It rained."
    odds = {"Rama": 3.0, "came": 4.0}
    ask = {"question": "Which ministers were there?", "odds": odds}
    assert [c.text for c in chosen(make.passage(text), **ask)] == [row, "Edi Rama spoke of old friends at length."]
    assert len(chosen(make.passage(text), question="Who was there?", odds=odds)) == 1


def test_the_newest_goes_first_where_it_is_asked_for_if_it_answers_at_all(make, chosen):
    old, new = make.passage(TEXT, day=1), make.passage(ANUŠIĆ, "b", day=30)
    latest = "What is the latest news on the agreement?"
    assert articles(chosen(old, new, question=latest))[0] == "b"
    assert articles(chosen(old, new))[0] == "a"
    assert articles(chosen(old, new, question=latest, odds={"Vengu": 4.0}))[0] == "a"


def test_in_doubt_one_sentence_a_story_that_may_answer_and_another_passage_of_the_first(make):
    first, far = make.passage(TEXT), make.passage("Snow fell.", "c")
    further = make.passage("Later Anušić spoke.", start=900, id="p-later")
    other = make.passage(ANUŠIĆ, "b")
    reader = make.Reader({"Vengu": 1.0, "Anušić": 0.5}, other=-4.0)

    def told(*passages, limit=3):
        evidence = make.evidence(ASKED, *passages, reader=reader)
        return [(c.passage.article_id, c.text) for c in nearest(evidence, limit=limit)]

    assert told(first, far) == [("a", VENGU)]
    assert told(first, further, other) == [("a", VENGU), ("a", "Later Anušić spoke."), ("b", ANUŠIĆ)]
    assert told(first, further, other, limit=2) == [("a", VENGU), ("b", ANUŠIĆ)]
