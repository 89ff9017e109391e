"""A question understood once: names without capitals, numbers, days, the kind of answer."""

from __future__ import annotations

from datetime import date

import pytest

from rag.question.parse import parse, with_seen_names
from rag.question.question import Form, QuestionName, Wants
from rag.text.names import seen_names

DAY = date(2026, 11, 1)
HITS = seen_names(
    [
        "Пожари на Родосу\nАлбин Курти је у Приштини рекао да ће ватрогасци остати. Курти је додао да кола чекају.",
        "Radončić obećao\nFahrudin Radončić traži novi Zakon. Novi zakon je malo kome jasan.",
    ]
)


def names(question: str, language: str, *, sure: bool = True) -> list[str]:
    asked = with_seen_names(parse(question, language, as_of=DAY), HITS)
    return [name.surface for name in asked.names if name.sure or not sure]


@pytest.mark.parametrize(
    ("question", "language", "found"),
    [
        ("sta je kurti rekao o rodosu", "sr-Latn", ["kurti", "rodosu"]),
        ("koliko glasova je radoncic trazio", "bs", ["radoncic"]),
        ("koliko je ljudi poginulo na kritu", "sr-Latn", ["kritu"]),
        ("koliko ljudi je umrlo u severnoj makedoniji", "sr-Latn", ["severnoj makedoniji"]),
        ("albin kurti kosovada ne dedi", "tr", ["albin kurti", "kosovada"]),
        ("πόσοι τραυματίστηκαν στην κρήτη", "el", ["κρήτη"]),
        ("sa njerez vdiqen ne kosove", "sq", ["kosove"]),
        ("WHO SIGNED THE TIRANA AGREEMENT?", "en", ["TIRANA"]),
        ("Who signed the Tirana agreement?", "en", ["Tirana"]),
    ],
)
def test_names_are_found_with_and_without_capitals(question: str, language: str, found: list[str]) -> None:
    assert names(question, language) == found


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("sad je malo kola na putu", "sr-Latn"),
        ("zašto je novi zakon malo kome jasan", "sr-Latn"),
        ("πόσα κοινά έχουν", "el"),
        ("un loc bun", "ro"),
        ("what did the party say to us", "en"),
    ],
)
def test_ordinary_words_are_no_sure_names(question: str, language: str) -> None:
    assert names(question, language) == []


def test_a_name_carries_its_place_and_key() -> None:
    (name,) = parse("ko je na kritu", "sr-Latn", as_of=DAY).names
    assert name == QuestionName("kritu", 9, 14, ("@crete",), True)


def test_an_ordinary_word_that_may_be_a_name_is_unsure() -> None:
    (name,) = parse("sad je zima", "sr-Latn", as_of=DAY).names
    assert (name.keys, name.sure) == (("@us",), False)


def test_days_are_no_numbers() -> None:
    parsed = parse("Da li je 2.000 vojnika došlo 22. februara 2022?", "sr-Latn", as_of=DAY)
    assert parsed.counts == {"2000"} and parsed.form is Form.YESNO


@pytest.mark.parametrize(
    ("question", "language", "kind"),
    [
        ("ko je direktor", "sr-Latn", Wants.PERSON),
        ("gde je pao avion", "sr-Latn", Wants.PLACE),
        ("kur u hap ura", "sq", Wants.TIME),
        ("πόσοι πέθαναν", "el", Wants.NUMBER),
        ("защо падна мостът", "bg", Wants.CAUSE),
        ("recept za burek", "hr", Wants.OTHER),
    ],
)
def test_what_would_answer(question: str, language: str, kind: Wants) -> None:
    assert parse(question, language, as_of=DAY).wants is kind


def test_the_injured_are_not_the_killed() -> None:
    hurt = parse("How many were injured in the fire?", "en", as_of=DAY).counted
    dead = parse("How many were killed in the fire?", "en", as_of=DAY).counted
    assert "hurt" in hurt - dead and "dead" in dead - hurt
