"""How independent sources tell a story: what most say, what one alone says, and what they tell otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rag.answer.tellings import compare
from rag.reader.reader import AnswerSpan, Reading
from rag.retrieve.matter import FoundStory
from rag.types import Filters, Passage

DAY = datetime(2024, 3, 5, 8, tzinfo=UTC)
LEAD = "A fire in the Kostinbrod paper factory killed {} people on Monday, the Bulgarian ministry said."


class Sure:
    """Takes the first number of the last line for the answer, borne out or not."""

    short_answers = True

    def __init__(self, verdict=3.0):
        self.verdict, self.asked = verdict, []

    def read_each(self, question, texts):
        self.asked.append(question)
        return [self._read(*one) for one in texts]

    def _read(self, text, spans):
        at = next(n for n in range(spans[0].start, len(text)) if text[n].isdigit())
        end = next(n for n in range(at, len(text)) if not text[n].isdigit())
        return Reading((1.0,), (AnswerSpan(at, end, 3.0, self.verdict),), 1.0)


def article(name, text, *, outlet=None, language="en", hours=0, url=None):
    at = DAY + timedelta(hours=hours)
    named = outlet or f"Outlet {name}"
    return text, Passage(
        f"p-{name}", name, 1, 0, text, 0, len(text), "Factory fire", named, url, language, at
    )  # fmt: skip


def told(*articles, language="en", reader=None, clusters=None, **more):
    texts = {p.article_id: text for text, p in articles}
    found = FoundStory(tuple(p for _, p in articles), (), clusters or {})
    return compare(found, texts, language, reader or Sure(), **more)


def kinds(tellings, kind):
    return [one for one in tellings.tellings if one.kind == kind]


def test_numbers_of_one_thing_stand_side_by_side_each_with_its_quote():
    found = told(
        article("a", LEAD.format(6)),
        article("b", LEAD.format(6)),
        article("c", "Në zjarrin e fabrikës në Kostinbrod humbën jetën 8 njerëz dhe 3 u plagosën.", language="sq"),
    )
    (number,) = kinds(found, "number")
    assert [(side.value, side.article.article_id) for side in number.sides] == [("6", "a"), ("8", "c")]
    assert number.sources == (2, 1)
    assert all(side.value in side.text for side in number.sides)


def test_what_the_verifier_does_not_bear_out_stays_quiet():
    reader = Sure(verdict=-4.0)
    articles = [article("a", LEAD.format(6)), article("b", LEAD.format(8)), article("c", "Rain fell in Sofia.")]
    assert kinds(told(*articles, reader=Sure()), "number")
    counted = [one for one in told(*articles, reader=reader).tellings if one.kind == "number" and one.sides[0].value]
    assert counted == [] and reader.asked[0].startswith(
        "How many? A fire in the Kostinbrod paper factory killed ... people"
    )


def test_a_number_is_compared_though_at_least_a_smaller_one_stands_elsewhere_in_the_text():
    homes = "More than 2 streets were closed."
    found = told(article("a", f"{LEAD.format(6)} {homes}"), article("b", f"{LEAD.format(8)} {homes}"))
    (number,) = kinds(found, "number")
    assert {side.value for side in number.sides} == {"6", "8"}


def test_two_numbers_that_can_both_be_true_of_a_thing_are_no_difference():
    bounded = LEAD.replace("killed {}", "killed more than {}")
    assert kinds(told(article("a", bounded.format(600)), article("b", LEAD.format(800))), "number") == []


def test_a_count_that_went_on_is_no_difference():
    found = told(
        article("a", LEAD.format(6)), article("b", LEAD.format(9), hours=9), article("c", LEAD.format(9), hours=10)
    )
    assert kinds(found, "number") == []


def test_the_newest_article_of_an_outlet_speaks_for_it_and_copies_count_once():
    found = told(
        article("a1", LEAD.format(4), outlet="A"),
        article("a2", LEAD.format(6), outlet="A", hours=2),
        article("b", LEAD.format(6)),
        article("copy", LEAD.format(6)),
        clusters={"a2": "c1", "b": "c1", "copy": "c1"},
    )
    assert [r.kind for r in found.remarks] == ["few"] and "1" in found.remarks[0].text and found.tellings == ()
    assert "a2" in {side.article.article_id for side in found.sources} and len(found.sources) == 1


def test_what_most_tell_and_what_one_alone_tells():
    alone = "Inspector Petar Vasilev found that 17 extinguishers of the Kostinbrod factory were empty."
    furniture = "News Home Petar Georgiev 14 comments Plovdiv 2,345 views..."
    found = told(
        article("a", LEAD.format(6)),
        article("b", LEAD.format(6)),
        article("c", f"{LEAD.format(6)} {alone} {furniture}"),
    )
    (most,) = kinds(found, "most")
    assert most.sides[0].text == LEAD.format(6) and most.sources == (3,)
    (one,) = kinds(found, "alone")
    assert one.sides[0].text == alone and one.sides[0].article.article_id == "c"


def test_a_denial_of_the_same_words_is_told_otherwise():
    found = told(
        article("a", "The owner of the Kostinbrod factory was arrested on Tuesday evening in Sofia."),
        article("b", "The owner of the Kostinbrod factory was not arrested on Tuesday evening in Sofia."),
        article("c", "Rain fell in Varna and in Burgas."),
    )
    (denied,) = kinds(found, "negation")
    assert {side.article.article_id for side in denied.sides} == {"a", "b"}


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ({"filters": Filters(languages=("sr",))}, {"rs"}),
        ({"filters": Filters(outlets=("Outlet hr",))}, {"hr"}),
        ({"countries": ("RS", "hr")}, {"rs", "hr"}),
    ],
)
def test_only_the_outlets_countries_and_languages_that_are_wanted_are_compared(wanted, left):
    found = told(
        article("rs", "Požar je izbio.", language="sr-Latn", url="https://list.rs/1"),
        article("hr", "Požar je izbio.", language="hr", url="https://list.hr/1"),
        article("en", "A fire broke out.", url="https://news.com/1"),
        **wanted,
    )
    assert {side.article.article_id for side in found.sources} == left
    assert {side.country for side in found.sources} <= {"RS", "HR"}


def test_a_number_that_only_one_of_two_gives_is_told_by_no_most():
    went_on = told(article("a", LEAD.format(6)), article("b", LEAD.format(9), hours=9))
    assert kinds(went_on, "most") == []
    agreed = told(article("a", LEAD.format(6)), article("b", LEAD.format(6), hours=9))
    assert [one.sources for one in kinds(agreed, "most")] == [(2,)]
