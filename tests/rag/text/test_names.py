"""Name keys across scripts, languages and cases, and names found in text."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.names import find_names, name_key, name_keys, search_keys

PAIRS = Path(__file__).parent / "gold" / "names.jsonl"

# The examples that the languages' issue names: each line is one entity.
ENTITIES = [
    ["Kurti", "Kurtija", "Kurtiju", "Куртију"],
    ["Vučić", "Vucic", "Vuçiq", "Vuçiçin", "Вучић", "Βούτσιτς"],
    ["Erdoğan", "Erdogan", "Erdogana"],
    ["Priština", "Prishtina", "Prishtinë", "Приштина"],
    ["North Macedonia", "Severna Makedonija", "Северна Македонија", "Maqedonia e Veriut", "Βόρεια Μακεδονία"],
]


@pytest.mark.parametrize("names", ENTITIES, ids=lambda names: names[0])
def test_one_entity_has_one_key(names: list[str]) -> None:
    assert len({name_key(name) for name in names}) == 1


def test_the_gold_pairs() -> None:
    pairs = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    assert len(pairs) >= 300
    judged = [(name_key(pair["a"]) == name_key(pair["b"]), pair["same"]) for pair in pairs]
    right = sum(found and same for found, same in judged)
    assert right / sum(found for found, _ in judged) >= 0.98
    assert right / sum(same for _, same in judged) >= 0.95


@pytest.mark.parametrize(
    "name",
    ["Kosova", "Косово и Метохија", "Republika e Kosovës", "Kosmet", "Kosova'da", "Kosovu", "Κοσσυφοπέδιο"],
)
def test_contested_names_are_searched_as_one(name: str) -> None:
    assert name_key(name) == "@xk"


@pytest.mark.parametrize(
    "acronym", ["EU", "ЕУ", "EU-a", "ЕУ-у", "AB'nin", "UE", "ΕΕ", "Evropske unije", "Bashkimit Evropian"]
)
def test_acronyms_and_their_long_forms(acronym: str) -> None:
    assert name_key(acronym) == "@eu"


def test_names_are_found_with_their_places() -> None:
    text = "Na Kosovu je Albin Kurti primio Ursulu fon der Lajen. The United Nations in Skopje su ćutale."
    names = [(text[name.start : name.end], name.key) for name in find_names(text)]
    assert names == [
        ("Kosovu", "@xk"),
        ("Albin Kurti", "albin kurt"),
        ("Ursulu", "ursul"),
        ("Lajen", "@leyen"),
        ("United Nations", "@un"),
        ("Skopje", "@skopje"),
    ]


def test_a_sentence_opening_word_is_marked() -> None:
    (name,) = find_names("Policija ćuti.")
    assert name.first
    assert not find_names("Zašto ćuti?")


def test_a_question_without_capitals_gives_keys() -> None:
    keys = search_keys("sta je kurti rekao o vucicu u severnoj makedoniji")
    assert {"kurt", "vucic", "@mk"} <= set(keys)
    text = "Премијер Албин Курти одговорио је Александру Вучићу у Северној Македонији."
    assert {"kurt", "vucic", "@mk"} <= set(name_keys(text))


@pytest.mark.parametrize("name", ["", " ", "12", "?!", "\ud800", "\u0301", "\u200b", "😀", "-", "'", "’’’"])
def test_what_is_no_name_has_no_key(name: str) -> None:
    assert name_key(name) == ""


@given(st.text(max_size=60))
def test_any_text_is_taken(text: str) -> None:
    name_key(text), name_keys(text), search_keys(text)
    names = find_names(text)
    assert all(0 <= name.start < name.end <= len(text) and name.key for name in names)
    assert all(before.end <= after.start for before, after in zip(names, names[1:], strict=False))


@given(st.text(alphabet="abcčdđeëghijklmnopqrsštuvzžабвгдеж", min_size=3, max_size=12), st.sampled_from("aeiou"))
def test_a_key_does_not_depend_on_capitals(name: str, ending: str) -> None:
    assert name_key(name.capitalize()) == name_key(name)


@pytest.mark.parametrize("piece", ["A", "Ab", "A. ", "A-", "A'", "Ж", "E e ", "U."])
def test_ten_thousand_pieces_are_quick(piece: str) -> None:
    begin = time.perf_counter()
    find_names(piece * 10_000), name_keys(piece * 10_000)
    assert time.perf_counter() - begin < 5


@pytest.mark.parametrize(
    "question",
    [
        "Ko je potpisao Tiranski sporazum?",
        "tko je potpisao tiranski sporazum",
        "Ko je potpisao Beogradski i tiranski sporazum?",
    ],
)
def test_an_adjective_asks_for_its_place(question):
    assert "@tirana" in search_keys(question)


def test_a_noun_asks_for_no_place():
    assert not [key for key in search_keys("koliko je ljudi poginulo u požaru") if key.startswith("@")]


@pytest.mark.parametrize(
    ("before", "opens"),
    [
        *[("", True), ("Da. ", True), ("Da.  “", True), ("Da:\n", True), ("(", True)],
        *[("da ", False), ("da, ", False), ("(da) ", False), ("5 ", False), ("da „", False), ("da – ", False)],
    ],
)
def test_what_stands_before_a_name_tells_whether_it_opens_a_sentence(before: str, opens: bool) -> None:
    assert find_names(f"{before}Zoran je tu.")[-1].first is opens
