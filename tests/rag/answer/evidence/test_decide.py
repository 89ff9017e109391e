"""Answer, answer in doubt, or refuse; and whether only the names keep a passage from answering."""

import pytest

from rag.answer.evidence.candidate import Sufficiency, decide
from rag.answer.rules import without

pytestmark = pytest.mark.usefixtures("judged")
RHODES = "A fire on Rhodes killed two people."


@pytest.fixture
def decided(make):
    def made(odds, *, question="How many people did the fire kill?", text=RHODES, threshold=None, **more):
        evidence = make.evidence(question, make.passage(text, **more), reader=make.Reader(other=odds))
        return decide(evidence, threshold=threshold)

    return made


@pytest.mark.parametrize(
    ("odds", "verdict"),
    [(3.0, Sufficiency(True)), (1.0, Sufficiency(True, doubtful=True)), (-1.0, Sufficiency(False))],  # .95, .73, .27
)
def test_by_the_thresholds_of_answering_and_of_being_sure(decided, odds, verdict):
    assert decided(odds) == verdict


def test_in_another_language_other_thresholds_hold(decided):
    assert decided(2.0, language="sq") == Sufficiency(False) and decided(2.0) == Sufficiency(True)  # .88
    assert decided(2.5, language="sq") == Sufficiency(True, doubtful=True)  # .92
    assert decided(4.0, language="sq") == Sufficiency(True)


@pytest.mark.parametrize(
    ("odds", "threshold", "verdict"),
    [
        (-3.0, 0.0, Sufficiency(True, doubtful=True)),
        (3.0, 0.0, Sufficiency(True)),
        (3.0, 0.99, Sufficiency(False)),
        (1.0, 0.7, Sufficiency(True, doubtful=True)),
        (1.0, 0.74, Sufficiency(False)),
        (3.0, 0.9, Sufficiency(True)),
    ],
)
def test_a_threshold_of_ones_own_replaces_that_of_answering(decided, odds, threshold, verdict):
    assert decided(odds, threshold=threshold) == verdict


def test_a_passage_that_would_answer_if_it_bore_the_name_is_another_subject(decided):
    found = decided(3.0, question="How many people did the fire on Corfu kill?")
    assert not found.answers and found.other is not None
    assert [n.surface for n in found.other.missing.names] == ["Corfu"]
    assert found.other.read.hit.passage.article_id == "a"


@pytest.mark.parametrize(
    ("odds", "question"),
    [
        (-1.0, "How many people did the fire on Corfu kill?"),  # it would not answer with the name either
        (-1.0, "How many people did the fire on Rhodes kill?"),  # the name is there
    ],
)
def test_where_more_is_missing_than_the_name_the_refusal_is_plain(decided, odds, question):
    assert decided(odds, question=question) == Sufficiency(False)


def test_a_small_word_that_may_be_a_name_makes_no_other_subject(decided):
    assert decided(-1.0, question="how many people did the fire in mali kill?").other is None


def test_rules_that_are_left_out(make):
    passage = make.passage(RHODES)

    def verdicts():
        for odds in (-1.0, 1.0):
            yield decide(make.evidence("How many died?", passage, reader=make.Reader(other=odds)))

    assert list(without(frozenset({"doubt"}), verdicts())) == [Sufficiency(True, doubtful=True)] * 2
    assert list(without(frozenset({"perhaps"}), verdicts())) == [Sufficiency(False), Sufficiency(True)]
