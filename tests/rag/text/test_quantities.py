"""Quantities: parsed whole or not at all, and said without a change of value."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.cldr import decimal_mark, number_name
from rag.text.languages import LANGUAGES
from rag.text.numbers import find_figures
from rag.text.quantities import Quantity, parse_quantity, say_quantity
from rag.text.tables import table


def said(words: str, language: str, reader: str) -> str | None:
    found = parse_quantity(words, 0, len(words), language)
    return say_quantity(found, reader) if found else None


@pytest.mark.parametrize(
    ("words", "language", "reader", "expected"),
    [
        ("652.678 vozila", "sr-Latn", "en", "652,678"),
        ("до 20.000 евра", "sr-Cyrl", "en", "up to 20,000 euros"),
        ("17 bina", "tr", "sr-Latn", "17"),
        ("0.7 promile", "sr-Latn", "en", "0.7 per mille"),
        ("two million euros", "en", "el", "2 εκατομμύρια ευρώ"),
        ("2,3 milijarde eura", "hr", "en", "2.3 billion euros"),
        ("20 de milioane de euro", "ro", "en", "20 million euros"),
        ("περίπου 20 δισ. ευρώ", "el", "hr", "oko 20 milijardi eura"),
        ("më shumë se 300 mijë euro", "sq", "en", "more than 300,000 euros"),
        ("€20,000", "en", "tr", "20.000 Euro"),
        ("yüzde 34", "tr", "en", "34%"),
        ("34,6%", "ro", "tr", "%34,6"),
        ("12 godina", "bs", "en", "12 years"),
        ("12 years", "en", "tr", "12 yıl"),
        ("12 years", "en", "sq", "12 vjet"),
        ("5-7 km", "bs", "en", "5–7 kilometres"),
        ("5 do 7 miliona evra", "sr-Latn", "en", "5–7 million euros"),
        ("1.5 miliardë dollarë", "sq", "en", "1.5 billion US dollars"),
        ("25 KM", "bs", "en", "25 Bosnia-Herzegovina convertible marks"),
        ("25 km", "bs", "en", "25 kilometres"),
        ("-5 °C", "mk", "en", "-5 degrees Celsius"),
        ("5,50 evra", "sr-Latn", "en", "5.50 euros"),
    ],
)
def test_a_quantity_is_said_as_the_reader_writes_it(words: str, language: str, reader: str, expected: str) -> None:
    assert said(words, language, reader) == expected


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("3:1", "en"),
        ("3-1", "en"),  # a result, for a range goes up
        ("5. mesto", "sr-Latn"),
        ("76. minuti", "hr"),
        ("5th", "en"),
        ("5-ti", "hr"),
        ("24/7", "en"),
        ("2 i po miliona", "sr-Latn"),
        ("pet stotina ljudi", "sr-Latn"),
        ("dvadeset pet ljudi", "sr-Latn"),
        ("twenty-five", "en"),
        ("2 trillion dollars", "en"),
        ("5 evra po litru", "sr-Latn"),
        ("20 evra mesečno", "sr-Latn"),
        ("5 puta", "hr"),
        ("3 sata i 20 minuta", "hr"),
        ("4 of 10", "en"),
        ("6000 and 5800", "en"),
        ("1.234", "en"),  # thousands or decimals
        ("1,234", "sr-Latn"),
        ("S-400", "en"),
        ("COVID-19", "en"),
        ("nothing", "en"),
    ],
)
def test_what_is_not_understood_whole_is_no_quantity(words: str, language: str) -> None:
    assert parse_quantity(words, 0, len(words), language) is None


def test_whose_dinars_is_not_said() -> None:
    assert said("5 dinars", "en", "el") == "5"


def test_a_cut_number_is_taken_whole_with_its_unit_and_what_stands_before_it() -> None:
    sentence = "Šteta je više od 2,3 miliona evra."
    for cut in ("2,3", "3 mil", "2,3 miliona", "2,3 miliona evra"):
        start = sentence.index(cut)
        found = parse_quantity(sentence, start, start + len(cut), "sr-Latn")
        assert found and say_quantity(found, "en") == "more than 2.3 million euros", cut
    assert parse_quantity("od 5 do 10 evra", 8, 10, "sr-Latn") is None  # one end of a range


def test_an_ordinal_is_not_taken_for_a_count() -> None:
    sentence = "Zauzela je 5. mesto."
    assert parse_quantity(sentence, 11, 12, "sr-Latn") is None
    assert parse_quantity("Bilo ih je 5.", 11, 12, "sr-Latn")


_GROUPS = {"en": ",", "bg": "\u00a0", "sq": "\u00a0"}
values = st.decimals(min_value=0, max_value=10**11, places=2, allow_nan=False, allow_infinity=False)


def written(value: Decimal, language: str, group: str) -> str:
    whole, _, rest = f"{value:,}".partition(".")
    return whole.replace(",", group) + (decimal_mark(language) + rest if rest else "")


def read(text: str, language: str) -> Decimal:
    """The number of a text as a reader of that language reads it."""
    digits = re.search(r"-?[\d.,\u00a0\u202f]*\d", text).group()  # type: ignore[union-attr]
    mark = decimal_mark(language)
    return Decimal("".join("." if c == mark else c for c in digits if c.isdigit() or c in f"-{mark}"))


@pytest.mark.parametrize("reader", LANGUAGES)
@given(value=values, language=st.sampled_from([*LANGUAGES]))
def test_no_separator_changes_a_value(reader: str, value: Decimal, language: str) -> None:
    words = written(value, language, _GROUPS.get(language, "."))
    found = parse_quantity(words, 0, len(words), language)
    assert found and Decimal(found.value or "0") == value
    assert read(say_quantity(found, reader), reader) == value


@pytest.mark.parametrize("reader", LANGUAGES)
@given(number=st.decimals(min_value=1, max_value=999, places=1), scale=st.sampled_from((10**3, 10**6, 10**9)))
def test_no_scale_changes_a_value(reader: str, number: Decimal, scale: int) -> None:
    told = number_name(number, reader, scale=scale)
    assert read(told, reader) == (number if scale > 10**3 else number * scale)
    if scale > 10**3:
        (back,) = find_figures(told.replace("\u00a0", " ").replace("de ", ""))
        assert back.value == number * scale, told


UNITS = [*table("quantities")["units"], *table("quantities")["currencies"]]


@pytest.mark.parametrize("reader", LANGUAGES)
@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_has_a_name_in_every_language(unit: str, reader: str) -> None:
    kind = "money" if unit in table("quantities")["currencies"] else "unit"
    for number in (Decimal(1), Decimal(2), Decimal("0.7"), Decimal(21), Decimal(1234)):
        told = say_quantity(Quantity(number, kind=kind, unit=unit), reader)
        assert read(told, reader) == number
        assert unit not in told and "{" not in told and len(told) > len(number_name(number, reader))


def test_a_row_of_digits_is_no_quantity():
    assert parse_quantity("12345678901234567890", 0, 20, "en") is None
    assert parse_quantity("123456789012345", 0, 15, "en") is not None


@given(st.text(max_size=40), st.sampled_from([*LANGUAGES]))
def test_any_text_is_taken(text: str, language: str) -> None:
    found = parse_quantity(text, 0, len(text), language)
    assert found is None or say_quantity(found, "en")
