"""How much of a text is shown: a sentence, a paragraph or all, with offsets that stay true."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.shown import Shows, cut_answer, cut_article, cut_event, cut_hit, cut_stretch
from rag.types import (
    Answer,
    AnswerStatus,
    Article,
    Citation,
    Cited,
    Context,
    Excerpt,
    Finished,
    Hit,
    Nearest,
    Passage,
    PassagesFound,
    Refusal,
    Transliteration,
)

FIRST, SECOND, THIRD = "It was signed in Tirana.", "Three ministers came.", "Nobody else was there."
TEXT = f"{FIRST} {SECOND}\n{THIRD}"


def level(one):
    return lambda shown: one if shown.outlet == "Most" else None


def citation(outlet="Most") -> Citation:
    start = TEXT.index(SECOND)
    whole = Context(0, len(TEXT), TEXT)
    script = Transliteration("Cyrl", "before ", "quote", " after")
    fields = (1, "p", "a", "Pact", outlet, None, None, SECOND, start, start + len(SECOND))
    return Citation(*fields, context=whole, transliteration=script)


@pytest.mark.parametrize(("shows", "text"), [(Shows.QUOTE, FIRST), (Shows.PARAGRAPH, f"{FIRST} {SECOND}")])
def test_an_article_ends_where_its_outlet_wants_it(shows, text):
    article = Article("a", "Pact", TEXT, outlet="Most", language="en", extra={"lead": TEXT})
    cut = cut_article(article, level(shows))
    assert (cut.text, cut.extra) == (text, {}) and article.text.startswith(cut.text)
    for free in (cut_article(article, level(Shows.WHOLE)), cut_article(replace(article, outlet="B"), level(shows))):
        assert free.text == TEXT and free.extra


def test_a_text_without_any_sentence_border_is_cut_too():
    cut = cut_article(Article("a", "Pact", "word " * 10_000, outlet="Most", language="en"), level(Shows.QUOTE))
    assert 0 < len(cut.text) <= 700
    assert len(cut_stretch("word " * 10_000, "en", Shows.PARAGRAPH)) <= 700
    assert cut_article(Article("a", "Pact", "", outlet="Most"), level(Shows.QUOTE)).text == ""


def test_a_quote_loses_what_stands_around_it_in_both_scripts():
    kept = cut_event(Cited(citation()), level(Shows.PARAGRAPH)).citation
    assert kept == citation()
    cut = cut_event(Cited(citation()), level(Shows.QUOTE)).citation
    assert cut.quote == SECOND and cut.context is None and cut.around == ("", "")
    assert cut.transliteration == Transliteration("Cyrl", "", "quote", "")
    answer = Answer("Who?", AnswerStatus.ANSWERED, "en", citations=(citation(), citation("Other")))
    both = cut_event(Finished(answer), level(Shows.QUOTE)).answer.citations
    assert both[0].context is None and both[1].context is not None


def test_a_refusals_nearest_paragraph_becomes_its_likeliest_sentence():
    at = TEXT.index(SECOND)
    excerpt = Excerpt(TEXT, 10, 10 + len(TEXT), (at, at + len(SECOND)))
    near = Nearest("a", "Pact", "Most", None, None, "en", excerpt)
    answer = Answer("Who?", AnswerStatus.REFUSED, "en", refusal=Refusal("nothing_near", "Nothing.", (near,)))
    (cut,) = cut_answer(answer, level(Shows.QUOTE)).refusal.nearest
    assert cut.excerpt == Excerpt(SECOND, 10 + at, 10 + at + len(SECOND), (0, len(SECOND)))
    unmarked = replace(near, excerpt=replace(excerpt, mark=(0, 0)))
    answer = replace(answer, refusal=replace(answer.refusal, nearest=(unmarked,)))
    assert cut_answer(answer, level(Shows.QUOTE)).refusal.nearest[0].excerpt.text == FIRST


def test_a_passage_that_was_found_becomes_its_first_sentence_with_true_offsets():
    passage = Passage("p", "a", 1, 0, TEXT, 50, 50 + len(TEXT), "Pact", outlet="Most", language="en")
    (hit,) = cut_event(PassagesFound((Hit(passage, 1.0),), "q"), level(Shows.QUOTE)).hits
    assert hit.passage.text == FIRST and (hit.passage.start, hit.passage.end) == (50, 50 + len(FIRST))
    assert cut_hit(Hit(passage, 1.0), level(Shows.PARAGRAPH)).passage == passage
