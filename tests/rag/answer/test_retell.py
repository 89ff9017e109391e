"""An answer to how outlets tell a story: each quote under what it is, and the story where too few tell it."""

from rag.answer.retell import retell
from rag.answer.tellings import compare
from rag.plain import plain_text
from rag.question.parse import parse
from rag.question.question import Retold
from rag.retrieve.matter import FoundStory
from rag.types import AnswerKind, AnswerStatus, Finished
from tests.rag.answer.test_tellings import LEAD, Sure, article

ASKED = parse("How do other papers report the fire?", "en")


def answered(*articles, countries=(), language="en"):
    texts = {p.article_id: text for text, p in articles}
    found = FoundStory(tuple(p for _, p in articles), (), {})
    told = compare(found, texts, language, Sure(), countries=countries)
    asked = parse(ASKED.text, language)
    *events, last = retell(asked, Retold(countries=tuple(countries)), found, told, lambda ids: texts)
    assert isinstance(last, Finished) and len(events) == 2 * len(last.answer.sentences)
    return last.answer, texts


def test_two_outlets_that_differ_stand_side_by_side_each_with_its_citation():
    answer, texts = answered(article("a", LEAD.format(6)), article("b", LEAD.format(8)))
    assert (answer.kind, answer.status) == (AnswerKind.TELLINGS, AnswerStatus.ANSWERED)
    first, second = answer.sentences[:2]
    assert first.lead == "Told differently · Another number:" and second.lead == ""
    assert {first.text, second.text} == {LEAD.format(6), LEAD.format(8)}
    for c in answer.citations:
        assert texts[c.article_id][c.start : c.end] == c.quote


def test_a_story_of_one_outlet_is_told_after_words_that_say_so():
    answer, _ = answered(article("a", LEAD.format(6)))
    (only,) = answer.sentences
    assert only.text == LEAD.format(6) and only.lead == "Fewer than two independent outlets tell of it: 1."


def test_where_none_of_the_outlets_asked_for_tells_it_the_story_stands_all_the_same():
    answer, _ = answered(article("a", LEAD.format(6)), article("b", LEAD.format(6)), countries=("RS",), language="hr")
    (only,) = answer.sentences
    assert only.text == LEAD.format(6) and "manje od dva neovisna: 0" in only.lead


def test_plain_text_says_what_each_quote_is():
    answer, _ = answered(article("a", LEAD.format(6)), article("b", LEAD.format(8)))
    lines = plain_text(answer).splitlines()
    assert lines[0] == "Told differently · Another number:" and lines[1].startswith("- A fire in the Kostinbrod")
    assert lines[1].endswith("[1]")
