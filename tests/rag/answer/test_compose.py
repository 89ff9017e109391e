"""From hits to events: quotes, refusals, a language model that fails, articles that vanish in between."""

import numpy as np
import pytest

from rag.answer.compose import Tools, compose
from rag.config import AnswerSettings
from rag.errors import ChatUnavailable
from rag.events import Cited, Delta, Finished
from rag.types import AnswerStatus, Hit, Passage, Query

TEXT = "Pirro Vengu signed the agreement in Tirana. It rained."
ARTICLES = {"a": TEXT}
HITS = [Hit(Passage("p", "a", 1, 0, TEXT, 0, len(TEXT), "Agreement", "RTS"), 1.0, dense_score=0.9)]
VECTOR = np.array([1.0, 0.0], dtype=np.float32)
ALWAYS, NEVER = AnswerSettings(threshold=0.0), AnswerSettings(threshold=1.0)


def embed(texts):
    return np.array([(1.0, 0.0) if "signed" in t else (0.0, 1.0) for t in texts], dtype=np.float32)


def run(hits=HITS, settings=ALWAYS, chat=None, articles=ARTICLES, language="sq", asked="Who signed it?", **more):
    tools = Tools(embed, lambda words: {w: 1.0 for w in words}, lambda vector, language: {}, articles.get, chat)
    language = "en" if chat else language
    query = Query(asked, asked, language=language)
    return list(compose(query, VECTOR, hits, tools=tools, settings=settings, **more))


class Chat:
    name = "scripted"

    def __init__(self, *pieces, fail=False):
        self.pieces, self.fail = pieces, fail

    def stream(self, system, user):
        yield from self.pieces
        if self.fail:
            raise ChatUnavailable("The language model is gone.")


def test_citation_before_sentence_and_the_answer_last():
    events = run()
    assert [type(e) for e in events] == [Cited, Delta, Finished]
    answer = events[-1].answer
    assert answer.status is AnswerStatus.ANSWERED and answer.answered_by == "quotes"
    assert TEXT[answer.citations[0].start : answer.citations[0].end] == answer.sentences[0].text


def test_too_little_evidence_is_a_refusal_with_the_nearest_articles_in_the_readers_language():
    (finished,) = run(settings=NEVER)
    refusal = finished.answer.refusal
    assert finished.answer.status is AnswerStatus.REFUSED and not finished.answer.sentences
    assert refusal.reason == "not_in_archive" and refusal.message.startswith("Arkivi")
    assert [n.title for n in refusal.nearest] == ["Agreement"]


@pytest.mark.parametrize(("empty", "reason"), [(True, "empty_archive"), (False, "no_match")])
def test_no_hits_says_whether_the_archive_is_empty(empty, reason):
    (finished,) = run(hits=[], empty_archive=empty)
    assert finished.answer.refusal.reason == reason


def test_an_article_changed_since_the_search_is_not_quoted():
    assert run(articles={"a": "Corrected: " + TEXT})[-1].answer.status is AnswerStatus.REFUSED
    assert run(articles={})[-1].answer.status is AnswerStatus.REFUSED


def test_a_models_sentences_are_renumbered_and_cited():
    answer = run(chat=Chat("Pirro Vengu signed it in Tirana [1]. "))[-1].answer
    assert answer.answered_by == "scripted" and answer.text == "Pirro Vengu signed it in Tirana.[1]"
    assert answer.citations[0].quote == TEXT


def test_when_the_model_fails_the_quotes_answer_and_say_so():
    answer = run(chat=Chat(fail=True))[-1].answer
    assert answer.answered_by == "quotes" and answer.sentences[0].text.startswith("Pirro Vengu")
    assert any("gone" in n for n in answer.notices) and "quotes only" in answer.notices[0]


def test_a_model_that_breaks_off_keeps_what_was_verified():
    answer = run(chat=Chat("Pirro Vengu signed it [1]. It ra", fail=True))[-1].answer
    assert [s.text for s in answer.sentences] == ["Pirro Vengu signed it."]
    assert "broke off" in answer.notices[0]


def test_when_a_model_only_lies_the_quotes_answer_and_say_so():
    answer = run(chat=Chat("Edi Rama signed it [1]. Nobody did [9]."))[-1].answer
    assert answer.answered_by == "quotes" and answer.withdrawn == 2
    assert answer.sentences[0].text.startswith("Pirro Vengu")
    assert "quotes only" in answer.notices[0] and "could be checked" in answer.notices[1]


def test_a_model_without_an_answer_refuses():
    assert run(chat=Chat("NO ANSWER"))[-1].answer.refusal.reason == "not_in_archive"


def test_below_the_threshold_passages_that_hold_the_names_are_a_partial_answer_that_says_so():
    query = Query("who signed it in Tirana?", "who signed it in Tirana?", language="en")
    tools = Tools(embed, lambda words: {w: 1.0 for w in words}, lambda vector, language: {}, ARTICLES.get, None)
    settings = AnswerSettings(threshold=0.99)
    answer = list(compose(query, VECTOR, HITS, tools=tools, settings=settings))[-1].answer
    assert 0.5 < answer.confidence < 0.99, "the case is meant to lie between"
    assert answer.status is AnswerStatus.PARTIAL and answer.sentences and "may not answer" in answer.notices[0]
    elsewhere = Query("who signed it in Skopje in 2031?", "", language="en")
    refused = list(compose(elsewhere, VECTOR, HITS, tools=tools, settings=settings))[-1].answer
    assert refused.status is AnswerStatus.REFUSED and not refused.notices
