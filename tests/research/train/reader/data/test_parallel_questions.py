"""Parallel questions: every question in every variant, its words where they stand, its own language as teacher."""

from __future__ import annotations

from random import Random

import pytest

import research.train.reader.data.parallel_questions as module
from rag.errors import BadInput
from rag.text.sentences import Span
from research.train.reader.data.examples import from_json, to_json
from research.train.reader.data.parallel import Document
from research.train.reader.data.parallel_questions import VARIANTS, groups, near, place, read_questions

TEXT = {
    "en": "The bell weighs 20 tons.", "hr": "Zvono teži 20\u00a0tona.", "mk": "Ѕвоното тежи 20 тони.",
    "sr-Latn": "Zvono je teško 20 tona.",
}  # fmt: skip
FIRST = {"en": "It is old.", "hr": "Staro je.", "mk": "Старо е.", "sr-Latn": "Staro je to."}
DOCUMENT = Document("flores:0", tuple([FIRST] * 4 + [TEXT] + [FIRST] * 4))
RECORD = """
=== flores:0
? 4 how-many
en How heavy is the bell? | @16-23
hr Koliko teži zvono? | @11-18
mk Колку тежи ѕвоното? | @13-20
sr-Latn Koliko je teško zvono? | @15-22
cnr Koliko teži zvono?
- attribute
en How old is the bell?
hr Koliko je staro zvono?
mk Колку е старо ѕвоното?
sr-Latn Koliko je zvono staro?
cnr Koliko je staro zvono?
"""
PLAIN = "How heavy is the bell?"


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(module, "VARIANTS", ("en", "hr", "mk", "cnr", "sr-Latn"))


@pytest.fixture
def questions(tmp_path, few):
    (tmp_path / "p1.txt").write_text(RECORD, encoding="utf-8")
    return read_questions(tmp_path)


def test_a_record_is_read_as_it_was_written(questions):
    (question,) = questions
    assert (question.document, question.at, question.kind) == ("flores:0", 4, "how-many")
    assert question.words == {"en": "@16-23", "hr": "@11-18", "mk": "@13-20", "sr-Latn": "@15-22"}
    assert [(m.kind, m.asked["en"], m.words) for m in question.misses] == [("attribute", "How old is the bell?", {})]


def test_a_line_without_a_place_is_refused(tmp_path):
    (tmp_path / "p1.txt").write_text("=== flores:0\n? four who\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"p1.txt, line 2"):
        read_questions(tmp_path)


@pytest.mark.parametrize("taught", [False, True])
def test_a_group_is_the_question_its_near_miss_and_a_part_that_does_not_answer(questions, taught):
    made = list(groups(questions, {"flores:0": DOCUMENT}, Random(3), each=5, taught=taught))
    assert len(made) == 5
    for members in made:
        own = next(e for e in members if e.right and not e.teaches)
        assert "20" in own.text[own.sentences[own.right[0]].start : own.sentences[own.right[0]].end]
        assert own.text[own.spans[0].start : own.spans[0].end].startswith("20")
        assert {e.source for e in members if e.absent} == {"parallel-miss", "parallel-null"}
        null = next(e for e in members if e.source == "parallel-null")
        assert "20" not in null.text
        assert len({e.group for e in members}) == 1


def test_the_teacher_reads_the_same_segments_in_the_language_of_the_question(questions):
    for members in groups(questions, {"flores:0": DOCUMENT}, Random(5), each=5, taught=True):
        teachers = [e for e in members if e.teaches]
        own = next(e for e in members if e.right and not e.teaches)
        asked, _, told = own.pair.partition(":")
        assert told != asked
        for teacher in teachers:
            assert teacher.pair == f"{asked}:{near(asked)}"
            assert (teacher.question, teacher.right, len(teacher.sentences)) == (
                own.question, own.right, len(own.sentences),
            )  # fmt: skip
            assert from_json(to_json(teacher)).teaches
        assert len(teachers) == 1


def test_a_place_lies_in_its_segment():
    assert place("@11-18", TEXT["hr"]) == Span(11, 18)
    assert place("@11-99", TEXT["hr"]) is None


def test_every_question_is_asked_in_every_variant():
    found = read_questions()
    assert len(found) + sum(len(q.misses) for q in found) >= 1200
    for question in found:
        assert not set(VARIANTS) - question.asked.keys(), question.name
        assert not set(VARIANTS) - {"cnr"} - question.words.keys(), question.name
        for miss in question.misses:
            assert not set(VARIANTS) - miss.asked.keys(), miss.name
            assert not miss.words, miss.name
