"""What a reader is told of the words that answer, in all of our languages."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.said import Said, say, say_yes_or_no
from rag.question.parse import parse
from rag.text.languages import LANGUAGES
from rag.text.messages import message
from rag.types import ShortAnswer, ShortKind

DAY = date(2020, 8, 24)
WHEN = {
    "en": "When was it?", "sr-Latn": "Kada je to bilo?", "sr-Cyrl": "Када је то било?", "hr": "Kada je to bilo?",
    "bs": "Kada je to bilo?", "cnr": "Kada je to bilo?", "sl": "Kdaj je bilo to?", "mk": "Кога беше тоа?",
    "bg": "Кога беше това?", "sq": "Kur ndodhi?", "ro": "Când a fost?", "el": "Πότε έγινε;", "tr": "Ne zaman oldu?",
}  # fmt: skip
HOW_MANY = {
    "en": "How many were there?", "sr-Latn": "Koliko ih je bilo?", "sr-Cyrl": "Колико их је било?",
    "hr": "Koliko ih je bilo?", "bs": "Koliko ih je bilo?", "cnr": "Koliko ih je bilo?", "sl": "Koliko jih je bilo?",
    "mk": "Колку беа?", "bg": "Колко бяха?", "sq": "Sa ishin?", "ro": "Câți au fost?", "el": "Πόσοι ήταν;",
    "tr": "Kaç kişi vardı?",
}  # fmt: skip
WHO = {
    "en": "Who won?", "sr-Latn": "Ko je pobedio?", "sr-Cyrl": "Ко је победио?", "hr": "Tko je pobijedio?",
    "bs": "Ko je pobijedio?", "cnr": "Ko je pobijedio?", "sl": "Kdo je zmagal?", "mk": "Кој победи?",
    "bg": "Кой спечели?", "sq": "Kush fitoi?", "ro": "Cine a câștigat?", "el": "Ποιος κέρδισε;", "tr": "Kim kazandı?",
}  # fmt: skip
WHERE = {
    "en": "Where was it?", "sr-Latn": "Gde je to bilo?", "sr-Cyrl": "Где је то било?", "hr": "Gdje je to bilo?",
    "bs": "Gdje je to bilo?", "cnr": "Gdje je to bilo?", "sl": "Kje je bilo to?", "mk": "Каде беше тоа?",
    "bg": "Къде беше това?", "sq": "Ku ndodhi?", "ro": "Unde a fost?", "el": "Πού έγινε;", "tr": "Nerede oldu?",
}  # fmt: skip


def told(words: str, language: str, question: str, reader: str, *, published: date | None = DAY) -> Said:
    asked = parse(question, reader)
    return say(words, 0, len(words), language=language, published=published, question=asked)


@pytest.mark.parametrize(
    ("reader", "said"),
    [
        ("en", "23 August 2020"), ("sr-Latn", "23. avgust 2020."), ("sr-Cyrl", "23. август 2020."),
        ("hr", "23. kolovoza 2020."), ("bs", "23. august 2020."), ("cnr", "23. avgust 2020."),
        ("sl", "23. avgust 2020"), ("mk", "23 август 2020"), ("bg", "23 август 2020"), ("ro", "23 august 2020"),
        ("el", "23 Αυγούστου 2020"), ("tr", "23 Ağustos 2020"),
    ],
)  # fmt: skip
def test_a_day_is_said_in_every_language(reader: str, said: str) -> None:
    assert told("23 gusht 2020", "sq", WHEN[reader], reader) == Said(said, ShortKind.DATE, "2020-08-23")


def test_a_reader_of_the_language_keeps_the_words_of_the_source() -> None:
    assert told("23 gusht 2020", "sq", WHEN["sq"], "sq") == Said("23 gusht 2020", ShortKind.DATE, "2020-08-23")
    assert told("23. kolovoza 2020.", "hr", WHEN["bs"], "bs").said == "23. kolovoza 2020."
    assert told("652.678 vozila", "sr-Latn", HOW_MANY["hr"], "hr").said == "652.678 vozila"
    assert told("652.678 vozila", "sr-Latn", HOW_MANY["sr-Cyrl"], "sr-Cyrl").said == "652.678 возила"


@pytest.mark.parametrize(
    ("words", "language", "said", "value"),
    [
        ("juče", "sr-Latn", "23 August 2020", "2020-08-23"),
        ("prije tri dana", "bs", "21 August 2020", "2020-08-21"),
        ("u petak, 21. avgusta 2020. godine", "sr-Latn", "21 August 2020", "2020-08-21"),
        ("στις 23.08.2020", "el", "23 August 2020", "2020-08-23"),
        ("23. avgusta", "sr-Latn", "23 August", "--08-23"),
        ("u petak", "sr-Latn", "Friday", ""),
        ("avgustu 2019.", "sr-Latn", "August 2019", "2019-08"),
        ("prošle godine", "sr-Latn", "2019", "2019"),
        ("2014-2018", "bs", "2014–2018", "2014/2018"),
        ("1864. godine", "bs", "1864", "1864"),
        ("u 13:05 časova", "sr-Latn", "13:05", "13:05"),
        ("23. avgusta 2020. u 20.30", "sr-Latn", "23 August 2020, 20:30", "2020-08-23T20:30"),
        ("5-8. maja 2020", "bs", "5–8 May 2020", "2020-05-05/2020-05-08"),
    ],
)
def test_days_and_hours(words: str, language: str, said: str, value: str) -> None:
    assert told(words, language, WHEN["en"], "en") == Said(said, ShortKind.DATE, value)


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("od 2015", "sr-Latn"),  # since
        ("sredinom 2015", "sr-Latn"),
        ("krajem avgusta 2020.", "sr-Latn"),
        ("prije tri godine", "bs"),
        ("prošle nedelje", "sr-Latn"),  # last week, or last Sunday
        ("poslednjih pet dana", "sr-Latn"),
        ("od 5. do 8. maja 2020", "bs"),
        ("31.2.2020", "hr"),
    ],
)
def test_what_is_no_plain_day_stands_as_its_source_writes_it(words: str, language: str) -> None:
    assert told(words, language, WHEN["en"], "en") == Said(words, ShortKind.DATE)


def test_american_days_are_not_guessed() -> None:
    assert told("3/4/2024", "en", WHEN["hr"], "hr").said == "3/4/2024"
    assert told("3/25/2024", "en", WHEN["hr"], "hr").said == "3/25/2024"
    assert told("25/3/2024", "en", WHEN["hr"], "hr").value == "2024-03-25"


def test_yesterday_of_an_undated_article_is_no_day() -> None:
    assert told("juče", "sr-Latn", WHEN["en"], "en", published=None) == Said("juče", ShortKind.DATE)
    assert told("juče", "sr-Latn", WHEN["sr-Latn"], "sr-Latn").said == "23. avgust 2020."


@pytest.mark.parametrize(
    ("reader", "said"),
    [
        ("en", "up to 20,000 euros"), ("sr-Latn", "do 20.000 evra"), ("sr-Cyrl", "до 20.000 евра"),
        ("hr", "do 20.000 eura"), ("bs", "do 20.000 eura"), ("cnr", "do 20.000 evra"), ("sl", "do 20.000 evrov"),
        ("mk", "до 20.000 евра"), ("bg", "до 20\u00a0000 евро"), ("sq", "deri në 20\u00a0000 euro"),
        ("el", "έως 20.000 ευρώ"), ("tr", "en fazla 20.000 Euro"),
    ],
)  # fmt: skip
def test_money_is_said_in_every_language(reader: str, said: str) -> None:
    assert told("până la 20.000 de euro", "ro", HOW_MANY[reader], reader) == Said(said, ShortKind.MONEY, "20000", "EUR")


@pytest.mark.parametrize("reader", LANGUAGES)
def test_numbers_and_units_have_a_value_for_machines(reader: str) -> None:
    assert told("12 years", "en", HOW_MANY[reader], reader).unit == "year"
    said = told("34,6 %", "sl", HOW_MANY[reader], reader)
    assert (said.kind, said.value, said.unit) == (ShortKind.NUMBER, "34.6", "percent")
    assert told("3:1", "en", HOW_MANY[reader], reader) == Said("3:1", ShortKind.NUMBER)


@pytest.mark.parametrize("reader", LANGUAGES)
@pytest.mark.parametrize(
    ("words", "language", "latin"),
    [
        ("Георги Господинов", "bg", "Georgi Gospodinov"),
        ("Љиљана Шешељ", "sr-Cyrl", "Ljiljana Šešelj"),
        ("Зоран Заев", "mk", "Zoran Zaev"),
        ("Κυριάκος Λαμπρινός", "el", "Kyriakos Lamprinos"),
        ("Pirro Vengu", "sq", "Pirro Vengu"),
    ],
)
def test_a_name_comes_in_letters_that_the_reader_reads(words: str, language: str, latin: str, reader: str) -> None:
    reads = {"el": ("el",), "sr-Cyrl": ("sr-Cyrl", "mk", "bg"), "mk": ("sr-Cyrl", "mk", "bg")}
    reads["bg"] = reads["mk"]
    expected = words if language in reads.get(reader, ()) else latin
    assert told(words, language, WHO[reader], reader) == Said(expected, ShortKind.PERSON)


@pytest.mark.parametrize(
    ("words", "language", "reader", "said"),
    [
        ("Kim Džong Jang", "sr-Latn", "sr-Cyrl", "Ким Џонг Јанг"),
        ("Emmanuel Macron", "en", "sr-Cyrl", "Emmanuel Macron"),
        ("Emmanuel Macron", "hr", "sr-Cyrl", "Emmanuel Macron"),
        ("Доналд Трамп", "sr-Cyrl", "en", "Donald Trump"),
        ("Доналд Трамп", "sr-Cyrl", "sr-Latn", "Donald Tramp"),
        ("Tramp", "sr-Latn", "en", "Trump"),
        ("Ђорђе Шешељ", "sr-Cyrl", "el", "Đorđe Šešelj"),
        ("Киселински дъжд над града", "bg", "en", "Киселински дъжд над града"),  # no name: not to be spelt out
    ],
)
def test_names(words: str, language: str, reader: str, said: str) -> None:
    assert told(words, language, WHO[reader], reader).said == said


@pytest.mark.parametrize(
    ("reader", "said"),
    [
        ("en", "Thessaloniki, Greece"), ("sr-Latn", "Solunu, Grčkoj"), ("sr-Cyrl", "Солуну, Грчкој"),
        ("hr", "Solunu, Grčkoj"), ("sl", "Solun, Grčija"), ("mk", "Солун, Грција"), ("bg", "Солун, Гърция"),
        ("sq", "Selanik, Greqi"), ("ro", "Salonic, Grecia"), ("el", "Θεσσαλονίκη, Ελλάδα"),
        ("tr", "Selanik, Yunanistan"),
    ],
)  # fmt: skip
def test_places_are_said_in_every_language(reader: str, said: str) -> None:
    assert told("Solunu, Grčkoj", "sr-Latn", WHERE[reader], reader) == Said(said, ShortKind.PLACE)


def test_a_contested_name_stays_the_source_s_own() -> None:
    assert told("Kosovu i Metohiji", "sr-Latn", WHERE["en"], "en").said == "Kosovu i Metohiji"
    assert told("Kosovu", "sr-Latn", WHERE["en"], "en").said == "Kosovo"
    assert told("FYROM", "en", WHERE["bg"], "bg").said == "FYROM"
    assert told("Bugari", "sr-Latn", WHERE["en"], "en").said == "Bugari"


def test_cut_words_are_taken_whole() -> None:
    sentence = "Pobijedio je Mirko Šarović."
    asked = parse(WHO["en"], "en")
    said = say(sentence, 14, 21, language="bs", published=DAY, question=asked)
    assert said.said == "Mirko Šarović"


@given(
    st.text(min_size=1, max_size=60).filter(str.strip),
    st.sampled_from([*LANGUAGES, "sr", "und", "de"]),
    st.sampled_from([*LANGUAGES]),
    st.data(),
)
def test_no_line_is_empty(text: str, language: str, reader: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    for asked in (WHEN, HOW_MANY, WHO, WHERE):
        said = say(text, start, end, language=language, published=DAY, question=parse(asked[reader], reader)).said
        assert said.strip() or not text[start:end].strip()


def test_old_data_says_the_words_themselves() -> None:
    assert ShortAnswer("17 bina", (1,)).said == "17 bina"


YES_NO = [
    ("en", "Did Dodik declare victory?", "Dodik declared victory on Sunday.", True),
    ("en", "Did Dodik declare victory?", "Dodik did not declare victory.", False),
    ("en", "Did Dodik declare victory?", "Dodik may declare victory.", None),
    ("en", "Did Dodik declare victory?", "Dodik will declare victory on Monday.", None),
    ("en", "Did Dodik declare victory?", "Ana said that Dodik declared victory.", None),
    ("en", "Did Dodik declare victory?", "Dodik declared the meeting closed.", None),
    ("en", "Did Dodik win the election?", "Dodik lost the election.", None),
    ("bs", "Je li Dodik proglasio pobjedu?", "Dodik nije proglasio pobjedu.", False),
    ("bs", "Je li Dodik proglasio pobjedu?", "Dodik je proglasio pobjedu.", True),
    ("sr-Cyrl", "Да ли је Додик прогласио победу?", "Dodik nije proglasio pobedu.", False),
    ("hr", "Je li Dodik proglasio pobjedu?", "Dodik će proglasiti pobjedu.", None),
    ("sl", "Ali je Dodik razglasil zmago?", "Dodik ni razglasil zmage.", False),
    ("mk", "Дали Додик прогласи победа?", "Додик прогласи победа во неделата.", True),
    ("bg", "Обяви ли Додик победа?", "Додик не обяви победа.", False),
    ("sq", "A ka shpallur Dodiku fitoren?", "Dodiku nuk ka shpallur fitoren.", False),
    ("ro", "Oare a anunțat Dodik victoria?", "Dodik nu a anunțat victoria.", False),
    ("el", "Κέρδισε ο Ντόντικ τις εκλογές;", "Ο Ντόντικ δεν κέρδισε τις εκλογές.", None),
    ("tr", "Dodik zafer ilan etti mi?", "Dodik zafer ilan etti.", True),
    ("tr", "Dodik zafer ilan etti mi?", "Dodik zafer ilan etmedi.", False),
    ("cnr", "Da li je Dodik proglasio pobjedu?", "Dodik proglašava pobjedu ako dobije.", None),
]


@pytest.mark.parametrize(("language", "question", "sentence", "settled"), YES_NO)
def test_yes_and_no_only_where_the_sentence_settles_it(
    language: str, question: str, sentence: str, settled: bool | None
) -> None:
    words = message("yes", language), message("no", language)
    found = say_yes_or_no(sentence, language=language, question=parse(question, language), words=words)
    if settled is None:
        assert found is None
    else:
        assert found == Said(words[not settled], ShortKind.YES_NO, "yes" if settled else "no")


def test_another_language_s_sentence_settles_nothing() -> None:
    asked = parse("Did Dodik declare victory?", "en")
    assert say_yes_or_no("Dodik je proglasio pobjedu.", language="bs", question=asked, words=("Yes", "No")) is None
