"""Near misses: one thing changed and nothing else."""

from random import Random

import pytest

from rag.text.numbers import find_numbers
from research.changes import near_miss, negate, swap_name, swap_number, swap_roles, words

SENTENCE = "On Monday the minister Ana Horvat met Petar Kovač in Zagreb and promised 1.200 euros."


def test_a_name_is_swapped_for_one_that_the_sentence_does_not_have():
    for seed in range(20):
        changed = swap_name(SENTENCE, ["Ivan Babić", "Ana Horvat", "Zagrebu"], Random(seed))
        assert changed != SENTENCE and "Ivan Babić" in changed


def test_without_another_name_nothing_is_swapped():
    assert swap_name(SENTENCE, ["Zagrebu", "Horvat"], Random(1)) is None
    assert swap_name("nothing here is a name", ["Ivan Babić"], Random(1)) is None


def test_a_number_changes_its_value():
    for seed in range(20):
        changed = swap_number(SENTENCE, ["1200", "35"], Random(seed))
        assert {n.key for n in find_numbers(changed)} != {"1200"}
    assert swap_number("no number", ["3"], Random(1)) is None


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The road is open.", "The road is not open."),
        ("en", "The road is not open.", "The road is open."),
        ("hr", "Cesta je otvorena.", "Cesta nije otvorena."),
        ("sr-Cyrl", "Пут није отворен.", "Пут је отворен."),
        ("sq", "Rruga është e hapur.", "Rruga nuk është e hapur."),
        ("el", "Ο δρόμος δεν είναι ανοιχτός.", "Ο δρόμος είναι ανοιχτός."),
        ("mk", "Патот е отворен.", "Патот не е отворен."),
        ("tr", "Yolda kar var.", "Yolda kar yok."),
    ],
)
def test_a_sentence_is_turned_around(language, text, expected):
    assert negate(text, language, Random(0)) == expected


def test_what_cannot_be_turned_around():
    assert negate("Rain in Zagreb", "en", Random(0)) is None


def test_two_names_change_places_but_not_in_a_list():
    changed = swap_roles("in the final Ana Horvat beat Petar Kovač", Random(0))
    assert changed == "in the final Petar Kovač beat Ana Horvat"
    assert swap_roles("yesterday came Ana Horvat and Petar Kovač", Random(0)) is None


def test_a_near_miss_says_how_it_was_made():
    ways = {near_miss(SENTENCE, "en", SENTENCE + " Ivan Babić paid 35.", Random(seed))[1] for seed in range(40)}
    assert {"name", "number", "role"} <= ways
    assert near_miss("rain and wind", "en", "rain", Random(0)) is None


def test_every_language_has_all_words():
    known = words("en").keys()
    for language in "en hr bs sr-Latn sr-Cyrl sl mk bg sq ro el tr".split():
        assert words(language).keys() == known
    assert words("cnr") == words("bs") and words("sr") == words("sr-Latn")
