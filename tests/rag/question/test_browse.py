"""Who browses is told from who asks, in every language, and what for."""

from datetime import date

import pytest

from rag.question.browse import read_topic, section_of
from rag.question.parse import parse
from rag.question.prepare import prepare
from rag.question.question import Topic
from rag.types import Window


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        ("en", "what's new in Serbia", ["@rs"]),
        ("en", "latest about Kosovo", ["@xk"]),
        ("sr-Latn", "šta ima novo u Srbiji", ["@rs"]),
        ("sr-Cyrl", "најновије вести о Косову", ["@xk"]),
        ("hr", "vijesti iz Bosne i Hercegovine", ["@ba"]),
        ("bs", "ima li novosti iz Hrvatske?", ["@hr"]),
        ("cnr", "najnovije vijesti iz Crne Gore", ["@me"]),
        ("sl", "kaj je novega v Albaniji", ["@al"]),
        ("mk", "што има ново во Бугарија?", ["@bg"]),
        ("bg", "какво ново в България", ["@bg"]),
        ("sq", "lajmet e fundit nga Shqipëria", ["@al"]),
        ("ro", "ce mai e nou în Grecia", ["@gr"]),
        ("el", "τι νέα από την Τουρκία;", ["@tr"]),
        ("tr", "Kosova haberleri", ["@xk"]),
        ("en", "what happened in Kočani", ["@kocani"]),
        ("sl", "povzemi, kaj se je zgodilo v Kočanih", ["@kocani"]),
        ("tr", "Koçani'de ne oldu?", ["@kocani"]),
        ("en", "Vjosa Osmani", ["vos osman"]),
    ],
)
def test_names_are_browsed_for(language, text, names):
    found = read_topic(parse(text, language))
    assert found is not None and not found.matter
    assert [" ".join(name.keys) for name in found.names] == names


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ro", "news"),
        ("en", "news"), ("en", "what's happening?"), ("sr-Latn", "najnovije vesti"), ("sr-Cyrl", "шта је ново?"),
        ("hr", "vijesti"), ("sl", "novice"), ("mk", "вести"), ("bg", "последни новини"), ("sq", "lajme"),
        ("ro", "știri"), ("el", "ειδήσεις"), ("tr", "son dakika"),
    ],
)  # fmt: skip
def test_the_newest_are_browsed_for_where_nothing_is_named(language, text):
    found = read_topic(parse(text, language))
    assert found is not None and (found.names, found.days, found.matter, found.section) == ((), None, False, "")


@pytest.mark.parametrize(
    ("page", "text", "language"),
    [
        (None, "Son haberler", "tr"), ("en", "SON HABERLER", "tr"), ("tr", "son haberlr", "tr"),
        (None, "latest news", "en"), ("en", "lates news", "en"), ("en", "zadnje novice", "sl"),
        ("hr", "najnovje vijesti", "hr"), ("sr-Cyrl", "има ли шта ново?", "sr-Cyrl"), ("mk", "најнови вестии", "mk"),
        ("en", "последни новни", "bg"), ("en", "τελευτέα νέα", "el"), ("ro", "ultimle stiri", "ro"),
        ("sq", "lajmet e fundti", "sq"), ("bs", "najnovije vjesti", "bs"), ("sr-Latn", "nove vesti danas", "sr-Latn"),
    ],
)  # fmt: skip
def test_the_newest_are_asked_for_with_slips_in_whatever_language_says_so(page, text, language):
    asked = prepare(text, page_language=page)
    assert asked.language == language and asked.topic == Topic(days=asked.days, alone=True)


@pytest.mark.parametrize("text", ["Only newts", "novi trener", "latest news on floods", "novine", "vesti o vatri"])
def test_a_word_of_another_matter_is_no_slip(text):
    asked = prepare(text, page_language="sr-Latn")
    assert asked.topic is None or asked.topic.matter


@pytest.mark.parametrize(
    ("language", "text"), [("hr", "što se jučer dogodilo u Bosni"), ("en", "what happened yesterday in Bosnia")]
)
def test_a_day_may_stand_within_the_words_that_ask_for_news(language, text):
    found = read_topic(parse(text, language, as_of=date(2022, 10, 4)))
    assert found is not None and not found.matter and found.days is not None
    assert [name.keys for name in found.names] == [("@ba",)] and found.days.start == date(2022, 10, 3)


@pytest.mark.parametrize(
    ("language", "text", "searched"),
    [
        ("en", "tell me about the Ohrid agreement", "the Ohrid agreement"),
        ("en", "summarise the fires of 2018", "the fires of 2018"),
        ("sr-Latn", "pričaj mi o protestima u Beogradu", "protestima u Beogradu"),
        ("hr", "sažetak afere Agrokor", "afere Agrokor"),
        ("sl", "povej mi o poplavah", "poplavah"),
        ("mk", "раскажи ми за пожарот", "пожарот"),
        ("bg", "обобщи изборите", "изборите"),
        ("sq", "më trego për zgjedhjet", "zgjedhjet"),
        ("ro", "spune-mi despre alegeri", "alegeri"),
        ("el", "πες μου για τη φωτιά", "τη φωτιά"),
        ("tr", "seçimler hakkında bilgi ver", "seçimler"),
        ("bs", "izbori u bih 2022", "izbori u bih 2022"),
    ],
)
def test_a_matter_is_searched_for_without_the_words_that_ask_for_news(language, text, searched):
    found = read_topic(parse(text, language))
    assert found is not None and found.matter and found.words == searched


def test_days_and_sections_are_told():
    found = read_topic(parse("ce s-a întâmplat în martie 2025", "ro"))
    assert found is not None and found.days == Window(date(2025, 3, 1), date(2025, 3, 31)) and not found.matter
    today = read_topic(parse("news of today", "en", as_of=date(2025, 3, 18)))
    assert today is not None and today.days == Window(date(2025, 3, 18), date(2025, 3, 18))
    assert [read.section for t in ("sport", "спорт", "Sport") if (read := read_topic(parse(t, "hr")))] == ["sport"] * 3
    assert section_of("Politika") == section_of("politics") == "politics" and section_of("sport u Zagrebu") == ""


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Who signed the Tirana agreement?"),
        ("en", "who is the prime minister of Bulgaria"),
        ("en", "what happened to the crew that was on board when the ship from Malta sank off Crete"),
        ("en", "which news agency reported the fire"),
        ("sr-Latn", "a Bugarska?"),
        ("bg", "koi specheli bukar"),
        ("mk", "дали има вести за пожарот кој го запали дискотеката минатата година"),
        ("el", "τι νέα μέτρα ανακοίνωσε η κυβέρνηση;"),
        ("el", "Υπέγραψε ο Κούρτι τη συμφωνία των Τιράνων"),
        ("tr", "dolar kaç lira"),
        ("hr", "Tko je novi trener?"),
        ("ro", "Câți oameni au murit?"),
        ("en", "?"),
    ],
)
def test_who_asks_does_not_browse(language, text):
    assert read_topic(parse(text, language)) is None
