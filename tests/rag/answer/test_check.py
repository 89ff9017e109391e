"""Figures of a written sentence against the sentences that it cites, across languages, scripts and ways of writing."""

from datetime import UTC, date, datetime

import pytest

from rag.answer.check import dated_beside, fault
from rag.answer.prompt import Claim, NumberedSentence, number
from rag.text.numbers import find_figures
from rag.types import Passage

PUBLISHED, TODAY = datetime(2025, 3, 20, tzinfo=UTC), date(2026, 11, 29)


def told(claim, said, source, language, published=PUBLISHED):
    passage = Passage("p", "a", 1, 0, source, 0, len(source), "T", "O", language=language, published=published)
    return fault(Claim(claim, ("1.1",)), [NumberedSentence("1.1", passage, 0, len(source), source)], said, TODAY)


@pytest.mark.parametrize(
    ("claim", "said", "source", "language"),
    [
        ("They signed it in Tirana on 18 March 2025.", "en", "Nënshkruan në Tiranë më 18 mars.", "sq"),
        ("The vote took place in March 2025.", "en", "Glasanje je održano juče.", "sr-Latn"),
        ("The vote took place on 19 March 2025.", "en", "Glasanje je održano juče.", "sr-Latn"),
        ("Izbori su bili 17. decembra 2023. u Srbiji.", "sr-Latn", "The vote was held on December 17, 2023.", "en"),
        ("Od 2020. do 2024. cijene su rasle 12,5 posto.", "hr", "From 2020 to 2024 prices rose 12.5 per cent.", "en"),
        ("Погођено је 2,3 милиона људи.", "sr-Cyrl", "Au fost afectate 2,3 milioane de persoane.", "ro"),
        ("20 million people live there.", "en", "Acolo trăiesc 20 de milioane de oameni.", "ro"),
        ("It costs 20 million euros.", "en", "Κοστίζει περισσότερα των 20 εκατομμυρίων ευρώ.", "el"),
        ("Vaccinated are 59% of the people.", "en", "Vakcinisano je 59 odsto stanovnika.", "sr-Latn"),
        ("Turnout was 50%: 1,644,044 people voted.", "en", "Glasalo je 1.644.044 birača, što je 50 posto.", "bs"),
        ("Katılım %58,4 oldu, oylar sayıldı.", "tr", "Turnout was 58.4 percent.", "en"),
        ("It injured 12 people and killed 5.", "en", "Beş kişi öldü, on iki kadar kişi yaralandı.", "tr"),
        ("Two people died in the fire.", "en", "Dvoje ljudi je poginulo.", "sr-Latn"),
        ("The system KESTREL5 costs 2,000 euros.", "en", "KESTREL5. Cijena je 2000 eura", "hr"),
        ("Turkey signed the first S-400 contract for 2.5 billion dollars.", "en", "2,5 milyar dolara imzaladı.", "tr"),
        ("The interview lasted 4 days, until 20 March 2025.", "en", "Sot mbaroi, zgjati katër ditë.", "sq"),
        ("The crisis lasts until 30 April 2025.", "en", "Траје до 30. априла.", "sr-Cyrl"),
        ("5 people were held.", "en", "Задържани са петима души.", "bg"),
        ("It did not pass, and Đoković said no.", "en", "Usvojeno je, rekao je Vučić.", "sr-Latn"),
    ],
)
def test_what_stands_there_by_value_passes(claim, said, source, language):
    assert told(claim, said, source, language) == ""


@pytest.mark.parametrize(
    ("claim", "said", "source", "language", "why"),
    [
        ("They signed it in Tirana on 19 March 2025.", "en", "Nënshkruan në Tiranë më 18 mars.", "sq", "date"),
        ("They signed it in Tirana on 18 March 2024.", "en", "Nënshkruan në Tiranë më 18 mars.", "sq", "date"),
        ("They signed it on 18 March 2025.", "en", "Nënshkruan në vitin 2024.", "sq", "date"),
        ("The crisis lasts until 30 August 2025.", "en", "Траје до 30. априла.", "sr-Cyrl", "date"),
        ("Meciul din 16 martie 2025 a fost câștigat.", "ro", "România a câștigat la 18 martie 2025.", "ro", "date"),
        ("400 people signed it.", "en", "U pitanju je S-400.", "hr", "number"),
        ("20 billion people live there.", "en", "Εκεί ζουν 20 εκατομμύρια άνθρωποι.", "el", "number"),
        ("Vaccinated are 59% of the people.", "en", "Vakcinisano je 59 stanovnika.", "sr-Latn", "number"),
        ("Vaccinated are 59 people there.", "en", "Vakcinisano je 59 odsto stanovnika.", "sr-Latn", "number"),
        ("Three people died in the fire.", "en", "Dve osobe su poginule.", "sr-Latn", "number"),
        ("It costs 5 euros to enter it.", "en", "KESTREL5. Cijena je 2000 eura", "hr", "number"),
        ("Write to editor@evil.example for it.", "en", "Pišite uredniku.", "hr", "markup"),
        ("Le gouvernement a annoncé une loi sur la presse.", "en", "The government did.", "en", "language"),
    ],
)
def test_what_does_not_stand_there_is_told(claim, said, source, language, why):
    assert told(claim, said, source, language) == why


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("More is told at evil dot example today.", "It is told."),
        ("More is told at 10.0.0.1/login today.", "It is told."),
        ("A" + "\u0301" * 5 + " said so in the city today.", "It is told."),
        ("It rained in the city. " * 30, "It rained in the city. " * 30),
    ],
)
def test_addresses_in_disguise_and_what_nobody_can_read_are_markup(claim, source):
    assert told(claim, "en", source, "en") == "markup"


def test_a_near_language_is_not_dropped_and_another_is():
    slovene = "Pelješki most je do septembra prečkalo več kot tisoč vozil, je sporočila družba."
    assert told(slovene, "sr-Latn", "Do septembra je most prečkalo več vozil.", "sl") == ""
    assert told(slovene, "ro", "Do septembra je most prečkalo več vozil.", "sl") == "language"


@pytest.mark.parametrize(
    ("claim", "said", "source", "language", "why"),
    [
        ("It was signed on 20 March 2025 in Tirana.", "en", "It was signed in Tirana.", "en", "date"),
        ("As reported on 20 March 2025, it was signed.", "en", "It was signed in Tirana.", "en", ""),
        ("Pogodba je bila podpisana novembra.", "sl", "Ugovor je potpisan u decembru.", "sr-Latn", "date"),
        ("Sözleşme Aralık ayında imzalandı.", "tr", "Ugovor je potpisan u decembru.", "sr-Latn", ""),
        ("Govorio je 45 sekundi.", "sr-Latn", "Govorio je 45 minuta.", "sr-Latn", "number"),
        ("Izgubili su 1:3.", "sr-Latn", "Dobili su 3:1.", "sr-Latn", "number"),
        ("It began at 5 p.m. on that day.", "en", "Počelo je u 17 časova.", "sr-Latn", ""),
        ("It began at 5 a.m. on that day.", "en", "Počelo je u 17 časova.", "sr-Latn", "number"),
    ],
)
def test_days_of_publication_months_units_scores_and_hours(claim, said, source, language, why):
    assert told(claim, said, source, language) == why


def test_without_a_source_nothing_is_said():
    assert fault(Claim("It rained.", ()), [], "en", TODAY) == "no_source"


@pytest.mark.parametrize(
    ("beside", "claim", "published", "borne"),
    [
        ("It was signed on 19 March 2025.", "It was raining on 19 March 2025.", PUBLISHED, True),
        ("It was signed on 19 March 2025.", "In March 2025 it was raining.", PUBLISHED, True),
        ("It was signed on 19 March 2025.", "It was raining on 18 March 2025.", PUBLISHED, False),
        ("It was signed on 19 March 2020.", "It was raining on 19 March 2020.", PUBLISHED, False),  # not this news
        ("It was signed on 19 March.", "It was raining on 19 March 2025.", PUBLISHED, False),
        ("On 19 March 2025 it was put off to 3 May 2025.", "It was raining on 19 March 2025.", PUBLISHED, False),
        ("It was signed on 19 March 2025.", "It was raining on 19 March 2025.", None, False),
    ],
)
def test_the_day_of_the_news_may_stand_in_the_sentence_beside(beside, claim, published, borne):
    for text, cited in ((f"{beside} It was raining.", "1.2"), (f"It was raining. {beside}", "1.1")):
        passage = Passage("p", "a", 1, 0, text, 0, len(text), "T", "O", language="en", published=published)
        numbered = {s.id: s for s in number([passage], 1000)[1]}
        found = dated_beside(Claim(claim, (cited,)), [numbered[cited]], numbered, "en", TODAY)
        assert [s.text for s in found] == ([beside] if borne else [])


def test_a_cited_sentence_that_names_a_date_has_no_other():
    text = "It was signed on 19 March 2025. It was raining on 18 March."
    passage = Passage("p", "a", 1, 0, text, 0, len(text), "T", "O", language="en", published=PUBLISHED)
    numbered = {s.id: s for s in number([passage], 1000)[1]}
    claim = Claim("It was raining on 19 March 2025.", ("1.2",))
    assert dated_beside(claim, [numbered["1.2"]], numbered, "en", TODAY) == ()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("on iki kişi, beş", [12, 5]),
        ("on two of them", [2]),
        ("20 de milioane și 2,3 milioane", [20_000_000, 2_300_000]),
        ("2.000 i 2000", [2000, 2000]),
        ("рече дека се петмина", [5]),
        ("είναι δέκα", [10]),
    ],
)
def test_figures_in_digits_and_words_with_inflected_scales(text, values):
    assert sorted(n.value for n in find_figures(text)) == sorted(values)
