"""Claims with marked words: what was put in is marked as told only where the passage holds what it was taken from."""

from __future__ import annotations

from random import Random

import pytest

from train.reader.data.claims import Story, claims, stems
from train.reader.data.examples import Example
from train.reader.data.marks import flags, mark

BRIDGE = {
    "en": "The old bridge over the Vrbas was closed on Monday.",
    "ro": "Vechiul pod peste Vrbas a fost închis luni.",
}
STORIES = {
    "translated": [
        Story(
            f"story {n}",
            [
                BRIDGE,
                {"en": f"Engineers found {n} cracks, it said.", "ro": f"Inginerii au găsit {n} fisuri."},
                {"en": "Traffic took the new road near it.", "ro": "Traficul a luat-o pe drumul nou."},
            ],
        )
        for n in (3, 7)
    ]
}  # fmt: skip


@pytest.fixture(scope="module")
def made() -> list[Example]:
    return claims(STORIES, 400, Random(1))


def test_words_of_a_claim_are_marked_by_where_they_stand(made):
    assert {e.stated for e in made} == {True, False}
    assert all(e.claim and e.borne and e.text for e in made)
    for e in made:
        assert e.stated == all(told for *_, told in e.borne)
        for start, end, _ in e.borne:
            assert e.question[start:end] == e.question[start:end].strip()


def test_in_one_language_what_is_marked_as_told_stands_there_and_what_is_not_does_not(made):
    own = [e for e in made if e.pair == "en:en"]
    assert own
    for e in own:
        held = stems(e.text)
        for start, end, told in e.borne:
            word = stems(e.question[start:end])
            assert word <= held if told else not word <= held


def test_the_same_claim_is_true_beside_one_passage_and_false_beside_another(made):
    by_claim: dict[str, set[bool]] = {}
    for e in made:
        by_claim.setdefault(e.question, set()).add(e.stated)
    assert {True, False} in by_claim.values()


def question(text: str, **fields: object) -> Example:
    return Example("squad", text, "The bridge in Trebinje was built in 1966.", (), pair="en:en", **fields)  # type: ignore[arg-type]


def test_what_was_put_into_a_near_miss_is_not_told_and_what_it_shares_is():
    own = question("When was the bridge in Trebinje built?", right=(0,), group="g")
    miss = question("When was the bridge in Foča built?", absent=True, group="g")
    both = [mark(e, known) for e, known in zip((own, miss), flags([own, miss]), strict=True)]
    marks = [{e.question[s:t]: told for s, t, told in e.borne} for e in both]
    assert marks[0]["Trebinje"] and marks[0]["bridge"]
    assert marks[1]["Foča"] is False and marks[1]["bridge"]


def test_a_question_typed_in_other_letters_keeps_its_marks():
    own = question("When was the bridge in Trebinje built?", right=(0,))
    typed = mark(question("when was the bridge in trebinje built", right=(0,)), flags([own])[0])
    assert {typed.question[s:t] for s, t, _ in typed.borne} >= {"trebinje", "built"}
