"""Answer metrics worked out by hand; each can fail."""

import pytest

from eval.metrics.answers import (
    exact_match,
    language_right,
    list_recall,
    token_f1,
)


def test_exact_match():
    assert exact_match("The Tirana agreement.", ["Tirana Agreement"]) == 1
    assert exact_match("Споразум", ["sporazum"]) == 1
    assert exact_match("The Tirana agreement of 2025", ["Tirana agreement"]) == 0


def test_token_f1():
    # given: tirana agreement signed; wanted: tirana agreement: precision 2/3, recall 1
    assert token_f1("Tirana agreement signed", ["the Tirana agreement"]) == pytest.approx(2 * (2 / 3) / (2 / 3 + 1))
    assert token_f1("something else", ["Tirana"]) == 0
    assert token_f1("", ["Tirana"]) == 0
    assert token_f1("b c", ["a x", "b"]) == pytest.approx(2 / 3)  # the best of the accepted


def test_list_recall_wants_every_item():
    items = [["Pirro Vengu", "Пиро Венгу"], ["Ivan Anušić"], ["Ejup Maqedonci", "Ејуп Македонци"]]
    assert list_recall("Пиро Венгу, Ivan Anusic i Ejup Maqedonci", items) == 1
    assert list_recall("Only Pirro Vengu signed", items) == pytest.approx(1 / 3)
    assert list_recall("Nobody", items) == 0


def test_language():
    assert language_right("sq", "sq") == 1
    assert language_right("en", "sq") == 0
    assert language_right("sr-Cyrl", "hr") == 1  # one language
