"""The language of a short question: names are no evidence, and the page's language counts where words tell little."""

import pytest

from rag.question.prepare import prepare
from rag.text.language import family

VARIANTS = ("en", "sr-Latn", "hr", "bs", "cnr", "sl", "sq", "ro", "tr")


@pytest.mark.parametrize("page", VARIANTS)
@pytest.mark.parametrize("asked", ["Dodik", "Kocani", "Vjosa Osmani", "Albin Kurti?", "Tirana 2025", "Novak Đoković"])
def test_a_name_is_in_the_language_of_the_page(asked, page):
    assert prepare(asked, page_language=page).language == page


@pytest.mark.parametrize("page", ["mk", "bg", "sr-Cyrl"])
def test_a_name_in_cyrillic_is_in_the_language_of_a_page_in_cyrillic(page):
    assert prepare("Кочани", page_language=page).language == page


def test_serbian_is_answered_in_the_script_that_is_typed():
    assert prepare("Dodik", page_language="sr-Cyrl").language == "sr-Latn"
    assert prepare("Додик", page_language="sr-Latn").language == "sr-Cyrl"


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ("koi specheli bukar", "bg"),
        ("pozhar Kočani", "mk"),
        ("sport", "hr"),
        ("prime minister", "en"),
        ("zjarri", "sq"),
    ],
)
def test_words_that_only_look_like_a_language_are_in_the_language_of_the_page(asked, page):
    assert prepare(asked, page_language=page).language == page


@pytest.mark.parametrize("page", ["en", "sq", "el", "tr"])
@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("Ko je potpisao sporazum u Tirani?", "sr-Latn"),
        ("najnovije vesti", "sh"),
        ("koi specheli bukar", "bg"),
        ("koj ja dobi nagradata", "mk"),
        ("poios kerdise tis ekloges", "el"),
        ("Кой спечели Евровизия през 2026?", "bg"),
        ("Ποιος υπέγραψε;", "el"),
        ("who signed it", "en"),
        ("kush e nënshkroi?", "sq"),
        ("kim imzaladı?", "tr"),
    ],
)
def test_a_question_that_tells_its_language_is_in_it_on_any_page(asked, language, page):
    told = prepare(asked, page_language=page).language
    assert language in (told, family(told))


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("kada je poginuo vozac", "cnr"),
        ("sta je rekao predsjednik o ulasku u EU", "cnr"),
        ("gdje je bio pozar", "cnr"),
        ("ko je sad premijer", "cnr"),
        ("gde je bio pozar prosle nedelje", "sr-Latn"),
        ("tko je u tijeku tjedna bio ravnatelj", "hr"),
        ("who signed it", "en"),
    ],
)
def test_montenegrin_without_marks_stays_so_on_its_page(asked, language):
    assert prepare(asked, page_language="cnr").language == language


def test_a_language_that_is_named_is_taken():
    assert prepare("Dodik", language="ro", page_language="en").language == "ro"


def test_a_question_typed_in_latin_letters_is_searched_in_its_own_script():
    asked = prepare("zashto padna pravitelstvoto na petkov", page_language="bg")
    assert (asked.language, asked.text) == ("bg", "защо падна правителството на петков")
    assert asked.typed == "zashto padna pravitelstvoto na petkov"
    assert asked.wants is prepare("Защо падна правителството на Петков?").wants
