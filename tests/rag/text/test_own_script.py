"""Bulgarian, Macedonian and Greek that were typed in Latin letters, in the letters of their own."""

import pytest

from rag.text.own_script import WAYS, in_own_script, spell


@pytest.mark.parametrize(
    ("typed", "language", "text"),
    [
        ("zashto padna pravitelstvoto", "bg", "защо падна правителството"),
        ("koga otvarq nova stanciq na metroto", "bg", "кога отваря нова станция на метрото"),
        ("4akat li na granicata?", "bg", "чакат ли на границата?"),
        ("kolku luge zaginaa vo kocani", "mk", "колку луѓе загинаа во кочани"),
        ("zošto protestiraat studentite", "mk", "зошто протестираат студентите"),
        ("posoi skotwthikan sta tempi", "el", "ποσοι σκοτωθηκαν στα τεμπη"),
        ("ti apofasise to dikasthrio", "el", "τι αποφασισε το δικαστηριο"),
    ],
)
def test_what_was_typed_in_latin_letters_is_spelt_as_written(typed, language, text):
    assert in_own_script(typed, language) == text


@pytest.mark.parametrize(
    ("typed", "language"),
    [
        ("защо падна правителството", "bg"),
        ("who signed the agreement", "el"),
        ("Vjosa Osmani", "el"),
        ("sta je rekao predsednik", "sr-Latn"),
        ("2025", "bg"),
        ("", "mk"),
    ],
)
def test_what_is_none_of_it_stays_as_it_was_typed(typed, language):
    assert in_own_script(typed, language) == typed


def test_a_word_with_a_capital_is_put_back_if_it_is_known():
    assert in_own_script("Koga Starlink vleze vo NATO", "mk") == "Кога Starlink влезе во НАТО"


@pytest.mark.parametrize("language", WAYS)
def test_any_word_has_a_spelling(language):
    for word in ("x", "w", "q4", "ßþ", "a" * 60, "tsch"):
        assert spell(word, language)
