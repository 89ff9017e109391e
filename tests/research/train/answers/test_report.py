"""What the models do by kind, and where they err most, on rows by hand."""

from __future__ import annotations

from rag.answer.judge import Thresholds
from research.train.answers.fit import Chosen
from research.train.answers.report import by_kind, curve, worst
from research.train.answers.rows import PassageRow, QuestionRow, SentenceRow

AT = Thresholds(0.5, 0.2, 0.5, 0.8, 0.9)


def chosen(told: str, *, accepted=(), kind="person", foreign=False, confidence=0.5, right=True) -> Chosen:
    sentence = SentenceRow(f"It was {told}.", {}, right, right, {"verdict": 1.0}, told, kind)
    passage = PassageRow(0, {}, {}, "a", "en", foreign, True, True, (sentence,))
    row = QuestionRow("1", "dev", "Who was it?", "en", "person", bool(accepted), tuple(accepted), False, (passage,))
    return Chosen(row, passage, sentence, confidence, right)


FOUND = {
    "own": [
        (chosen("Petar Petrov", accepted=["Petar Petrov"]), 0.9),
        (chosen("Ana Horvat", accepted=["Marko Ilić"]), 0.6),
        (chosen("Ivan Ilić"), 0.85),
        (chosen("300 metres", accepted=["300"], kind="number", foreign=True), 0.3),
    ]
}


def test_words_are_counted_by_kind_and_by_pair_of_languages():
    lines = {line["words"]: line for line in by_kind(FOUND, AT, FOUND, AT)}
    person = lines["person"]
    assert (person["proposed"], person["bold"], person["alone"]) == (3, 1.0, 0.5)
    assert person["bold, right"] == 1 / 3 and person["alone, right"] == 0.5  # one has no answer
    assert lines["number"]["bold"] == 0 == lines["two languages"]["bold"] and lines["two languages"]["right"] == 1
    assert lines["one language"]["proposed"] == 3


def test_the_curve_counts_wrong_words_of_unanswerable_questions():
    line = curve(FOUND)[0]
    assert line["0.10"] == 1.0  # the surest answerable one alone
    assert line["0.50"] == 1 / 3  # both answerable ones, and the one without an answer between them


def test_the_surest_wrong_words_come_first():
    assert [line.split(" -> ")[1].split(" (")[0] for line in worst(FOUND, 5)] == ["Ivan Ilić", "Ana Horvat"]
