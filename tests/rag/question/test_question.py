"""What a reader may type, and what becomes of it."""

from datetime import date, timedelta

import pytest

from rag.errors import BadInput
from rag.question.prepare import clean, prepare
from rag.types import Filters, Turn, Window


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("", "empty"), ("  \t\n", "empty"), ("\x00\x07\x1b", "empty"), ("🎉🔥👍", "no letter"), ("?!…", "no letter")],
)
def test_no_question_is_a_clear_error(typed, reason):
    with pytest.raises(BadInput, match=reason) as caught:
        prepare(typed)
    assert caught.value.hint


def test_a_long_question_is_refused_with_its_length():
    with pytest.raises(BadInput, match="10,000"):
        prepare("a" * 10_000)


def test_control_characters_and_surrogates_become_spaces():
    assert clean("who\x00 signed\ud800\r\n it\u202e?", max_chars=100) == "who signed it\u202e?"


def test_decomposed_letters_are_composed():
    assert clean("Vuc\u030cic\u0301", max_chars=100) == "Vučić"


def test_as_of_hides_what_came_later():
    filters = prepare("ko je potpisao?", as_of=date(2025, 3, 1), filters=Filters(published_to=date(2025, 6, 1))).filters
    assert filters.published_to == date(2025, 3, 1)


def test_an_empty_date_range_is_an_error():
    with pytest.raises(BadInput, match="after"):
        prepare("who?", filters=Filters(date(2025, 2, 1), date(2025, 1, 1)))


def parts(typed):
    return [part.text for part in prepare(typed).parts]


def test_several_questions_in_one_are_told_apart_and_each_stands_alone():
    two = ["Who signed the Tirana agreement?", "When? Who signed the Tirana agreement?"]
    assert parts("Who signed the Tirana agreement and when?") == two
    two = "Колку луѓе загинаа во Кочани? А кога?"
    assert parts(two) == ["Колку луѓе загинаа во Кочани?", "Кога? Колку луѓе загинаа во Кочани?"]
    assert parts("Who signed the Tirana agreement?") == []
    assert parts("Who signed the Tirana agreement? 17") == []
    assert parts("2025-03-01") == []
    assert parts("Who signed the Tirana agreement? And who won Eurovision 2026?")[1] == "Who won Eurovision 2026?"


def test_as_many_questions_are_asked_as_there_is_room_for():
    many = [f"Who is Person{i} Name{i}?" for i in range(10)]
    assert parts(" ".join(many)) == many[:5] and prepare(" ".join(many)).holds_more
    assert not prepare(" ".join(many[:5])).holds_more
    long, junk = [f"{'word ' * 75}{i}?" for i in range(4)], [f"{'!x%, ' * 150}{i}?" for i in range(2)]
    assert parts(" ".join(long)) == long[:2] and parts(" ".join(junk)) == []


def test_days_of_one_part_are_those_of_all():
    both = prepare("Who signed the Tirana agreement in March 2025? And who won Eurovision?").parts
    assert [part.days for part in both] == [Window(date(2025, 3, 1), date(2025, 3, 31))] * 2


def test_the_time_that_a_question_speaks_of_is_told_from_as_of_or_today():
    assert prepare("Šta se desilo juče?", as_of=date(2025, 3, 17)).days == Window(date(2025, 3, 16), date(2025, 3, 16))
    yesterday = prepare("What happened in Kočani yesterday?").days
    assert yesterday is not None and date.today() - yesterday.start <= timedelta(days=2)
    assert prepare("Who signed it in 2025?").days == Window(date(2025, 1, 1), date(2025, 12, 31))
    assert prepare("Who signed it?").days is None


def test_the_newest_is_wanted_when_asked_for():
    assert prepare("Šta je najnovije o NIS-u?").wants_latest and not prepare("Šta je NIS?").wants_latest


def test_the_language_of_the_question_is_known():
    assert prepare("Ко је потписао споразум у Тирани?").language == "sr-Cyrl"
    assert prepare("Who signed the agreement in Tirana?").language == "en"


@pytest.mark.parametrize(
    ("typed", "page", "language"),
    [
        ("Koliko ljudi je evakuisano?", None, "sr-Latn"),
        ("ko vodi stranku", "hr", "hr"),
        ("Kush e nënshkroi marrëveshjen?", "hr", "sq"),  # plain words outweigh a page
        ("Ποιος υπέγραψε;", "tr", "el"),
    ],
)
def test_the_language_of_the_page_decides_where_the_question_leaves_it_open(typed, page, language):
    assert prepare(typed, page_language=page).language == language


def test_the_conversation_goes_before_the_page():
    asked = prepare("Koliko ljudi je evakuisano?", history=[Turn("Koliko ljudi je povrijeđeno?")], page_language="sl")
    assert asked.language != "sl"


@pytest.mark.parametrize(
    ("typed", "language", "text"),
    [
        ("WHO SIGNED THE TIRANA AGREEMENT?", "en", "who signed the tirana agreement?"),
        ("KAÇ KİŞİ ÖLDÜ IĞDIR'DA", "tr", "kaç kişi öldü ığdır'da"),
        ("NATO EU", "en", "NATO EU"),
        ("Who signed for NATO?", "en", "Who signed for NATO?"),
    ],
)
def test_a_question_in_capitals_is_read_in_small_letters(typed, language, text):
    asked = prepare(typed, language=language)
    assert (asked.text, asked.typed, asked.standalone) == (text, typed, typed)
