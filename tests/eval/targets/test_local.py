"""Telal in this process, as the engine's events say."""

import time
from dataclasses import replace
from datetime import date

import pytest

from eval.core.cases import TargetFailed
from eval.targets.local import LocalTarget, collect
from rag.config import SearchSettings, Settings
from rag.errors import ArchiveBusy, BadInput
from rag.types import (
    Answer,
    AnswerStatus,
    Context,
    Delta,
    Finished,
    Hit,
    PassagesFound,
    Refusal,
    Sentence,
    ShortAnswer,
    Turn,
    Verdict,
)


class Engine:
    """Streams what it is given, or raises it."""

    def __init__(self, *events):
        self.events = events
        self.asked = {}

    def stream(self, question, **more):
        self.asked = {"question": question, **more}
        for event in self.events:
            if isinstance(event, Exception):
                raise event
            yield event


def answer(make):
    sentence = Sentence(make.QUOTE, (1,), Verdict.QUOTE)
    citations = (replace(make.citation(), context=Context(0, len(make.TEXT), make.TEXT)),)
    short = (ShortAnswer("Ivan Anušić", (1,)),)
    return Answer(
        "?", AnswerStatus.ANSWERED, "en", sentences=(sentence,), citations=citations, confidence=0.7, short=short
    )


def test_events_become_a_reply(make):
    found = PassagesFound((Hit(make.passage(), 1.0),), "?")
    whole = answer(make)
    case = make.case()
    engine = Engine(found, Delta(whole.sentences[0]), Finished(whole))
    reply = LocalTarget(engine).ask(case)
    assert [p.article_id for p in reply.ranking] == ["tirana"]
    assert reply.sentences[0].verdict == "quote" and reply.confidence == 0.7
    assert reply.sentences[0].context == make.TEXT and reply.short[0].text == "Ivan Anušić"
    assert 0 < reply.timing.first_event_ms <= reply.timing.first_word_ms <= reply.timing.end_ms
    assert engine.asked["as_of"] is None and engine.asked["history"] == ()


def test_a_refusal(make):
    refused = Answer("?", AnswerStatus.REFUSED, "en", refusal=Refusal("nothing_near", "No."), confidence=0.1)
    reply = LocalTarget(Engine(PassagesFound((), "?"), Finished(refused))).ask(make.case())
    assert (reply.status, reply.refusal_reason, reply.timing.first_word_ms) == ("refused", "nothing_near", None)


def test_what_is_no_question_is_a_refusal(make):
    reply = LocalTarget(Engine(BadInput("Empty."))).ask(make.case())
    assert (reply.status, reply.refusal_reason, reply.ranking) == ("refused", "bad-input", ())


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (ArchiveBusy("Busy.", hint="Wait."), "ArchiveBusy: Busy. Wait."),
        (IndexError("out of range"), "Telal broke: IndexError"),
    ],
)
def test_faults_are_failures_of_the_case(make, fault, told):
    with pytest.raises(TargetFailed, match=told):
        LocalTarget(Engine(fault)).ask(make.case())


def test_a_stream_that_breaks_off():
    with pytest.raises(TargetFailed, match="broke off"):
        collect(iter([PassagesFound((), "?")]), time.perf_counter())


def test_a_text_to_find_is_searched_as_it_would_be_asked(make):
    engine = Searching(Hit(make.passage(), 1.0))
    day, turns = date(2026, 1, 2), (Turn("Who?", "He."),)
    case = replace(make.case(), search_only=True, as_of=day, history=turns, search_in=("sq",))
    reply = LocalTarget(engine).ask(case)
    assert [p.article_id for p in reply.ranking] == ["tirana"] and not reply.sentences
    assert (engine.asked["as_of"], engine.asked["history"]) == (day, turns)
    assert engine.asked["filters"].languages == ("sq",) and engine.asked["limit"] == 20


class Searching:
    """Finds what it is given."""

    settings = Settings(search=SearchSettings(limit=20))

    def __init__(self, *hits):
        self.hits = hits

    def search(self, text, **more):
        self.asked = {"text": text, **more}
        return list(self.hits)
