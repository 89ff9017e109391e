"""Timelines: days in order, months only for want of days, the answer's language first, one article's own thing."""

from datetime import UTC, date, datetime

from rag.answer.evidence.candidate import Candidate
from rag.answer.quote.choose import timeline
from rag.types import Passage


def candidate(text, article="a", language="en", overlap=1.0):
    passage = Passage(
        f"p-{article}", article, 1, 0, text, 0, len(text), "", "Glasnik", language=language,
        published=datetime(2024, 7, 27, tzinfo=UTC),
    )  # fmt: skip
    return Candidate(passage, 0, 0, len(text), text, overlap=overlap)


def days(events):
    return [e.day for e in events]


def test_events_stand_in_order_one_a_day():
    late, early = candidate("It closed on 20 July 2024."), candidate("It opened on 3 July 2024.", "b")
    again = candidate("The mayor spoke on 3 July 2024.", "c")
    assert days(timeline([late, early, again], [late], limit=5)) == [date(2024, 7, 3), date(2024, 7, 20)]


def test_a_month_alone_is_left_out_where_days_are_named():
    month, one = candidate("Talks began in June 2024."), candidate("They met on 3 July 2024.", "b")
    two = candidate("They signed on 20 July 2024.", "c")
    assert days(timeline([month, one, two], [month], limit=5)) == [date(2024, 7, 3), date(2024, 7, 20)]
    assert days(timeline([month, one], [month], limit=5)) == [date(2024, 6, 1), date(2024, 7, 3)]


def test_what_is_in_the_answers_language_goes_first_where_room_is_short():
    mine = candidate("They met on 3 July 2024.")
    foreign = candidate("Sreli su se 10. jula 2024.", "b", "sr-Latn")
    own = candidate("They signed on 20 July 2024.", "c")
    assert days(timeline([mine, foreign, own], [mine], limit=2)) == [date(2024, 7, 3), date(2024, 7, 20)]


def test_the_same_thing_in_the_same_article_is_an_event_though_it_shares_few_words():
    best = candidate("Ažurirano 27. jula 2024: broj žrtava je veći.", language="sr-Latn")
    first = candidate("U izveštajima od 24. jula bilo je 50 poginulih.", language="sr-Latn", overlap=0.1)
    other = candidate("Sud je počeo 25. jula.", language="sr-Latn", overlap=0.1)
    assert days(timeline([best, first, other], [best], limit=5)) == [date(2024, 7, 24), date(2024, 7, 27)]


def test_a_single_day_is_no_timeline():
    one = candidate("They met on 3 July 2024.")
    assert timeline([one], [one], limit=5) == ()
    assert timeline([], [], limit=5) == ()
