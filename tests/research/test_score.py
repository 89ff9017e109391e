"""Figures of a record: each recorded answer is scored as if it had just been given."""

import pytest

from eval.core.cases import Case, Document, Suite
from eval.core.record import read_run
from ingest.raw import Place
from rag.types import Answer, AnswerStatus, Citation, Sentence, ShortAnswer, Verdict
from rag.wire import answer_json
from research.record import Source
from research.score import scored

TEXT = "Ana Horvat signed it. Ivo Kos was ill."


@pytest.fixture
def source():
    documents = (Document("a", {"id": "a", "title": "Signed", "text": TEXT, "language": "en"}, Place("made", 1)),)
    cases = (
        Case("1", "Who signed?", "en", ("Ana Horvat",), ("a",)),
        Case("2", "Who was ill?", "en", ("Ivo Kos",), ("a",)),
        Case("3", "Who was late?", "en", unanswerable=True),
        Case("4", "Not recorded?", "en", ("x",), ("a",)),
    )
    return Source("suite", Suite("suite", cases, documents), ())


def answered(quote, short, *, marks=()):
    start = TEXT.index(quote)
    citation = Citation(1, "p", "a", "Signed", "", None, None, quote, start, start + len(quote), "en")
    return {
        "answer": answer_json(
            Answer(
                "q",
                AnswerStatus.ANSWERED,
                "en",
                (Sentence(quote, (1,), Verdict.QUOTE, marks=marks),),
                (citation,),
                short=(ShortAnswer(short, (1,)),) if short else (),
            )
        )
    }


def test_recorded_answers_are_scored(source, tmp_path):
    rows = {
        "suite/1": answered("Ana Horvat signed it.", "Ana Horvat", marks=((0, 10),)),
        "suite/2": answered("Ana Horvat signed it.", ""),
        "suite/3": {"error": {"kind": "bad-input", "message": "No question.", "hint": ""}},
        "other/4": answered("Ana Horvat signed it.", ""),
    }
    made = scored(source, rows, out=tmp_path)
    assert [c.id for c in made.per_case] == ["1", "2", "3"] and made.counts["failed"] == 0
    figures = made.metrics
    assert figures["seen@1"] == figures["stated"] == 1 / 2 and figures["withheld"] == 1
    assert figures["short_shown"] == 1 / 2 and figures["short@shown"] == 1
    assert figures["marked_shown"] == 1 / 2 and figures["marked@1"] == 1
    assert read_run(tmp_path / "suite.json").metrics == figures


def test_a_record_without_the_suite_has_no_run(source):
    assert scored(source, {"other/1": answered("Ana Horvat signed it.", "")}) is None
