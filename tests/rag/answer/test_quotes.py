"""What stands around quotes: short answers, conflicts side by side, days, where a source stands."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from rag.answer.cite import citation, notes, valid_citations
from rag.answer.short import rows
from rag.retrieve.stories import each_alone
from rag.text.amounts import amounts, compatible
from rag.text.cldr import day_name
from rag.types import AnswerStatus, ArticleStatus, Citation


@pytest.fixture
def planned(make):
    """What is shown of articles of one sentence each that answer with log odds 4, `marked` as short answers."""

    def shown(
        question, *passages, marked=(), language="en", score=9.0, odds=None, stories_of=each_alone, as_of=None, **more
    ):
        reader = make.Reader(odds, other=4.0, marked=dict.fromkeys(marked, score))
        evidence = make.evidence(question, *passages, reader=reader, language=language, stories_of=stories_of)
        dated = replace(evidence, question=replace(evidence.question, as_of=as_of))
        return make.answer(dated, **more)

    return shown


def test_rows_of_names_are_whole():
    text = "Nijesu došli Demokratski front, Demokratska Crna Gora, Socijalistička narodna partija i Građanski pokret."
    (row,) = rows(text, frozenset())
    assert [text[i.start : i.end] for i in row][:3] == [
        "Demokratski front",
        "Demokratska Crna Gora",
        "Socijalistička narodna partija",
    ]


FIRE = "How many people died in the fire?"


def test_conflicting_numbers_stand_side_by_side_with_their_outlets(make, planned):
    one, other = make.passage("The fire killed 9 people."), make.passage("The fire killed 14 people.", "b")
    shown = planned(FIRE, one, other, marked=("9", "14"))
    assert shown.status is AnswerStatus.CONFLICTING
    assert [s.lead for s in shown.sentences] == [
        "According to Outlet a, 3 May 2024:",
        "According to Outlet b, 3 May 2024:",
    ]
    assert [(s.text, s.citations) for s in shown.short] == [("9 people", (1,)), ("14 people", (2,))]


def test_one_outlet_or_one_cluster_does_not_contradict_itself(make, planned):
    asked = []

    def clusters_of(article_ids):
        asked.append(article_ids)
        return dict.fromkeys(article_ids, "one story")

    one, other = make.passage("The fire killed 9 people."), make.passage("The fire killed 14 people.", "b")
    assert planned(FIRE, one, other, clusters_of=clusters_of).status is AnswerStatus.ANSWERED
    assert asked == [["a", "b"]]  # once for all of them
    same = make.passage("The fire killed 14 people.", "b", outlet="Outlet a")
    assert planned(FIRE, one, same).status is AnswerStatus.ANSWERED


def test_an_article_that_does_not_answer_contradicts_nothing(make):
    one, other = make.passage("The fire killed 9 people."), make.passage("The fire killed 14 people.", "b")
    for odds, status in ((4.0, AnswerStatus.CONFLICTING), (-0.3, AnswerStatus.ANSWERED)):  # .98, .43; .5 is asked for
        evidence = make.evidence(FIRE, one, other, reader=make.Reader({"14": odds}, other=4.0))
        assert make.answer(evidence).status is status


def test_independent_outlets_that_say_the_same_are_counted(make, planned):
    one = make.passage("The fire killed 9 people.")
    other = make.passage("Rescuers counted 9 people dead after the long fire.", "b")
    (remark,) = planned(FIRE, one, other, marked=("9",)).remarks
    assert remark.kind == "corroborated" and "Outlet a, Outlet b" in remark.text
    assert planned(FIRE, one, marked=("9",)).remarks[0].kind == "single_source"
    assert planned(FIRE, one).remarks == ()


def test_one_outlet_is_not_said_to_be_alone_where_others_tell_the_story(make, planned):
    one = make.passage("The fire killed 9 people.")
    other = make.passage("Пожарът отне девет живота.", "b", language="bg")

    def together(passages, language, *, retold=False):
        return [tuple({p.article_id: p for p in passages}.values())]

    assert planned(FIRE, one, other, marked=("9",), stories_of=together).remarks == ()
    same = replace(other, outlet=one.outlet)
    assert planned(FIRE, one, same, marked=("9",), stories_of=together).remarks[0].kind == "single_source"


@pytest.mark.parametrize(
    ("question", "language", "led"),
    [
        ("How much does the ferry cost?", "en", True),
        ("How much did the ferry cost?", "en", False),
        ("How much does the ferry cost in 2024?", "en", False),
        ("Koliko košta trajekt?", "hr", True),
        ("Koliko je koštao trajekt?", "hr", False),
        ("Колко струва фериботът?", "bg", True),
        ("Πόσο κοστίζει το φέρι;", "el", True),
        ("Kush është kapiteni?", "sq", True),
    ],
)
def test_an_old_fact_bears_its_day_where_the_question_is_of_today(make, planned, question, language, led):
    old = make.passage("The ferry costs 9 euros and its captain is Ana Dolan.")
    lead = planned(question, old, language=language, as_of=date(2026, 1, 1)).sentences[0].lead
    assert lead == (f"{day_name(date(2024, 5, 3), language).rstrip('.')}:" if led else "")
    assert planned(question, old, language=language, as_of=date(2024, 6, 1)).sentences[0].lead == ""


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("9 dead", "14 dead", False),
        ("at least 9 dead", "14 dead", True),
        ("14 milion", "about 14.2 milion", True),
        ("2,300,000 people", "2,312,000 people", True),
        ("more than 100", "97", False),
    ],
)
def test_amounts_that_can_both_be_true(one, other, agree):
    assert compatible(amounts(one)[0], amounts(other)[0]) is agree


def test_who_holds_an_office_is_told_by_the_newest_report_first_each_after_its_day(make, planned):
    old = make.passage("Prime minister Boiko Borisov spoke in Sofia.", "a")
    new = make.passage(
        "Rumen Radev, the prime minister, was in Sofia.", "b", published=datetime(2026, 5, 17, tzinfo=UTC)
    )
    odds = {"Borisov": 5.0, "Radev": 4.0}
    shown = planned("Who is the prime minister of Bulgaria?", old, new, odds=odds)
    assert [(s.lead, s.text[:5]) for s in shown.sentences] == [("17 May 2026:", "Rumen"), ("3 May 2024:", "Prime")]
    assert [r.kind for r in shown.remarks] == ["as_of"]
    other = planned("Who met the prime minister in Sofia?", old, new, odds=odds)
    assert other.sentences[0].text == old.text and [r.kind for r in other.remarks] != ["as_of"]
    same = make.passage("Rumen Radev, the prime minister, was in Sofia.", "b", day=9)
    assert planned("Who is the prime minister of Bulgaria?", old, same, odds=odds).sentences[0].text == old.text


def test_yesterday_is_told_from_the_day_of_publication_and_the_quote_stays_as_it_is():
    quote = "Sporazum je potpisan juče."
    c = Citation(
        1, "p", "a", "t", "o", None, datetime(2022, 5, 3, tzinfo=UTC), quote, 0, len(quote), "sr-Latn", "opinion",
        datetime(2022, 5, 9, tzinfo=UTC), ArticleStatus.CORRECTED,
    )  # fmt: skip
    said = {note.kind: note.text for note in notes(c, "en")}
    assert said == {"opinion": "opinion", "corrected": "corrected on 9 May 2022", "day": "“juče” is 2 May 2022"}
    assert day_name(date(2022, 5, 2), "el") == "2 Μαΐου 2022" and day_name(date(2022, 5, 2), "xx") == "2 May 2022"


@pytest.mark.parametrize(("score", "marked", "short"), [(9.0, True, True), (7.0, True, False), (5.0, False, False)])
def test_likely_words_are_marked_and_surer_ones_are_a_short_answer(make, planned, score, marked, short):
    passage = make.passage("Bulgaria won with Bangaranga.")
    shown = planned("Which song won?", passage, marked=("Bangaranga",), score=score)  # .95, .73, .27; .9, .6 asked for
    (sentence,) = shown.sentences
    assert [sentence.text[start:end] for start, end in sentence.marks] == (["Bangaranga"] if marked else [])
    assert [s.text for s in shown.short] == (["Bangaranga"] if short else [])
    assert all(s.citations == (1,) and s.score == pytest.approx(0.9526, abs=1e-4) for s in shown.short)


STATES, PERSONS = (
    "Albania and Croatia signed the agreement.",
    "The agreement was signed by Pirro Vengu and Ivan Anušić.",
)


def test_who_is_answered_by_persons_before_states(make, planned):
    passage = make.passage(f"{STATES} Ejup Maqedonci watched. {PERSONS}")
    odds = {"and Croatia": 6.0, "signed by": 1.0}
    said = planned("Who signed the agreement?", passage, marked=("Albania and Croatia",), odds=odds).sentences
    assert [s.text for s in said] == [PERSONS, STATES]
    said = planned("Which states signed the agreement?", passage, marked=("Albania and Croatia",), odds=odds).sentences
    assert said[0].text == STATES


def test_persons_stand_beside_states_where_the_question_is_in_another_language(make, planned):
    passage = make.passage(f"{STATES} {PERSONS}")
    marked, odds = ("Albania and Croatia", "Pirro Vengu and Ivan Anušić"), {"and Croatia": 6.0, "signed by": 0.5}
    asked = "Cine a semnat acordul Croației?"  # whose only word in the passage is in the first sentence
    said = planned(asked, passage, marked=marked, odds=odds, language="ro").sentences
    assert [s.text for s in said] == [STATES, PERSONS]


def test_states_answer_who_where_no_person_does(make, planned):
    passage = make.passage(f"{STATES} Ejup Maqedonci watched the ships.")
    said = planned(
        "Who signed the agreement?", passage, marked=("Albania and Croatia",), odds={"signed": 6.0}
    ).sentences
    assert [s.text for s in said] == [STATES]


def test_versions_of_a_story_in_other_languages_stand_beside_its_citation(make):
    passages = make.passage("The fire killed 9 people."), make.passage("Zjarri vrau 9 veta.", "b", language="sq")
    one_story = {"stories_of": lambda found, language: [tuple(found)]}
    evidence = make.evidence(FIRE, *passages, reader=make.Reader(other=4.0), **one_story)
    (cited,) = make.answer(evidence).citations
    assert cited.article_id == "a" and [(v.article_id, v.language) for v in cited.also] == [("b", "sq")]


def test_only_the_first_quote_gives_the_short_answer_but_for_lists(make, planned):
    one = make.passage("There Vera Dolan and Ana Kos came from afar.")
    other = make.passage("Later we saw Igor Palas and Sava Ban there too.", "b")
    names = ("Vera Dolan", "Igor Palas")
    assert [s.text for s in planned("Who came?", one, other, marked=names).short] == ["Vera Dolan", "Ana Kos"]
    four = ["Vera Dolan", "Ana Kos", "Igor Palas", "Sava Ban"]
    assert [s.text for s in planned("Which guests came?", one, other, marked=names).short] == four


def test_a_name_is_listed_once_with_and_without_the_office_before_it(make, planned):
    one = make.passage("Other guests were Vera Dolan and Ana Kos that day.")
    other = make.passage("Later e Mbrojtjes Vera Dolan and Sava Ban sat there too.", "b")
    shown = planned("Which guests came?", one, other, marked=("Vera Dolan", "Sava Ban"))
    assert [(s.text, s.citations) for s in shown.short] == [
        ("Vera Dolan", (1, 2)),
        ("Ana Kos", (1,)),
        ("Sava Ban", (2,)),
    ]


def test_a_headline_that_answers_is_quoted_and_has_no_context(make, planned):
    passage = make.passage("It rained. Nobody came. The square was empty.", title="Vera Dolan resigns")
    shown = planned("Who resigned?", passage, marked=("Vera Dolan",), odds={"resigns": 8.0})
    (sentence,), (cited,) = shown.sentences, shown.citations
    assert sentence.text == cited.quote == "Vera Dolan resigns" and cited.headline and cited.context is None
    assert (cited.start, cited.end) == (0, 18) and [s.text for s in shown.short] == ["Vera Dolan"]


def test_a_headline_that_the_question_repeats_is_no_answer(make, planned):
    passage = make.passage("She had led the council for two years.", title="Vera Dolan resigns")
    shown = planned("What is told of the news “Vera Dolan resigns”?", passage, odds={"resigns": 8.0})
    assert [s.text for s in shown.sentences] == [passage.text]


def test_a_headline_of_an_article_that_is_gone_is_not_shown(make):
    cited = citation(1, make.passage("It rained.", title="Vera Dolan resigns"), 0, 10, "Vera Dolan")
    headline = replace(cited, headline=True)
    assert valid_citations([headline], {"a": "It rained."}) == (headline,)
    assert valid_citations([headline], {}) == () == valid_citations([cited], {"a": "It rained."})
