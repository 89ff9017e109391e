"""Hand-worked cases of the normalisation of answers."""

import pytest

from eval.metrics.answers import answer_tokens, contains, tokens


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The Cat, sat.", ("the", "cat", "sat")),
        ("Новак Ђоковић", ("novak", "djokovic")),
        ("Novak Đoković", ("novak", "djokovic")),
        ("Erdoğan'ın", ("erdogan", "in")),
        ("1.200,5 i 1,200.5", ("1200.5", "i", "1200.5")),
        ("12.345.678", ("12345678",)),
        ("13,5 %", ("13.5",)),
        ("24. 7. 2018", ("24", "7", "2018")),
        ("in 2020 150 people", ("in", "2020", "150", "people")),
        ("state-of-the-art", ("state", "of", "the", "art")),
        ("", ()),
    ],
)
def test_tokens(text, wanted):
    assert tokens(text) == wanted


def test_english_articles_do_not_count():
    assert answer_tokens("The Hague") == answer_tokens("Hague")
    assert answer_tokens("the") == ("the",)  # but something must be left


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The ministers Pirro Vengu and Ivan Anušić signed it.", "ivan anusic"),
        ("Документ је потписао Иван Анушић.", "Ivan Anušić"),
        ("At least 1.500 people came.", "1,500"),
        ("He lives in the Netherlands.", "Netherlands"),
        ("He lives in Netherlands.", "the Netherlands"),
        ("It cost 5 €.", "€"),
    ],
)
def test_contains(text, answer):
    assert contains(text, answer)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("There were 150 people.", "50"),  # part of another number
        ("It rose by 13.5 points.", "135"),
        ("Vengu met Pirro.", "Pirro Vengu"),  # not side by side in this order
        ("Nobody signed.", "Ivan Anušić"),
        ("", "anything"),
    ],
)
def test_does_not_contain(text, answer):
    assert not contains(text, answer)
