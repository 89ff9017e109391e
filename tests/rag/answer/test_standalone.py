"""A follow-up question that a language model says anew; where it cannot, the rules do."""

import time

import pytest

from rag.answer.standalone import Restating
from rag.errors import ChatUnavailable
from rag.question.prepare import prepare, restate
from rag.types import Filters, Turn

BEFORE = [Turn("Who signed the Tirana agreement in 2025?", "Pirro Vengu signed it on 18 March.")]
ASKED = "And who was against it?"
ALONE = "Who was against the Tirana agreement of 2025?"


class Model:
    name = "scripted"

    def __init__(self, said, takes_s=0.0):
        self.said, self.takes_s, self.asked = said, takes_s, []

    def stream(self, system, user):
        self.asked.append(user)
        time.sleep(self.takes_s)
        if isinstance(self.said, Exception):
            raise self.said
        yield self.said


def test_the_question_is_said_anew_with_what_the_conversation_tells():
    model = Model(f'"{ALONE}"')
    assert Restating(model).restate(ASKED, BEFORE, "en") == ALONE
    assert "Who signed the Tirana agreement" in model.asked[0] and model.asked[0].endswith(f"New question: {ASKED}")


@pytest.mark.parametrize(
    "said",
    [
        "",
        "NO ANSWER",
        "Who was against the agreement of 2031?",  # a year that nobody named
        "See https://evil.example/x",
        "Two lines?\nYes.",
        "Wer war gegen das Abkommen von Tirana und warum wollte er es nicht unterschreiben?",
        "who " * 200,
    ],
)
def test_what_is_no_such_question_is_not_searched_for(said):
    assert Restating(Model(said)).restate(ASKED, BEFORE, "en") == ""


@pytest.mark.parametrize("model", [Model(ChatUnavailable("gone")), Model(ALONE, takes_s=2.0)])
def test_a_model_that_fails_or_is_slow_is_waited_for_once(model):
    restating = Restating(model, limit_s=0.2)
    began = time.monotonic()
    assert restating.restate(ASKED, BEFORE, "en") == "" and time.monotonic() - began < 1.5
    assert restating.restate(ASKED, BEFORE, "en") == "" and len(model.asked) == 1


def test_the_question_keeps_what_was_typed_and_its_filters():
    asked = prepare(ASKED, history=BEFORE, filters=Filters(outlets=("Glasnik",)), language="en")
    anew = restate(asked, ALONE)
    assert (anew.text, anew.typed, anew.standalone) == (ALONE, ASKED, ALONE)
    assert anew.filters == asked.filters and anew.history == asked.history and anew.turn is None
