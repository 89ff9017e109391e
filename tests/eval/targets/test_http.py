"""Telal over HTTP, answered by a real server."""

from datetime import date

import pytest

from eval.core.cases import TargetFailed
from eval.run.run import run
from eval.run.score import Texts
from eval.targets.http import Client, HttpTarget
from rag.types import Turn


@pytest.fixture
def answer(make):
    return {
        "id": "1", "status": "answered", "language": "en", "confidence": 0.8, "notices": [], "timings_ms": {"total": 3},
        "sentences": [{"text": make.QUOTE, "citations": [1], "verdict": "quote"}],
        "citations": [
            {"number": 1, "passage_id": "p", "article_id": "tirana", "title": "T", "outlet": "", "url": None,
             "published": "2025-03-18T00:00:00+00:00", "modified": None, "quote": make.QUOTE, "start": 52,
             "end": len(make.TEXT), "language": "en", "kind": "report", "status": "live",
             "context": {"start": 0, "end": len(make.TEXT), "text": make.TEXT}}
        ],
        "short": [{"text": "Ivan Anušić", "citations": [1]}],
        "refusal": None,
    }  # fmt: skip


@pytest.fixture
def passages(make):
    shown = {
        "passage_id": "p", "article_id": "tirana", "title": "T", "outlet": "", "url": None, "published": None,
        "language": "en", "kind": "report", "score": 1.0, "text": make.TEXT, "start": 0, "end": len(make.TEXT),
    }  # fmt: skip
    return {"id": "1", "standalone": "Who?", "passages": [shown]}


@pytest.fixture
def target(served):
    with Client(served.base, timeout_s=5) as client:
        yield HttpTarget(client)


def test_a_streamed_answer(target, served, event, make, answer, passages):
    delta = {"text": make.QUOTE, "citations": [1], "verdict": "quote"}
    served.stream(
        "POST /v1/ask",
        event("passages", passages),
        ": ping\n\n",
        event("delta", delta),
        event("answer", answer),
        delay_s=0.01,
    )
    case = make.case(history=(Turn("Before?", "Yes."),), as_of=date(2025, 3, 19), search_in=("en",))
    reply = target.ask(case)
    assert [p.article_id for p in reply.ranking] == ["tirana"]
    assert reply.sentences[0].text == make.QUOTE and reply.citations[0].start == 52
    assert reply.citations[0].published.year == 2025
    assert reply.confidence == 0.8
    assert reply.sentences[0].paragraph == f"{make.QUOTE}\n{make.TEXT}" and reply.short[0].text == "Ivan Anušić"
    assert 0 < reply.timing.first_event_ms < reply.timing.first_word_ms < reply.timing.end_ms
    assert served.requests[0][2] == {
        "question": case.question, "history": [{"question": "Before?", "answer": "Yes."}], "stream": True,
        "filters": {"languages": ["en"]}, "as_of": "2025-03-19",
    }  # fmt: skip


def test_scores_are_those_of_the_same_answer_here(target, served, event, make, answer, passages):
    served.stream("POST /v1/ask", event("passages", passages), event("answer", answer))
    suite = make.suite(make.case())
    made = run(suite, target, texts=Texts(suite.documents, elsewhere=target.text))
    for name in ("recall@1", "seen@1", "citation_valid", "citation_recall", "citation_precision"):
        assert made.metrics[name] == 1, name


def test_a_refusal(target, served, make, answer):
    refusal = {"reason": "nothing_near", "message": "No.", "nearest": []}
    served.reply("POST /v1/ask", {**answer, "status": "refused", "sentences": [], "citations": [], "refusal": refusal})
    reply = target.ask(make.case())
    assert (reply.status, reply.refusal_reason, reply.sentences) == ("refused", "nothing_near", ())
    assert reply.ranking is None


def test_a_question_that_is_none(target, served, make):
    served.reply("POST /v1/ask", {"title": "Bad input", "detail": "The question is empty."}, status=422)
    reply = target.ask(make.case())
    assert (reply.status, reply.refusal_reason) == ("refused", "bad-input")


def test_texts_to_find(target, served, make, passages):
    hit = {"score": 1.0, "passage": {**passages["passages"][0], "id": "p", "revision": 2, "ordinal": 1}}
    served.reply("POST /v1/search", {"hits": [hit], "notices": []})
    reply = target.ask(make.case(search_only=True, search_in=("hr",)))
    assert reply.ranking[0].article_id == "tirana" and reply.ranking[0].revision == 2
    assert served.requests[0][2]["filters"] == {"languages": ["hr"]}


def test_texts_of_articles_that_the_suite_does_not_hold(target, served):
    served.reply("GET /v1/articles/a%2Fb", {"text": "Its text."})
    assert target.text("a/b") == "Its text."
    assert target.text("nowhere") is None


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (lambda s, e: s.stream("POST /v1/ask", e("delta", {"text": "x"})), "broke off before the answer was whole"),
        (lambda s, e: s.stream("POST /v1/ask", e("delta", {"text": "x"}), whole=False), "broke off"),
        (lambda s, e: s.stream("POST /v1/ask", e("error", {"title": "Busy", "detail": "Later."})), "Busy: Later."),
        (lambda s, e: s.stream("POST /v1/ask", e("answer", {"status": "answered"})), "in another form than Telal's"),
        (lambda s, e: s.reply("POST /v1/ask", {}, status=500), "answered 500"),
        (lambda s, e: s.reply("POST /v1/ask", [1]), "in another form than Telal's"),
    ],
)
def test_failures_are_failures(target, served, event, make, reply, told):
    reply(served, event)
    with pytest.raises(TargetFailed, match=told):
        target.ask(make.case())
    made = run(make.suite(make.case()), target, texts=Texts([]))
    assert made.counts["failed"] == 1 and made.metrics["seen@1"] is None
