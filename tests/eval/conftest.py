"""A tiny suite with everything in it, and targets that answer as they are told."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from eval.core.cases import Case, Document, GoldQuote, Reply, ShownSentence, Suite, TargetFailed, Timing
from ingest.raw import Place
from rag.types import Citation, Passage

TEXT = "An agreement was signed in Tirana on 18 March 2025. Ivan Anušić signed it for Croatia."
OTHER = "A fire in Kočani killed 59 people on 16 March 2025. Warrants were issued for four people."
QUOTE, END = TEXT[52:], len(TEXT)


def make_document(doc_id, text, language="en", **fields):
    record = {"id": doc_id, "title": f"About {doc_id}", "text": text, "language": language, **fields}
    return Document(doc_id, record, Place("docs.jsonl", 1))


def make_case(case_id="c1", **fields):
    base = Case(
        id=case_id,
        question="Who signed for Croatia?",
        language="en",
        answers=("Ivan Anušić",),
        gold_doc_ids=("tirana",),
        gold_quotes=(GoldQuote("tirana", QUOTE),),
        category="who",
        split="dev",
        place="cases.jsonl:1",
    )
    return replace(base, **fields)


UNANSWERABLE = {
    "question": "Who won in 2031?",
    "answers": (),
    "gold_doc_ids": (),
    "gold_quotes": (),
    "unanswerable": True,
    "category": "future",
}


def make_suite(*cases, documents=None, name="tiny"):
    docs = documents or (make_document("tirana", TEXT), make_document("kocani", OTHER))
    return Suite(name, cases or (make_case(), make_case("c2", **UNANSWERABLE)), tuple(docs))


def make_passage(doc_id="tirana", text=TEXT, start=0):
    return Passage(f"{doc_id}:{start}", doc_id, 1, 0, text, start, start + len(text), f"About {doc_id}", language="en")


def make_citation(number=1, article="tirana", start=52, end=END, quote=QUOTE):
    return Citation(number, f"{article}:0", article, f"About {article}", "", None, None, quote, start, end, "en")


def make_reply(**fields):
    base = Reply(
        status="answered",
        ranking=(make_passage(), make_passage("kocani", OTHER)),
        sentences=(ShownSentence(QUOTE, (1,), "quote"),),
        citations=(make_citation(),),
        confidence=0.9,
        timing=Timing(1.0, 2.0, 3.0),
    )
    return replace(base, **fields)


REFUSAL = {"status": "refused", "sentences": (), "citations": (), "refusal_reason": "nothing_near", "confidence": 0.2}


class ScriptedTarget:
    """Answers a case with the reply of its id; an error is raised. Counts what it was asked."""

    name = "scripted"

    def __init__(self, replies):
        self.replies = replies
        self.asked = []

    def ask(self, case):
        self.asked.append(case.id)
        reply = self.replies[case.id]
        if isinstance(reply, BaseException):
            raise reply
        return reply


class Make:
    """What tests put together, under one name: test files cannot import this file."""

    TEXT, OTHER, QUOTE, UNANSWERABLE, REFUSAL = TEXT, OTHER, QUOTE, UNANSWERABLE, REFUSAL
    document, case, suite = staticmethod(make_document), staticmethod(make_case), staticmethod(make_suite)
    passage, citation, reply = staticmethod(make_passage), staticmethod(make_citation), staticmethod(make_reply)
    Target = ScriptedTarget


@pytest.fixture(scope="session")
def make():
    return Make


@pytest.fixture
def lines(tmp_path):
    """Writes records as JSON lines and gives the path."""

    def write(name, *records):
        path = tmp_path / name
        text = "".join(r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) + "\n" for r in records)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def failure():
    return TargetFailed("The server is down.", hint="Start it.")
