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


def warmed(engine):
    suggestions = Suggestions(engine)
    suggestions.warm()
    until = time.monotonic() + 120
    while suggestions._wanted and time.monotonic() < until:
        time.sleep(0.05)
    return suggestions


def test_no_reader_waits_for_those_made_at_the_start(engine, monkeypatch):
    suggestions = warmed(engine)
    monkeypatch.setattr(engine, "ask", asked_nothing)
    assert len(suggestions.for_reader("en", limit=4)) == 4
    assert suggestions.for_reader("sr-Cyrl", limit=2)[0].language == "sr-Cyrl"
    suggestions.close()


def test_those_of_an_erased_article_are_made_anew_before_anybody_sees_them(engine):
    suggestions = warmed(engine)
    first = suggestions.for_reader("en", limit=1)[0]
    named = next(a for a in engine.archive.articles(limit=200) if a.title.strip().rstrip(".?!…") in first.question)
    engine.archive.erase(named.id, reason="asked for")
    assert first not in suggestions.for_reader("en", limit=4)
    suggestions.close()


def test_nothing_is_made_after_the_end(engine, monkeypatch):
    suggestions = Suggestions(engine)
    suggestions.close()
    monkeypatch.setattr(engine, "ask", asked_nothing)
    suggestions.warm()
