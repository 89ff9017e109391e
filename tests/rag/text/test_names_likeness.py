"""Names that no key brings together, names that must not meet, and a hint between near languages."""

from __future__ import annotations

import pytest

from rag.text.gazetteer import entity_of
from rag.text.language import family, identify
from rag.text.name_match import same_name
from rag.text.names import name_key


@pytest.mark.parametrize(
    ("one", "other"),
    [("Туск", "Tusk"), ("Моравецки", "Morawiecki"), ("Обама", "Obamove"), ("Rhodes", "Ρόδος"), ("Krit", "Crete")],
)
def test_one_name_written_otherwise(one: str, other: str) -> None:
    assert same_name(name_key(one), name_key(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Slovenia", "Slavonia"),
        ("Austria", "Australia"),
        ("Armenija", "Armani"),
        ("Krf", "Rodos"),
        ("Ivanov", "Petrov"),
    ],
)
def test_two_names(one: str, other: str) -> None:
    assert not same_name(name_key(one), name_key(other))


@pytest.mark.parametrize("word", ["zabio", "malo", "нис", "perry", "limit", "party"])
def test_an_ordinary_word_is_no_known_entity(word: str) -> None:
    assert entity_of(word) == ""


def test_a_hint_decides_between_near_languages_and_not_against_plain_ones() -> None:
    near = "najtanjsi neboticnik na svetu visina"
    assert family(identify(near, hint="sl").language) == "sl"
    assert family(identify(near, hint="sr-Latn").language) == "sh"
    assert identify("who signed the tirana agreement", hint="sl").language == "en"
