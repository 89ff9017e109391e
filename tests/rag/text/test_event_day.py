"""The day of what a sentence of news tells, in sentences published on Wednesday, 19 March 2025."""

from datetime import date

import pytest

from rag.text.event_day import event_day

AS_OF = date(2025, 3, 19)


@pytest.mark.parametrize(
    ("language", "sentence", "day"),
    [
        ("en", "The council voted yesterday.", 18),
        ("en", "A bus overturned on Tuesday near Gevgelija.", 18),
        ("en", "The ministers will meet on Friday in Ohrid.", 21),
        ("en", "The minister said on Monday that he will resign.", 17),
        ("en", "Voters went to the polls on Sunday, 16 March.", 16),
        ("hr", "Ministri će se u petak sastati u Opatiji.", 21),
        ("sr-Latn", "Sinoć je pucano na lokal.", 18),
        ("sr-Cyrl", "Јуче су ватрогасци спасли породицу.", 18),
        ("mk", "Премиерот во понеделникот изјави дека ќе поднесе оставка.", 17),
        ("bg", "Снощи пред заведение бяха произведени изстрели.", 18),
        ("el", "Οι υπουργοί θα συναντηθούν την Παρασκευή.", 21),
        ("tr", "Bakanlar cuma günü Trabzon'da buluşacak.", 21),
        ("sq", "Ministrat do të takohen të premten në Pogradec.", 21),
        ("sl", "Policisti so 12. marca prijeli tri moške.", 12),
        ("ro", "Aseară s-a tras în fața unui bar.", 18),
        ("hr", "Prosvjed je najavljen za petak ispred suda.", 21),
        ("en", "The hearing was set for Monday.", 24),
        ("sr-Latn", "Evo prognoze za sredu.", 19),
        ("en", "He was arrested for Monday's attack.", 17),
        ("sq", "Seanca u caktua për të hënën.", 24),
        ("el", "Η δίκη ορίστηκε για την Παρασκευή.", 21),
    ],
)
def test_the_day_of_the_event(language, sentence, day):
    assert event_day(sentence, AS_OF, language) == date(2025, 3, day)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The bank has kept its rate unchanged."),
        ("en", "Relatives laid flowers for the miners who were killed on 4 May 1985."),
        ("en", "Building permits fell in February."),
        ("en", "Every Sunday volunteers clean the banks."),
        ("sl", "Vsako nedeljo je muzej odprt brezplačno."),
        ("hr", "Tvrtka luku vodi od 2014."),
    ],
)
def test_what_names_no_day_of_its_own_has_none(language, sentence):
    assert event_day(sentence, AS_OF, language) is None


def test_without_a_day_of_publication_only_a_whole_date_counts():
    assert event_day("The bridge was opened on 14 March 2025.", None, "en") == date(2025, 3, 14)
    assert event_day("The bridge was opened on 14 March.", None, "en") is None
    assert event_day("The bridge was opened yesterday.", None, "en") is None
