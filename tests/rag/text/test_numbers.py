"""Numbers as the region writes them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.numbers import NUMBER_WORDS, find_numbers, number_keys, parse_number


@pytest.mark.parametrize("written", ["2.000", "2,000", "2 000", "2\u00a0000", "2000", "2'000", "2.000,00", "2,000.0"])
def test_two_thousand_meets_itself(written: str) -> None:
    assert number_keys(f"bilo je {written} ljudi") == ["2000"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("3,5", "3.5"),
        ("3.5", "3.5"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234.567", "1234567"),
        ("0,123", "0.123"),
        ("117,2", "117.2"),
        ("-5", "-5"),
    ],
)
def test_values(written: str, value: str) -> None:
    assert str(parse_number(written)) == value or f"{parse_number(written):f}" == value


@pytest.mark.parametrize("written", ["12.3.2024", "192.168.1.1", "1.2.3", "12:30"])
def test_dates_and_addresses_are_no_numbers(written: str) -> None:
    assert written == "12:30" or parse_number(written) is None


def test_scale_words_are_counted_in() -> None:
    (number,) = find_numbers("dug od 3,5 milijardi evra")
    assert number.key == "3500000000"
    assert [n.key for n in find_numbers("2 mil. evra, 2 млн лева, 2 milionë")] == ["2000000"] * 3
    assert number_keys("3,5 milijardi") == ["3.5", "3500000000"]


def test_a_date_gives_its_parts_as_keys() -> None:
    assert number_keys("12.3.2024.") == ["12", "3", "2024"]


def test_number_words() -> None:
    assert {NUMBER_WORDS[word] for word in ("tri", "tre", "trei", "uc", "three")} == {3}
    assert NUMBER_WORDS["pese"] == 5


@given(st.integers(min_value=0, max_value=10**12))
def test_every_grouping_of_an_integer_meets(number: int) -> None:
    plain = f"{number:,}"
    keys = {tuple(number_keys(plain.replace(",", mark))) for mark in ",.\u00a0"}
    assert keys == {(str(number),)}


@given(st.text(max_size=60))
def test_any_text_is_taken(text: str) -> None:
    number_keys(text)
    assert all(0 <= number.start < number.end <= len(text) for number in find_numbers(text))


@pytest.mark.parametrize("piece", ["1", "1.", "1,000", "1 000 ", "-", "12:"])
def test_ten_thousand_pieces_are_quick(piece: str) -> None:
    begin = time.perf_counter()
    number_keys(piece * 10_000)
    assert time.perf_counter() - begin < 5
