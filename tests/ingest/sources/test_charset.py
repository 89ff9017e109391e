"""Bytes are read in the character set that they are in, whatever is declared."""

import pytest

from ingest.sources.charset import decode, guess
from rag.errors import BadInput

TEXTS = {
    "sr": "Četvrtak je dan kad se šume čiste, a deca uče da đaci mogu više ako ih neko sluša i pomaže im.",
    "ro": "Locuitorii au strâns bani și au plătit meşterii, iar pâinea ajunge la bătrâni în fiecare dimineaţă.",
    "tr": "Öğrenciler gökyüzünü görmek için dağa çıktı, ışıklar söndü ve şehirden gelenler çok şaşırdı.",
    "sq": "Nxënësit udhëtonin çdo ditë me furgon, ndërsa mësueset çonin librat në shkollën e re të fshatit.",
    "mk": "Учениците собраа пари и ја обновија воденицата, а општината вети дека ќе го поправи патот.",
    "bg": "Стопанинът се радва, че млякото вече няма да се разваля, а кметството чака наследниците.",
    "el": "Η γιατρός δέχθηκε να μείνει στο χωριό και οι κάτοικοι πλήρωσαν τον εξοπλισμό. Άνοιξε την Τρίτη.",
}
SETS = [
    ("sr", "cp1250"), ("sr", "iso8859_2"), ("sr", "iso8859_16"), ("ro", "iso8859_16"), ("tr", "cp1254"),
    ("tr", "iso8859_9"), ("sq", "cp1252"), ("mk", "cp1251"), ("mk", "iso8859_5"), ("bg", "cp1251"), ("bg", "iso8859_5"),
    ("el", "cp1253"), ("el", "iso8859_7"),
]  # fmt: skip


def _like(text: str) -> str:
    """The two ways of writing Romanian ș and ț are one: some sets have only one of them."""
    return text.translate(str.maketrans("şţŞŢ", "șțȘȚ"))


@pytest.mark.parametrize(("language", "charset"), SETS)
def test_undeclared(language: str, charset: str) -> None:
    data = TEXTS[language].encode(charset, "ignore")
    assert _like(guess(data).text) == _like(data.decode(charset))


@pytest.mark.parametrize("lie", ["iso-8859-1", "windows-1252", "utf-8", "windows-1250", "windows-1251", "klingon"])
@pytest.mark.parametrize(("language", "charset"), SETS)
def test_wrongly_declared(language: str, charset: str, lie: str) -> None:
    data = f'<meta charset="{lie}">{TEXTS[language] * 4}'.encode(charset, "ignore")
    found = decode(data)
    assert _like(found.text) == _like(data.decode(charset))


@pytest.mark.parametrize(("language", "charset"), SETS)
def test_rightly_declared(language: str, charset: str) -> None:
    data = f'<meta charset="{charset.replace("_", "-")}">{TEXTS[language]}'.encode(charset, "ignore")
    assert decode(data).text == data.decode(charset)
    assert decode(data[data.find(b">") + 1 :], declared=charset).text == data.decode(charset).partition(">")[2]


def test_utf8_goes_before_what_is_declared() -> None:
    data = f'<meta charset="windows-1251">{TEXTS["bg"]}'.encode()
    assert (decode(data).text, decode(data).notice) == (data.decode(), "")


def test_utf8_with_lost_bytes_stays_utf8() -> None:
    data = (TEXTS["el"] * 3).encode()
    found = decode(data[:301] + data[302:])
    assert found.charset == "utf-8" and found.broken == 1 and "broken" in found.notice
    assert decode(data[:-1]).text.startswith(TEXTS["el"])


def test_a_foreign_page_keeps_its_declared_set() -> None:
    for text in ("Perché è già lì, più tardi si vedrà che cosa può fare la città.", "Für die Größe der Städte müßte"):
        data = f'<meta charset="iso-8859-1">{text * 5}'.encode("latin-1")
        assert decode(data).text == data.decode("latin-1")


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(BadInput, match="character set is not known"):
        guess(bytes(range(128, 256)) * 20)


def test_a_lie_is_said() -> None:
    data = f'<meta charset="iso-8859-1">{TEXTS["sr"] * 3}'.encode("cp1250")
    assert decode(data).notice == "declared iso-8859-1, read as cp1250"
