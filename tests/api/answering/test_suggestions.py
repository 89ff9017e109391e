"""Suggestions cost no answer, are answered when they are asked, and never speak of an article that is gone."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from api.answering.suggestions import (
    asked_in,
    suggest,
    suggest_for_articles,
    suggest_for_stories,
    suggest_further,
)
from rag.config import Settings
from rag.newsroom import Newsroom
from rag.text.languages import LANGUAGES
from rag.types import AnswerKind, Article, Story

TIRANA = "starter:tirana-agreement:en"


@pytest.fixture
def engine(starter, tmp_path):
    shutil.copytree(starter.data_dir, tmp_path / "data")
    with Newsroom.open(Settings(data_dir=tmp_path / "data", embedding=starter.embedding), own=True) as engine:
        yield engine


def story(article: Article) -> Story:
    return Story(article.id, article.title, "", article.outlet, None, article.published, article.language)


def asked_nothing(*args, **more):
    raise AssertionError("a question was asked for a suggestion")


def test_no_answer_is_made_for_them(engine, monkeypatch):
    for way in ("ask", "stream", "evidence"):
        monkeypatch.setattr(engine, way, asked_nothing)
    assert len(suggest(engine, "en", limit=4)) == 4
    assert list(suggest_for_articles(engine, [TIRANA], "en"))
    assert list(suggest_further(engine, "Who signed the Tirana agreement?", [TIRANA], "en"))


@pytest.mark.parametrize("tag", LANGUAGES)
def test_news_of_a_place_are_its_stories(engine, tag):
    first, *_ = suggest(engine, tag, limit=1)
    answer = engine.ask(first.question, page_language=tag)
    shown = {one for story in answer.digest for one in (story.article_id, *(v.article_id for v in story.also))}
    assert answer.kind is AnswerKind.DIGEST and first.article_id in shown, first


@pytest.mark.parametrize("tag", LANGUAGES)
def test_what_is_known_of_a_headline_is_its_story_first(engine, tag):
    for article in [a for a in engine.archive.articles(limit=200) if asked_in(a.language) == tag][:3]:
        (one,) = suggest_for_stories([story(article)], tag)
        told = engine.ask(one.question, page_language=tag).digest[0]
        assert article.id in {told.article_id, *(v.article_id for v in told.also)}, one


def test_a_headline_that_asks_is_one_question(engine):
    article = replace(engine.archive.article(TIRANA), title="War? No: a pact; what else!")
    (one,) = suggest_for_stories([story(article)], "en")
    assert one.question == "What is known about “War: No: a pact: what else”?"


def test_an_archive_that_names_no_place_offers_its_stories(engine, monkeypatch):
    monkeypatch.setattr("api.answering.suggestions.place_name", lambda entity, tag: "")
    found = suggest(engine, "sr-Cyrl", limit=3)
    assert len(found) == 3 and all(one.question.startswith("Шта се зна о вести „") for one in found)


def test_after_an_answer_the_same_story_is_asked_about_and_not_the_same_question(engine):
    found = list(suggest_further(engine, "who signed the tirana agreement", [TIRANA], "en"))
    assert {one.article_id for one in found} == {TIRANA} and len(found) >= 2
    assert not any(one.question.startswith("Who signed") for one in found)
    last = found[-1].question
    assert last not in {one.question for one in suggest_further(engine, last, [TIRANA], "en")}


def test_nothing_is_asked_of_an_article_that_is_gone(engine):
    engine.archive.erase(TIRANA, reason="asked for")
    assert not list(suggest_for_articles(engine, [TIRANA, "no such article"], "en"))


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [("sr", "sr-Latn"), ("sr-Cyrl-RS", "sr-Cyrl"), ("sh", "sr-Latn"), ("de", "en"), ("cnr-Cyrl", "cnr")],
)
def test_the_language_that_is_asked_in(tag, wanted):
    assert asked_in(tag) == wanted
