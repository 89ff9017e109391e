"""Suggestions are there before the first reader is, and never speak of an article that was erased."""

from __future__ import annotations

import shutil
import time

import pytest

from api.answering.suggestions import Suggestions
from rag.config import Settings
from rag.engine import Engine


@pytest.fixture
def engine(starter, tmp_path):
    shutil.copytree(starter.data_dir, tmp_path / "data")
    with Engine.open(Settings(data_dir=tmp_path / "data", embedding=starter.embedding), own=True) as engine:
        yield engine


def asked_nothing(*args, **more):
    raise AssertionError("a reader waited for a question to be asked")


def warmed(engine, *tags):
    suggestions = Suggestions(engine)
    suggestions.warm()
    until = time.monotonic() + 240
    while not set(tags) <= set(suggestions._kept) and time.monotonic() < until:
        time.sleep(0.05)
    return suggestions


def test_no_reader_waits_for_those_made_at_the_start(engine, monkeypatch):
    suggestions = warmed(engine, "en", "sr-Cyrl")
    monkeypatch.setattr(engine, "ask", asked_nothing)
    assert len(suggestions.for_reader("en", limit=4)) == 4
    assert suggestions.for_reader("sr-Cyrl", limit=2)[0].language == "sr-Cyrl"
    suggestions.close()


def test_those_of_an_erased_article_are_made_anew_before_anybody_sees_them(engine):
    suggestions = warmed(engine, "en")
    first = suggestions.for_reader("en", limit=1)[0]
    engine.archive.erase(first.article_id, reason="asked for")
    assert first not in suggestions.for_reader("en", limit=4)
    suggestions.close()


def test_nothing_is_made_after_the_end(engine, monkeypatch):
    suggestions = Suggestions(engine)
    suggestions.close()
    monkeypatch.setattr(engine, "ask", asked_nothing)
    suggestions.warm()


def test_the_questions_that_came_with_an_article_come_before_its_headline(engine):
    suggestions = Suggestions(engine)
    own = [one for one in suggestions.for_reader("en", limit=4) if "What do the articles say" not in one.question]
    assert own and all(one.article_id in cited(engine, one.question) for one in own)
    suggestions.close()


def test_after_an_answer_further_questions_are_answered_and_not_the_one_that_was_asked(engine):
    suggestions = Suggestions(engine)
    asked = "Who signed the Tirana agreement?"
    found = suggestions.further(asked, ["starter:tirana-agreement:en", "no such article"], "en", limit=3)
    assert 0 < len(found) <= 3
    assert asked not in {one.question for one in found}
    assert all(one.article_id in cited(engine, one.question) for one in found)
    suggestions.close()


def test_after_a_refusal_each_article_brings_a_question_in_the_readers_language(engine):
    suggestions = Suggestions(engine)
    ids = ["no such article", "starter:tirana-agreement:sr-Cyrl"]
    found = suggestions.about(ids, "sr-Latn", limit=3)
    assert [(one.article_id, one.question) for one in found] == [(ids[1], "Ko je potpisao sporazum u Tirani?")]
    engine.archive.erase(ids[1], reason="asked for")
    assert suggestions.about(ids, "sr-Latn", limit=3) == []
    suggestions.close()


def cited(engine, question):
    return {c.article_id for c in engine.ask(question).citations}
