"""Answer metrics worked out by hand; each can fail."""

import pytest

from eval.metrics.answers import (
    AcceptedAnswers,
    close_to,
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


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("defence minister Ivan Anušić", "Ivan Anušić"),
        ("Иван Анушић", "Ivan Anušić"),
        ("Ivan Anušić", "Ivan Anušić, minister"),  # two of three words
        ("devet osoba", "9 people"),
        ("59", "59 people"),
        ("2,3 milijarde eura", "2.3 billion euros"),
        ("18. marta 2025.", "18 March 2025"),
        ("18 March", "18 March 2025"),
        ("16.3.2025.", "16 March 2025"),
        ("90 %", "90%"),
    ],
)
def test_close_to_an_accepted_answer(given, wanted):
    assert close_to(given, wanted)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("Pirro Vengu", "Ivan Anušić"),
        ("Anušić", "the minister Ivan Anušić"),  # one of three
        ("69 people", "59 people"),
        ("many people", "59 people"),
        ("18 March 2024", "18 March 2025"),
        ("118", "18"),
        ("2.3 million euros", "2.3 billion euros"),
        ("2025", "18 March 2025"),
        ("", "59"),
    ],
)
def test_not_close_to_it(given, wanted):
    assert not close_to(given, wanted)


def test_where_every_item_is_wanted_none_may_be_missing():
    accepted = AcceptedAnswers(["Ana", "Ivo"], groups=[["Ana", "Ана"], ["Ivo"]])
    assert accepted.close_in("Ана · Ivo") and not accepted.close_in("Ana")
    assert AcceptedAnswers(["Ana Horvat", "Ivo"]).close_in("Horvat, Ana")
    assert AcceptedAnswers(["Zagreb"], letters=True).close_in("u Zagrebu")


def test_list_recall_wants_every_item():
    items = [["Pirro Vengu", "Пиро Венгу"], ["Ivan Anušić"], ["Ejup Maqedonci", "Ејуп Македонци"]]
    assert list_recall("Пиро Венгу, Ivan Anusic i Ejup Maqedonci", items) == 1
    assert list_recall("Only Pirro Vengu signed", items) == pytest.approx(1 / 3)
    assert list_recall("Nobody", items) == 0


def test_language():
    assert language_right("sq", "sq") == 1
    assert language_right("en", "sq") == 0
    assert language_right("sr-Cyrl", "hr") == 1  # one language
