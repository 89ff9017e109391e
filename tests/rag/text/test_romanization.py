"""Names in Latin letters."""

import pytest

from rag.text.romanization import romanize


@pytest.mark.parametrize(
    ("written", "language", "latin"),
    [
        ("Георги Господинов", "bg", "Georgi Gospodinov"),
        ("Юлия Щърбанова", "bg", "Yulia Shtarbanova"),
        ("ЩУКА", "bg", "SHTUKA"),
        ("Ђорђе Шешељ", "sr-Cyrl", "Đorđe Šešelj"),
        ("Љупчо Георгиевски", "mk", "Ljupčo Georgievski"),
        ("Κυριάκος Μητσοτάκης", "el", "Kyriakos Mitsotakis"),
        ("Ευάγγελος Αυγερινός", "el", "Evangelos Avgerinos"),
        ("Ελευθέριος ΠΑΠΑΝΔΡΕΟΥ", "el", "Eleftherios PAPANDREOU"),
        ("Ντόρα Μπακογιάννη", "el", "Ntora Bakogianni"),
        ("Κάιρο, Μάιος", "el", "Kairo, Maios"),
        ("Νεϊμάρ 10", "el", "Neimar 10"),
        ("Dua Lipa", "bg", "Dua Lipa"),
    ],
)
def test_names_are_written_as_in_passports(written: str, language: str, latin: str) -> None:
    assert romanize(written, language) == latin
