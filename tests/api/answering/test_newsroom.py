"""Answers that editors pin: who gets them, what they are, and when they answer nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from rag.config import Settings
from rag.newsroom import Newsroom
from rag.plain import plain_text, with_sources
from rag.store.pins import Cite, Pin, PinKind, Pins
from rag.types import AnswerStatus, Filters, Verdict

TIRANA = "starter:tirana-agreement:en"
WELCOMED = (
    "In Pristina, Prime Minister Albin Kurti welcomed it and said that it mattered greatly for peace and security in "
    "the region."
)
ASKED = "Who signed the Tirana agreement?"
TEXT = Pin((ASKED,), PinKind.TEXT, "Three ministers.\nNobody else.", "en", (Cite(TIRANA), Cite(TIRANA, WELCOMED)))


@pytest.fixture
def engine(starter, tmp_path):
    shutil.copytree(starter.data_dir, tmp_path / "data")
    with Newsroom.open(Settings(data_dir=tmp_path / "data", embedding=starter.embedding), own=True) as engine:
        yield engine


@pytest.fixture
def pin(engine):
    return lambda pin: Pins(engine.archive.database).put("Ana", pin)


def test_the_newsrooms_text_is_given_and_marked(engine, pin):
    pin(TEXT)
    answer = engine.ask(ASKED)
    assert answer.answered_by == "newsroom" and answer.status is AnswerStatus.ANSWERED
    assert [(s.text, s.verdict, s.language) for s in answer.sentences] == [
        ("Three ministers.", Verdict.NEWSROOM, "en"),
        ("Nobody else.", Verdict.NEWSROOM, "en"),
    ]
    headline, quote = answer.citations
    assert headline.headline and quote.quote == WELCOMED
    assert engine.archive.article(TIRANA).text[quote.start : quote.end] == WELCOMED
    assert plain_text(answer).startswith("The newsroom’s own answer, ")
    assert with_sources(answer).count("The newsroom’s own answer") == 1


@pytest.mark.parametrize(
    "asked",
    [
        "who signed the tirana agreement",
        "Ko je potpisao tiranski sporazum?",
        "Ко је потписао тирански споразум?",
        "Kush ka nënshkruar marrëveshjen e Tiranës?",
        "Кой подписа споразумението в Тирана?",
        "Tiran anlaşmasını kim imzaladı?",
    ],
)
def test_who_asks_the_same_gets_it_in_whatever_language(engine, pin, asked):
    pin(TEXT)
    answer = engine.ask(asked)
    assert answer.answered_by == "newsroom" and answer.language != "und"


@pytest.mark.parametrize(
    "asked",
    [
        "Who welcomed the Tirana agreement?",
        "Who did not sign the Tirana agreement?",
        "When was the Tirana agreement signed?",
        "Who signed the Sarajevo agreement?",
        "Ko je kritikovao tiranski sporazum?",
    ],
)
def test_who_asks_something_else_does_not(engine, pin, asked):
    pin(TEXT)
    assert engine.ask(asked).answered_by != "newsroom"


def test_several_questions_in_one_get_their_own(engine, pin):
    pin(TEXT)
    answer = engine.ask(f"{ASKED} Who won the Eurovision Song Contest 2026?")
    assert "newsroom" in answer.answered_by and "Three ministers." in answer.text
    assert {s.verdict for s in answer.sentences} == {Verdict.NEWSROOM, Verdict.QUOTE}


def test_an_article_is_placed_before_the_rest(engine, pin):
    plain = engine.ask(ASKED)
    pin(replace(TEXT, kind=PinKind.FIRST, text="", cites=(Cite(TIRANA, WELCOMED),)))
    answer = engine.ask(ASKED)
    assert answer.sentences[0].text == WELCOMED and plain.sentences[0].text in [s.text for s in answer.sentences[1:]]
    assert [c.number for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert plain_text(answer).startswith("The newsroom has placed this first.")


def test_an_article_is_placed_where_the_archive_has_no_answer(engine, pin):
    asked = "Who was the first woman to swim across the Adriatic?"
    assert engine.ask(asked).status is not AnswerStatus.ANSWERED
    pin(Pin((asked,), PinKind.FIRST, cites=(Cite(TIRANA),)))
    answer = engine.ask(asked)
    assert answer.status is AnswerStatus.ANSWERED and len(answer.sentences) == 1 and not answer.notices


def test_what_is_not_to_be_answered_is_refused_without_passages(engine, pin):
    pin(Pin((ASKED,), PinKind.SILENCE))
    found, *_, last = engine.stream("Ko je potpisao tiranski sporazum?")
    assert found.hits == () and last.answer.refusal.reason == "newsroom"
    assert last.answer.refusal.message.startswith("Redakcija je odlučila") and not last.answer.citations


def test_it_answers_nothing_when_its_source_says_it_no_more_or_is_withdrawn(engine, pin):
    pin(TEXT)
    engine.archive.hold(TIRANA, {"reason": "a lawyer asks"}, at=datetime.now(UTC))
    assert engine.ask(ASKED).answered_by != "newsroom"
    (stored,) = Pins(engine.archive.database).all()
    assert engine.citations(stored) is None
    assert engine.citations(replace(stored, cites=(Cite("starter:tirana-agreement:hr", "No such words."),))) is None


def test_a_pin_whose_source_goes_while_it_is_given_leaves_the_ordinary_answer(engine, pin):
    pin(TEXT)
    events = engine.stream(ASKED)
    next(events)
    engine.archive.hold(TIRANA, {"reason": "a lawyer asks"}, at=datetime.now(UTC))
    *_, last = events
    assert last.answer.answered_by == "quotes"


def test_another_node_gives_it_at_once_and_stops_at_once(engine, pin):
    with Newsroom.open(engine.settings, own=False) as other:
        assert other.ask(ASKED).answered_by == "quotes"
        pin_id = pin(TEXT)
        assert other.ask(ASKED).answered_by == "newsroom"
        Pins(engine.archive.database).remove(pin_id)
        assert other.ask(ASKED).answered_by == "quotes"


def test_filters_days_and_ends_are_minded(engine, pin):
    pin(TEXT)
    assert engine.ask(ASKED, filters=Filters(languages=("sr",))).answered_by != "newsroom"
    assert engine.ask(ASKED, filters=Filters(outlets=("telal",))).answered_by == "newsroom"
    assert engine.ask(ASKED, as_of=date(2025, 6, 1)).answered_by != "newsroom"
    for pin_ in Pins(engine.archive.database).all():
        Pins(engine.archive.database).put("Ana", replace(TEXT, ends=datetime(2026, 1, 1, tzinfo=UTC)), pin_.id)
    assert engine.ask(ASKED).answered_by != "newsroom"
