"""Numbers written out, as each language writes them."""

from __future__ import annotations

import pytest

from rag.text.number_words import find_written_numbers, minus_before


@pytest.mark.parametrize(
    ("text", "language", "values"),
    [
        ("Sixty-two of two hundred and six", "en", [62, 206]),
        ("five and six", "en", [5, 6]),
        ("dvadeset šest i trista", "sr-Latn", [26, 300]),
        ("двадесет и шест", "sr-Cyrl", [26]),
        ("ono što je sto", "hr", [100]),
        ("petindvajset in dvesto šestdeset", "sl", [25, 260]),
        ("дваесет и шест од сто", "mk", [26, 100]),
        ("двайсет и шест или двадесет и шест", "bg", [26, 26]),
        ("njëzet e gjashtë nga treqind", "sq", [26, 300]),
        ("douăzeci și șase din două sute", "ro", [26, 200]),
        ("είκοσι έξι από τριακόσια", "el", [26, 300]),
        ("yirmi altı, on beş ve üç yüz kişi; ön sırada", "tr", [26, 15, 300]),
        ("twenty-six", "sq", []),
        ("vingt-six", "fr", []),
    ],
)
def test_words_of_one_number_are_read_together(text, language, values):
    assert [int(n.value) for n in find_written_numbers(text, language)] == values


@pytest.mark.parametrize(("text", "language"), [("minus pet", "hr"), ("eksi beş", "tr"), ("μείον πέντε", "el")])
def test_a_sign_in_words(text, language):
    (number,) = find_written_numbers(text, language)
    assert minus_before(text, number.start, language) and not minus_before(text, 0, language)
