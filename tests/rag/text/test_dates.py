"""Expressions of time in the region's languages, as windows relative to Wednesday, 19 March 2025."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.dates import find_dates, window

AS_OF = date(2025, 3, 19)
YESTERDAY, TODAY, TOMORROW = ("2025-03-18",) * 2, ("2025-03-19",) * 2, ("2025-03-20",) * 2
LAST_WEEK = ("2025-03-10", "2025-03-16")
MARCH_2024 = ("2024-03-01", "2024-03-31")
OCTOBER_5 = ("2023-10-05", "2023-10-05")
THREE_DAYS_AGO = ("2025-03-16", "2025-03-16")
LAST_TEN_DAYS = ("2025-03-09", "2025-03-19")
LAST_YEAR = ("2024-01-01", "2024-12-31")
FROM_2020, BEFORE_2020, TO_2023 = ("2020-01-01", None), (None, "2019-12-31"), ("2020-01-01", "2023-12-31")

PHRASES = [
    (YESTERDAY, "juče|jučer|јуче|včeraj|вчера|dje|ieri|χθες|χτες|dün|yesterday|juce"),
    (TODAY, "danas|денес|днес|sot|astăzi|azi|σήμερα|bugün|today"),
    (TOMORROW, "sutra|sjutra|jutri|утре|nesër|mâine|αύριο|yarın|tomorrow"),
    (
        LAST_WEEK,
        "prošle nedelje|прошле недеље|prošli tjedan|prošle sedmice|prejšnji teden|минатата недела|миналата седмица|"
        "javën e kaluar|săptămâna trecută|την προηγούμενη εβδομάδα|geçen hafta|last week|prosle nedelje",
    ),
    (
        MARCH_2024,
        "u martu 2024|у марту 2024.|u ožujku 2024.|marca 2024|во март 2024|през март 2024 г.|në mars 2024|"
        "în martie 2024|τον Μάρτιο 2024|Μάρτιο του 2024|Mart 2024'te|in March 2024|March, 2024",
    ),
    (
        OCTOBER_5,
        "5. oktobra 2023.|5. listopada 2023.|5. октобра 2023.|5. oktober 2023|5 октомври 2023|5 tetor 2023|"
        "5 octombrie 2023|στις 5 Οκτωβρίου 2023|5 Ekim 2023'te|5 October 2023|October 5, 2023|Oct. 5, 2023|"
        "05.10.2023.|5. 10. 2023|5/10/2023|2023-10-05|5th of October 2023",
    ),
    (
        THREE_DAYS_AGO,
        "pre tri dana|prije 3 dana|pred tremi dnevi|пред три дена|преди 3 дни|para tre ditësh|acum trei zile|"
        "πριν από τρεις ημέρες|üç gün önce|3 days ago",
    ),
    (
        LAST_TEN_DAYS,
        "poslednjih 10 dana|u posljednjih deset dana|zadnjih 10 dni|последните 10 дена|10 ditët e fundit|"
        "ultimele 10 zile|τις τελευταίες 10 ημέρες|son on gün|last 10 days",
    ),
    (LAST_YEAR, "prošle godine|lani|vjet|anul trecut|πέρυσι|geçen yıl|миналата година|минатата година|2024|u 2024."),
    (FROM_2020, "od 2020.|posle 2020|след 2020|që nga 2020|din 2020|από το 2020|2020'den beri|since 2020"),
    (
        BEFORE_2020,
        "pre 2020. godine|prije 2020.|преди 2020|para vitit 2020|înainte de 2020|πριν το 2020|2020 öncesi|before 2020",
    ),
    (
        TO_2023,
        "od 2020. do 2023. godine|2020-2023|2020–23|nga 2020 deri në 2023|din 2020 până în 2023|"
        "από το 2020 έως το 2023|from 2020 to 2023",
    ),
]  # fmt: skip
CASES = [(phrase, expected) for expected, phrases in PHRASES for phrase in phrases.split("|")]


def _window(text: str, language: str = "und") -> tuple[str | None, str | None] | None:
    found = window(text, find_dates(text, as_of=AS_OF, language=language))
    return found and (found.start and found.start.isoformat(), found.end and found.end.isoformat())


@pytest.mark.parametrize(("phrase", "expected"), CASES)
def test_windows(phrase: str, expected: tuple[str | None, str | None]) -> None:
    assert _window(f"Vučić {phrase} Kurti") == expected
    assert _window(phrase.upper()) == expected or phrase.isupper()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ko je potpisao sporazum?",
        "koliko je 2000 evra",
        "may I ask",
        "Martin Mart",
        "32.13.2024",
        "12:30",
        "NATO 192.168.20.24",
        "Marta Jun je majka",
    ],
)
def test_nothing_is_assumed(text: str) -> None:
    assert _window(text) is None


def test_a_day_without_a_year_is_the_last_or_the_next_one() -> None:
    assert _window("5. oktobra") == ("2024-10-05", "2024-10-05")
    assert _window("1. aprila") == ("2025-04-01", "2025-04-01")
    assert _window("u ponedeljak") == ("2025-03-17", "2025-03-17")
    assert _window("next Monday") == ("2025-03-24", "2025-03-24")
    assert _window("prošlog petka") == ("2025-03-14", "2025-03-14")


def test_a_range_of_days() -> None:
    assert _window("od 5. do 10. marta 2024.") == ("2024-03-05", "2024-03-10")
    assert _window("između marta 2024 i maja 2024") == ("2024-03-01", "2024-05-31")


def test_a_word_that_means_something_else_elsewhere() -> None:
    assert _window("dje si", "cnr") is None
    assert _window("kush foli dje", "sq") == YESTERDAY
    assert _window("luni", "sr-Latn") is None


def test_expressions_have_offsets_in_the_original() -> None:
    text = "Шта је Ђокић рекао 5. октобра 2023. и јуче?"
    assert [text[found.start : found.end] for found in find_dates(text, as_of=AS_OF)] == ["5. октобра 2023", "јуче"]


@given(st.text(max_size=60), st.dates())
def test_any_text_is_taken(text: str, as_of: date) -> None:
    for found in find_dates(text, as_of=as_of):
        assert 0 <= found.start < found.end <= len(text)


@given(st.lists(st.sampled_from([phrase for phrase, _ in CASES]), max_size=4).map(" ".join), st.dates())
def test_any_phrases_on_any_day(text: str, as_of: date) -> None:
    window(text, find_dates(text, as_of=as_of))


@pytest.mark.parametrize("piece", ["1", "1. ", "2024", "pre ", "od 2020 ", "mart", "."])
def test_ten_thousand_pieces_are_quick(piece: str) -> None:
    begin = time.perf_counter()
    window(piece * 10_000, find_dates(piece * 10_000, as_of=AS_OF))
    assert time.perf_counter() - begin < 5
