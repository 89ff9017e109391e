"""Several questions in one: each part's quotes under it, five in all, what is missing is said."""

from dataclasses import replace

import pytest

from rag.answer.parts import MOST, events, join_answers
from rag.question.parse import parse
from rag.question.question import Question
from rag.types import (
    Answer,
    AnswerStatus,
    Citation,
    Cited,
    Delta,
    Finished,
    Nearest,
    Note,
    Refusal,
    Sentence,
    ShortAnswer,
    Verdict,
)

PARTS = ("Who signed it?", "When was it signed?")


def citation(number, article="a", start=0):
    quote = f"quote {article} {start}"
    return Citation(number, f"p-{article}", article, "T", "Glasnik", None, None, quote, start, start + len(quote))


def answered(question, *sources, status=AnswerStatus.ANSWERED, **more):
    citations = tuple(citation(i + 1, *source) for i, source in enumerate(sources))
    sentences = tuple(Sentence(c.quote, (c.number,), Verdict.QUOTE) for c in citations)
    return Answer(question, status, "en", sentences=sentences, citations=citations, confidence=0.9, **more)


def refused(question, *nearest):
    near = tuple(Nearest(n, n, "Glasnik", None, None) for n in nearest)
    return Answer(
        question, AnswerStatus.REFUSED, "en", refusal=Refusal("nothing_near", "Not here.", near), confidence=0.2
    )


def asked(parts=PARTS):
    return Question(" ".join(parts), "en", parts=tuple(parse(part, "en") for part in parts))


def test_each_part_has_its_quotes_under_it_and_its_own_short_answer():
    one = answered(PARTS[0], ("a", 0), ("b", 0), short=(ShortAnswer("Ana", (1,)),))
    other = answered(PARTS[1], ("c", 0), ("a", 0), short=(ShortAnswer("3 May", (1,)),))
    whole = join_answers(asked(), [one, other])
    assert [s.text for s in whole.sentences] == ["quote a 0", "quote b 0", "quote c 0", "quote a 0"]
    assert [s.lead for s in whole.sentences] == [PARTS[0], "", PARTS[1], ""]
    assert [c.number for c in whole.citations] == [1, 2, 3]  # a's quote stands in both parts and is one source
    assert [s.citations for s in whole.sentences] == [(1,), (2,), (3,), (1,)]
    assert [(s.text, s.citations) for s in whole.short] == [("Ana", (1,)), ("3 May", (3,))]
    assert whole.status is AnswerStatus.ANSWERED
    assert whole.question == asked().typed


def test_a_part_that_is_not_in_the_archive_is_named():
    whole = join_answers(asked(), [answered(PARTS[0], ("a", 0)), refused(PARTS[1], "n")])
    assert whole.status is AnswerStatus.PARTIAL
    assert whole.refusal is None
    assert [r.kind for r in whole.remarks] == ["part_missing"]
    assert PARTS[1] in whole.remarks[0].text
    assert whole.confidence == 0.2


def test_nothing_found_is_a_refusal_with_the_nearest_of_all():
    whole = join_answers(asked(), [refused(PARTS[0], "x", "y"), refused(PARTS[1], "y", "z", "w")])
    assert whole.status is AnswerStatus.REFUSED
    assert whole.refusal is not None
    assert [n.article_id for n in whole.refusal.nearest] == ["x", "y", "z"]
    assert not whole.sentences


@pytest.mark.parametrize(
    ("lengths", "shown"),
    [((5, 5), (3, 2)), ((1, 5), (1, 4)), ((5, 5, 5, 5, 5), (1, 1, 1, 1, 1)), ((5, 0, 5), (3, 0, 2)), ((2, 2), (2, 2))],
)
def test_five_quotes_in_all_are_shared(lengths, shown):
    parts = tuple(f"Question {i}?" for i in range(len(lengths)))
    answers = [
        answered(p, *((f"{i}{n}", 0) for n in range(many))) if many else refused(p)
        for i, (p, many) in enumerate(zip(parts, lengths, strict=True))
    ]
    whole = join_answers(asked(parts), answers)
    assert len(whole.sentences) == sum(shown) <= MOST
    found = [sum(s.text.startswith(f"quote {i}") for s in whole.sentences) for i in range(len(parts))]
    assert tuple(found) == shown


def test_sides_of_a_contradiction_stay_together():
    against = answered(
        PARTS[1], ("x", 0), ("y", 0), status=AnswerStatus.CONFLICTING, remarks=(Note("conflict", "They differ."),)
    )
    parts = ("A?", "B?", "C?", PARTS[1])
    whole = join_answers(asked(parts), [answered(p, (p[0], 0), (p[0], 1)) for p in parts[:3]] + [against])
    assert [s.text for s in whole.sentences][-2:] == ["quote x 0", "quote y 0"]
    assert whole.status is AnswerStatus.CONFLICTING
    assert "conflict" in [r.kind for r in whole.remarks]


def test_the_events_send_a_citation_before_its_sentence_and_the_answer_last():
    whole = join_answers(asked(), [answered(PARTS[0], ("a", 0)), answered(PARTS[1], ("a", 0))])
    assert [type(e) for e in events(whole)] == [Cited, Delta, Delta, Finished]


def test_that_there_were_more_questions_than_are_answered_is_said():
    whole = join_answers(replace(asked(), holds_more=True), [answered(p, (p, 0)) for p in PARTS])
    assert [(r.kind, r.text.count("2")) for r in whole.remarks] == [("first_questions", 1)]


def test_answers_must_be_as_many_as_parts():
    with pytest.raises(ValueError, match="1 answers for 2 parts"):
        join_answers(asked(), [refused("x")])


def test_a_part_that_hangs_on_the_first_is_shown_as_it_was_asked():
    both = asked(("Who signed it?", "When? Who signed it?"))
    answer = join_answers(both, [answered(PARTS[0], ("a", 0)), answered(PARTS[1], ("a", 9))])
    assert [s.lead for s in answer.sentences] == ["Who signed it?", "When?"]
