"""What a reader may type, and what becomes of it."""

from datetime import date

import pytest

from rag.answer.question import clean, prepare, standalone
from rag.errors import BadInput
from rag.types import Filters, Turn


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("", "empty"), ("  \t\n", "empty"), ("\x00\x07\x1b", "empty"), ("🎉🔥👍", "no letter"), ("?!…", "no letter")],
)
def test_no_question_is_a_clear_error(typed, reason):
    with pytest.raises(BadInput, match=reason) as caught:
        prepare(typed)
    assert caught.value.hint


def test_a_long_question_is_refused_with_its_length():
    with pytest.raises(BadInput, match="10,000"):
        prepare("a" * 10_000)


def test_control_characters_and_surrogates_become_spaces():
    assert clean("who\x00 signed\ud800\r\n it\u202e?", max_chars=100) == "who signed it\u202e?"


def test_decomposed_letters_are_composed():
    assert clean("Vuc\u030cic\u0301", max_chars=100) == "Vučić"


def test_as_of_hides_what_came_later():
    filters = prepare("ko je potpisao?", as_of=date(2025, 3, 1), filters=Filters(published_to=date(2025, 6, 1))).filters
    assert filters.published_to == date(2025, 3, 1)


def test_an_empty_date_range_is_an_error():
    with pytest.raises(BadInput, match="after"):
        prepare("who?", filters=Filters(date(2025, 2, 1), date(2025, 1, 1)))


def test_a_short_follow_up_borrows_the_last_question():
    history = [Turn("Who signed the Tirana agreement?")]
    assert standalone("and when?", history) == "Who signed the Tirana agreement? and when?"
    whole = "How many people died in the flood in Jablanica in October?"
    assert standalone(whole, history) == whole


@pytest.mark.parametrize(
    "asked", ["and in Croatia?", "а ко је потписао?", "kada?", "dhe në Kroaci?", "why?", "ve Hırvatistan'da?"]
)
def test_what_joins_on_or_names_nothing_is_a_follow_up(asked):
    assert standalone(asked, [Turn("Who signed it in Albania?")]) == f"Who signed it in Albania? {asked}"


@pytest.mark.parametrize(
    "asked", ["Who won the 2031 election in Sarajevo?", "Who is Albin Kurti?", "Ko je Andrej Plenković?"]
)
def test_what_names_its_own_subject_is_not(asked):
    assert standalone(asked, [Turn("Who signed it in Albania?")]) == asked


def test_the_language_of_the_question_is_known():
    assert prepare("Ко је потписао споразум у Тирани?").language == "sr-Cyrl"
    assert prepare("Who signed the agreement in Tirana?").language == "en"
