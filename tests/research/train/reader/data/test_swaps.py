"""Near misses made from a question: what they name is not what the text tells of."""

from random import Random

import pytest

from rag.text.names import name_key
from research.train.reader.data.build import as_typed
from research.train.reader.data.examples import Example, passage, places
from research.train.reader.data.swaps import Kind, NamePools, group

TEXT = "In 2019 the mayor of Ohrid, Ana Petrova, opened 12 schools. Marko Ilić of Bitola was not invited."
POOLS = NamePools(
    {("en", Kind.PLACE): ("Kotor", "Ohrid", "Bitola"), ("en", Kind.PERSON): ("Jelena Kos", "Ana Petrova")},
    frozenset({name_key("Ohrid"), name_key("Bitola"), name_key("Kotor")}),
)


def question(text):
    within = passage(TEXT, language="en", group="g")
    return Example("made", text, within.text, within.sentences, (0,), places("12", within), pair="en:en")


def swapped(text, way):
    found = [m for seed in range(30) for m in group(question(text), "en", TEXT, POOLS, Random(seed))[1:]]
    return [m for m in found if m.source == f"made-swap-{way}"]


def test_a_foreign_name_is_of_the_same_kind_and_not_in_the_text():
    assert {m.question for m in swapped("How many schools did Ohrid get?", "foreign")} == {
        "How many schools did Kotor get?"
    }
    assert {m.question for m in swapped("How many schools did mayor Ana Petrova open?", "foreign")} == {
        "How many schools did mayor Jelena Kos open?"
    }


def test_a_name_of_the_same_text_takes_the_place_of_another():
    assert {m.question for m in swapped("How many schools did mayor Ana Petrova open?", "same-text")} == {
        "How many schools did mayor Marko Ilić open?"
    }


def test_a_year_becomes_one_that_the_text_does_not_hold():
    found = {m.question for m in swapped("How many schools were opened in 2019?", "year")}
    assert found and all("2019" not in q and "20" in q for q in found)


@pytest.mark.parametrize("seed", range(5))
def test_members_of_a_group_share_a_mark_and_misses_answer_nothing(seed):
    first, *misses = group(question("How many schools did Ohrid get in 2019?"), "en", TEXT, POOLS, Random(seed))
    assert first.right and first.group and 0 < len(misses) <= 2
    for miss in misses:
        assert (miss.group, miss.absent, miss.stated, miss.right, miss.spans) == (first.group, True, False, (), ())


def test_a_question_without_a_name_stays_alone():
    alone = group(question("how many schools were opened"), "en", TEXT, NamePools({}, frozenset()), Random(0))
    assert len(alone) == 1 and alone[0].group == ""


def test_questions_are_typed_in_several_ways_and_claims_stay():
    asked = question("How many schools did Ohrid get?")
    ways = {as_typed(asked, Random(seed)).question for seed in range(40)}
    assert ways == {asked.question, "how many schools did ohrid get"}
    claim = Example("made", "Ohrid got 12 schools?", TEXT, asked.sentences, (0,), claim=True)
    assert all(as_typed(claim, Random(seed)) is claim for seed in range(20))
