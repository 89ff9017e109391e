"""Which countries' outlets and which outlets a question names that asks how a story is told, and what it leaves."""

import pytest

from rag.question.parse import parse
from rag.question.retold import read_retold


@pytest.mark.parametrize(
    ("language", "question", "countries"),
    [
        ("en", "How do Croatian and Serbian papers report the Kočani fire?", {"HR", "RS"}),
        ("en", "How did the Serbian papers report the Croatian election?", {"RS"}),
        ("en", "Show me the coverage of the Banjska attack in Kosovo's media", {"XK"}),
        ("hr", "Što pišu mediji o Hrvatskoj?", set()),
        ("sr-Latn", "Šta piše štampa u Bosni o padu nadstrešnice?", {"BA"}),
        ("mk", "А грчкиот печат?", {"GR"}),
        ("bg", "Какво пише румънската преса за Шенген?", {"RO"}),
        ("sq", "Si e raportojnë gazetat serbe dhe kroate zjarrin në Koçan?", {"RS", "HR"}),
        ("ro", "Cum relatează ziarele sârbe și croate incendiul?", {"RS", "HR"}),
        ("tr", "Sırp ve Hırvat gazeteleri yangını nasıl aktarıyor?", {"RS", "HR"}),
    ],
)
def test_only_countries_beside_a_word_for_outlets_narrow_it(language, question, countries):
    assert set(read_retold(parse(question, language), ()).countries) == countries


def test_the_subject_is_left():
    asked = parse("How do Croatian and Serbian papers report the Kočani fire?", "en")
    assert read_retold(asked, ()).subject == "How do and report the Kočani fire"


def test_an_outlet_is_named_by_its_name_with_a_capital():
    asked = parse("Kako o tome danas piše Danas?", "sr-Latn")
    told = read_retold(asked, ("Danas", "Politika"))
    assert told.outlets == ("Danas",) and "danas" in told.subject
