"""Sentences that answer, over vectors made by hand."""

import numpy as np

from rag.answer.cite import cite
from rag.answer.extract import extract, terms
from rag.types import Hit, Passage, Verdict

TEXT = "The weather was fine. Pirro Vengu signed the agreement in Tirana. Nobody else spoke."


def passage(text=TEXT, article="a", start=100, language="en"):
    return Passage(f"p-{article}", article, 1, 0, text, start, start + len(text), "title", language=language)


def embed(texts):
    """Two dimensions: does a text speak of signing?"""
    rows = [(1.0, 0.0) if "sign" in t or "потпис" in t else (0.0, 1.0) for t in texts]
    return np.array(rows, dtype=np.float32)


def rarity(words):
    return {w: 1.0 for w in words}


def extracted(*passages, question="Who signed the agreement?", limit=3, language="en"):
    hits = [Hit(p, 1.0) for p in passages]
    vector = np.array([1.0, 0.0], dtype=np.float32)
    return extract(question, vector, hits, embed=embed, rarity=rarity, language=language, limit=limit)


def test_the_sentence_that_answers_is_quoted_with_its_offsets_in_the_article():
    (best,) = extracted(passage()).chosen
    assert best.text == "Pirro Vengu signed the agreement in Tirana."
    assert (best.start, best.end) == (122, 165)
    article_text = " " * 100 + TEXT
    assert article_text[best.start : best.end] == best.text


def test_each_quote_has_a_citation_of_its_own():
    sentences, citations = cite(extracted(passage()).chosen)
    assert sentences[0].citations == (1,) and sentences[0].verdict is Verdict.QUOTE
    assert citations[0].quote == sentences[0].text


def test_the_same_words_twice_are_shown_once():
    found = extracted(passage(), passage(article="b"))
    assert [c.passage.article_id for c in found.chosen] == ["a"]


def test_another_articles_different_sentence_joins():
    other = passage("Ivan Anušić signed the agreement for Croatia, it was said on Tuesday.", article="b")
    assert [c.passage.article_id for c in extracted(passage(), other).chosen] == ["a", "b"]
    assert len(extracted(passage(), other, limit=1).chosen) == 1


def test_a_tie_goes_to_the_readers_language():
    english = passage("They signed it.", article="en")
    serbian = passage("Они су потписали.", article="sr", language="sr-Cyrl")
    first = extracted(english, serbian, question="xyz", language="sr-Cyrl").chosen[0]
    assert first.passage.article_id == "sr"


def test_coverage_is_the_share_of_words_that_the_passages_hold():
    assert extracted(passage(), question="signed agreement").coverage == 1.0
    assert extracted(passage(), question="signed banana").coverage == 0.5


def test_inflected_words_meet_across_scripts():
    assert terms("Куртијина") & terms("Kurtijinu")


def test_no_passage_no_sentence():
    assert extracted().chosen == ()
