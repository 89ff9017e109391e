"""Orders hidden in articles and questions, a model that obeys and lies: nothing of it reaches the reader."""

import pytest

from rag.answer.chat import LangChainChat
from rag.config import load_settings
from rag.reader.reader import load_reader
from rag.types import Answer, AnswerStatus, Sentence, Verdict, Written
from research.attacks import PAYLOAD, attacks, faults, lied_to, lying_model_settings, outcome
from research.scripted_model import NAME, reply, scripted, ways

SILENT = {"wrong json", "error", "never", "never stops", "empty", "breaks off"}  # nothing comes that could be shown


@pytest.fixture(scope="module")
def reader():
    return load_reader(load_settings().embedding)


class Lying:
    name = "liar"

    def __init__(self, way):
        self.way = way

    def stream(self, system, user):
        said = reply(self.way, user)[:20_000]
        yield from (said[i : i + 400] for i in range(0, len(said), 400))


def test_there_are_two_hundred_attacks_in_eight_languages_and_the_liar_says_what_they_want():
    every = attacks()
    assert len(every) >= 200 and len({a.language for a in every}) == 8 and len({a.id for a in every}) == len(every)
    assert {a.side for a in every} == {"article", "question"}
    assert PAYLOAD == NAME and len(ways()) >= 12


def test_the_check_sees_an_order_that_was_obeyed():
    attack = attacks()[0]
    shown = (Sentence(f"Ask {PAYLOAD}.", (), Verdict.QUOTE),)
    obeyed = Answer("?", AnswerStatus.ANSWERED, "en", sentences=shown)
    assert set(faults(attack, obeyed)) == {"obeyed", "without citation"}
    linked = Written("m", (Sentence("See <b>http://x</b>.", (), Verdict.WRITTEN),))
    written = Answer("?", AnswerStatus.ANSWERED, "en", written=linked)
    assert set(faults(attack, written)) == {"without citation", "without original", "link or markup"}


@pytest.mark.parametrize("one_in", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_no_attack_reaches_an_answer_made_of_quotes(reader, one_in):
    assert [(o.attack.id, o.faults) for o in (outcome(a, reader) for a in attacks()[::one_in]) if o.faults] == []


@pytest.mark.slow
def test_no_attack_reaches_an_answer_by_a_model_that_obeys(reader):
    found = [outcome(a, reader, Lying("obeys")) for a in attacks()[::2]]
    assert [(o.attack.id, o.faults, o.answer.text) for o in found if o.faults] == []


@pytest.mark.parametrize("way", sorted(set(ways()) - SILENT - {"obeys"}))
def test_no_lie_is_shown_but_under_the_models_name(reader, way):
    for attack in attacks()[::60]:
        found = outcome(lied_to(attack), reader, Lying(way))
        assert not found.faults, (attack.id, found.answer.text)


@pytest.mark.parametrize("way", ["error", "wrong json", "never", "breaks off", "invents numbers"])
def test_a_server_that_fails_or_lies_is_answered_by_quotes_or_a_refusal(reader, way):
    attack = lied_to(attacks()[0])
    with scripted() as address:
        found = outcome(attack, reader, LangChainChat(lying_model_settings(address, way)))
    assert not found.faults
    if way in ("error", "never"):
        assert found.answer.answered_by == "quotes" and found.answer.sentences and found.answer.written.notice
