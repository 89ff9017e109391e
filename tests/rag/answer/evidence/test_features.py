"""What of a question a passage bears, and what speaks for it otherwise."""

from dataclasses import replace

import pytest

from rag.answer.evidence.features import CROSSED_FEATURES, features, find_missing_terms, group_by_article
from rag.answer.evidence.reading import read_passages
from rag.answer.evidence.weigh import parse_with_hits
from rag.question.parse import parse
from rag.types import Query

pytestmark = pytest.mark.usefixtures("judged")
FIRE = "A fire in Kocani killed 59 people on 16 March 2025. Warrants were issued."


@pytest.fixture
def weighed(make):
    """The one passage of an article that was found for a question, weighed."""

    def made(question, text=FIRE, asked_in="en", **more):
        told = {k: more.pop(k) for k in ("odds", "marked", "stated", "other") if k in more}
        reader = make.Reader(**told)
        return make.evidence(question, make.passage(text, **more), reader=reader, language=asked_in).best

    return made


def surfaces(names):
    return [n.surface for n in names]


def test_names_that_neither_headline_nor_text_bears_are_missing(weighed):
    missing = weighed("Did Pirro Vengu speak of the fire in Kocani to Albin Kurti?", title="Kurti in Kocani").missing
    assert surfaces(missing.names) == ["Pirro Vengu"]
    assert not missing.numbers and not missing.times


def test_a_name_is_borne_by_the_article_though_the_passage_does_not_hold_it(make):
    part = make.passage("The fire killed 59 people.", start=0)
    (read,) = read_passages("?", make.hits(part), make.Reader())
    question = parse("How many died in the fire in Kocani?", "en")
    assert surfaces(find_missing_terms(question, read, part.text).names) == ["Kocani"]
    assert find_missing_terms(question, read, f"A night in Kocani.\n{part.text}").names == ()


def test_the_state_of_the_outlet_is_named_without_being_written(weighed):
    question = {"question": "Koliko je vakcinisano u Srbiji?", "text": "Vakcinisano je 900 ljudi.", "asked_in": "hr"}
    assert surfaces(weighed(**question, language="hr").missing.names) == ["Srbiji"]
    assert weighed(**question, language="sr-Latn").missing.names == ()
    assert weighed(**question, language="hr", url="https://vesti.example.rs/1").missing.names == ()


def test_a_small_word_that_the_archive_writes_with_a_capital_is_a_sure_name(make):
    told = make.hits(make.passage("People fled from Rhodes. Boats left Rhodes."), make.passage("Boats.", "b"))
    question = parse_with_hits(Query("boats from rhodes", "boats from rhodes", language="en"), told)
    assert [(n.surface, n.sure) for n in question.names] == [("rhodes", True)]


@pytest.mark.parametrize(
    ("question", "number", "time"),
    [
        ("Who were the 59 people killed in Kocani?", 0.0, 0.0),
        ("Who were the 63 people killed in Kocani?", 1.0, 0.0),
        ("What burned in Kocani in March 2025?", 0.0, 0.0),
        ("What burned in Kocani in March 2019?", 0.0, 1.0),
    ],
)
def test_numbers_and_times_that_it_does_not_bear(weighed, question, number, time):
    found = weighed(question)
    assert (found.values["number_missing"], found.values["time_missing"]) == (number, time)
    assert (found.missing.numbers, found.missing.times) == (bool(number), bool(time))


def test_the_day_of_publication_bears_a_year_that_the_text_does_not_write(weighed):
    asked = {"question": "What burned in Kocani in 2024?", "text": "A fire burned a club in Kocani on Sunday."}
    assert weighed(**asked, day=3).values["time_missing"] == 0.0
    assert weighed("What burned in Kocani in 2019?", asked["text"], day=3).values["time_missing"] == 1.0


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("How many people died?", 0.0),
        ("How many of the 59 people of 16 March 2025 died?", 1.0),  # only what the question says itself
        ("Who set the fire?", 0.0),  # "Kocani" may be one
        ("Why did it burn?", 1.0),  # no reason is given
        ("Was it a fire?", 0.0),  # no kind that a sentence shows
    ],
)
def test_a_kind_of_thing_that_is_not_there_is_lacking(weighed, question, lacking):
    assert weighed(question).values["lacking"] == lacking


def test_a_neighbour_of_the_best_sentence_is_looked_at_too_a_third_one_is_not(weighed):
    ask = {"question": "When did it burn?", "odds": {"It burned": 4.0}}
    assert weighed(text="Fire on 3 May. It burned. Nobody was hurt.", **ask).values["lacking"] == 0.0
    assert weighed(text="Fire on 3 May. Nobody was hurt. Smoke rose. It burned.", **ask).values["lacking"] == 1.0


@pytest.mark.parametrize(
    ("question", "text", "uncounted"),
    [
        ("How many people were injured in the fire?", "The fire killed 59 people.", 0.0),  # people are counted
        ("How many were injured?", "After the fire 20 houses were empty. Many were injured.", 1.0),
        ("How many were injured in the fire?", "The fire injured 148 people.", 0.0),
        ("How many votes did he get?", "He got 12,300 votes.", 0.0),
        ("How many penguins came?", "There came 12 bears.", 0.0),  # none of the table's: nothing can be told
        ("Who was injured in the fire?", "After the fire 20 houses were empty.", 0.0),  # nothing is counted
    ],
)
def test_what_is_counted_must_stand_near_a_number(weighed, question, text, uncounted):
    assert weighed(question, text).values["uncounted"] == uncounted


@pytest.mark.parametrize(("told", "ahead"), [("Bulgaria won it.", 1.0), ("Bulgaria will win it.", 0.0)])
def test_a_question_ahead_of_what_the_passage_tells(weighed, told, ahead):
    assert weighed("Who will win it?", told).values["ahead"] == ahead


def test_rank_gap_and_what_the_reader_says(make):
    passages = [make.passage("Nothing here.", "a"), make.passage("Petrov signed it.", "b")]
    reader = make.Reader({"Petrov": 3.0}, marked={"Petrov": 5.0}, stated=99.0)
    best, other = make.evidence("Who signed it?", *passages, reader=reader).passages
    assert (best.values["rank"], other.values["rank"]) == (0.5, 1.0)
    assert best.values["gap"] == pytest.approx(0.01) and other.values["gap"] == 0.0
    assert [best.values[k] for k in ("margin", "span", "stated")] == [3.0, 5.0, 12.0]
    assert other.values["span"] == -12.0


@pytest.mark.parametrize(("language", "foreign"), [("en", 0.0), ("sq", 1.0)])
def test_across_languages_features_count_apart(weighed, language, foreign):
    values = weighed("Who was hurt?", language=language).values
    assert values["foreign"] == foreign
    assert {name: values[f"foreign_{name}"] for name in CROSSED_FEATURES} == {
        n: foreign * values[n] for n in CROSSED_FEATURES
    }


def test_more_than_two_missing_names_say_nothing_more(make):
    question = parse("Did Vengu, Petrov and Maqedonci meet Kurti?", "en")
    hits = make.hits(make.passage("Somebody met."))
    (read,) = read_passages("?", hits, make.Reader())
    missing = find_missing_terms(question, read, "Somebody met.")
    evidence = make.evidence(question.text, make.passage("Somebody met."), reader=make.Reader())
    assert len(missing.names) > 2
    assert (
        features(
            question, read, evidence.best.sentences[0], missing, group_by_article(hits)[read.hit.passage.article_id]
        ).names_missing
        == 2.0
    )


def test_an_article_stands_as_well_as_the_best_of_its_passages(make):
    found = make.hits(*(make.passage(text, name) for text, name in (("Fire.", "a"), ("Flood.", "b"), ("Smoke.", "a"))))
    hits = [replace(h, score=s, dense_score=c) for h, s, c in zip(found, (1.0, 0.8, 0.6), (0.7, 0.8, 0.9), strict=True)]
    first, second = group_by_article(hits).values()
    assert (first.rank, first.gap, first.dense) == (1.0, 0.0, 0.9)
    assert second.rank == 0.5 and second.gap == pytest.approx(0.2) and second.dense == 0.8


def test_words_in_common_are_counted_in_the_sentence_and_its_neighbours(weighed):
    assert weighed("Zzz qqq?").values["shared"] == 0.0
    assert weighed("Where was the fire?").values["shared"] > weighed("Where was the flood?").values["shared"]
