"""Suggestions are there before the first reader is, and never speak of an article that was erased."""

from __future__ import annotations

import re
import shutil
import time
from itertools import islice

import numpy as np
import pytest

from api.answering.suggestions import Suggestions
from api.kept.erasure import KeptSuggestions
from api.kept.suggested import Suggested, Suggestion, SuggestionSheet
from rag.config import Settings
from rag.engine import Engine
from rag.store.archive.erase import marks_of
from rag.types import AnswerStatus


@pytest.fixture
def engine(starter, tmp_path, monkeypatch):
    monkeypatch.setattr("api.answering.suggestions._TRIED", 3)  # each is some answers of half a second
    shutil.copytree(starter.data_dir, tmp_path / "data")
    with Engine.open(Settings(data_dir=tmp_path / "data", embedding=starter.embedding), own=True) as engine:
        yield engine


def asked_nothing(*args, **more):
    raise AssertionError("a reader waited for a question to be asked")


def over(engine):
    return Suggestions(engine, SuggestionSheet(engine.settings.data_dir))


def warmed(engine, *tags):
    suggestions = over(engine)
    suggestions.warm()
    until = time.monotonic() + 240
    while not set(tags) <= set(suggestions._held) and time.monotonic() < until:
        time.sleep(0.05)
    return suggestions


def test_no_reader_waits_for_those_made_at_the_start(engine, monkeypatch):
    suggestions = warmed(engine, "en")
    monkeypatch.setattr(engine, "ask", asked_nothing)
    found = suggestions.for_reader("en", limit=4)
    assert found and all(one.language == "en" for one in found)
    suggestions.close()


def test_those_that_were_made_with_the_corpus_wait_for_no_server(engine, monkeypatch):
    made = over(engine)
    found = made.make("sr-Cyrl")
    made.close()
    sure = [engine.ask(one.question).status is AnswerStatus.ANSWERED for one in found]
    assert found and sure == sorted(sure, reverse=True)
    monkeypatch.setattr(engine, "ask", asked_nothing)
    server = over(engine)
    assert server.for_reader("sr-Cyrl", limit=4) == found
    server.close()


def test_those_made_from_an_older_archive_are_shown_while_they_are_made_anew(engine, monkeypatch):
    sheet = SuggestionSheet(engine.settings.data_dir)
    article = engine.archive.article("starter:tirana-agreement:en")
    old = Suggested((Suggestion("Who signed?", "en", article.id), Suggestion("Who left?", "en", "no such article")), 1)
    sheet.write("en", old, still=lambda: True)
    server = over(engine)
    assert [one.question for one in server.for_reader("en", limit=4)] == ["Who signed?"]
    server._pool.shutdown(wait=True)
    assert sheet.read("en").change == engine.archive.last_change()
    assert "Who signed?" not in {one.question for one in server.for_reader("en", limit=4)}


def test_what_an_erased_article_is_asked_about_is_kept_no_longer(engine):
    suggestions = over(engine)
    first = suggestions.make("en")[0]
    suggestions.close()
    article = engine.archive.article(first.article_id)
    marks = marks_of([article], np.empty((0, 8), np.float32))
    engine.archive.erase(article.id, reason="asked for")
    assert KeptSuggestions(engine.settings.data_dir).forget(marks) >= 1
    assert article.id not in (engine.settings.data_dir / "suggestions.json").read_text()


def test_a_damaged_file_of_them_is_said_and_does_no_harm(engine, caplog):
    (engine.settings.data_dir / "suggestions.json").write_text("{")
    suggestions = over(engine)
    assert suggestions.for_reader("en", limit=2)
    assert "suggestions are made anew" in caplog.text and "suggestions are not kept" in caplog.text
    suggestions.close()


def test_those_of_an_erased_article_are_made_anew_before_anybody_sees_them(engine):
    suggestions = warmed(engine, "en")
    first = suggestions.for_reader("en", limit=1)[0]
    engine.archive.erase(first.article_id, reason="asked for")
    assert first not in suggestions.for_reader("en", limit=4)
    suggestions.close()


def test_nothing_is_made_after_the_end(engine, monkeypatch):
    suggestions = over(engine)
    suggestions.close()
    monkeypatch.setattr(engine, "ask", asked_nothing)
    suggestions.warm()


def test_the_questions_that_came_with_an_article_come_before_its_headline(engine):
    suggestions = over(engine)
    own = [one for one in suggestions.for_reader("en", limit=4) if "What do the articles say" not in one.question]
    assert own and all(one.article_id in cited(engine, one.question) for one in own)
    suggestions.close()


def test_after_an_answer_further_questions_are_answered_and_not_the_one_that_was_asked(engine):
    suggestions = over(engine)
    asked = "Who signed the Tirana agreement?"
    found = list(islice(suggestions.further(asked, ["starter:tirana-agreement:en", "no such article"], "en"), 3))
    assert found
    assert asked not in {one.question for one in found}
    assert all(one.article_id in cited(engine, one.question) for one in found)
    suggestions.close()


@pytest.mark.parametrize(
    "asked", ["Who were the signatories of the Tirana agreement?", "Ko je potpisao sporazum u Tirani?"]
)
def test_the_same_question_in_other_words_or_another_language_is_no_further_one(engine, asked):
    suggestions = over(engine)
    answer = engine.ask(asked)
    cited_by_it = list(dict.fromkeys(c.article_id for c in answer.citations))
    start = answer.citations[0].start
    found = list(islice(suggestions.further(asked, cited_by_it, answer.language, first_quote=start), 3))
    assert found
    assert not any(re.search("signed|potpisao", one.question) for one in found)
    suggestions.close()


def test_after_a_refusal_each_article_brings_a_question_in_the_readers_language(engine):
    suggestions = over(engine)
    ids = ["no such article", "starter:tirana-agreement:sr-Cyrl"]
    found = list(suggestions.about(ids, "sr-Latn"))
    assert [(one.article_id, one.question) for one in found] == [(ids[1], "Ko je potpisao sporazum u Tirani?")]
    engine.archive.erase(ids[1], reason="asked for")
    assert list(suggestions.about(ids, "sr-Latn")) == []
    suggestions.close()


def cited(engine, question):
    return {c.article_id for c in engine.ask(question).citations}
