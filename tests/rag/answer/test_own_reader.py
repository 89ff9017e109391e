"""A reader of one's own is checked before it is used: what was expected and what came."""

from __future__ import annotations

import pytest

from rag.answer.read import check_reader
from rag.errors import ModelBroken
from rag.reader.reader import AnswerSpan, Reading


class Own:
    """Reads as `reading` does."""

    short_answers = True

    def __init__(self, reading):
        self._reading = reading

    def read_each(self, question, texts):
        return self._reading([(text, list(sentences)) for text, sentences in texts])


def whole(texts):
    return [Reading((1.0,) * len(s), tuple(AnswerSpan(one.start, one.end, 2.0) for one in s), 0.5) for _, s in texts]


def test_one_that_fits_is_taken():
    reader = Own(whole)
    assert check_reader(reader) is reader
    assert check_reader(Own(lambda texts: [Reading((1.0, -1.0), (None, None), 0.5)]))


NAN = float("nan")


@pytest.mark.parametrize(
    ("reading", "told"),
    [
        (lambda texts: [], "expected one Reading for one text; came []"),
        (lambda texts: ["yes"], "expected one Reading for one text; came ['yes']"),
        (lambda texts: None, "expected one Reading for one text; came None"),
        (lambda texts: [Reading((1.0,), (None,), 0.5)], "two scores and two answers for two sentences; came Reading"),
        (lambda texts: [Reading((1.0, NAN), (None, None), 0.5)], "scores that are finite floats; came Reading"),
        (lambda texts: [Reading((1.0, 1.0), (None, None), None)], "scores that are finite floats; came Reading"),
        (lambda texts: [Reading((1.0, 1.0), (AnswerSpan(0, 3, 1.0), None), 0.5)], "a short answer within Span("),
        (lambda texts: 1 / 0, "a reading of a text of two sentences; came ZeroDivisionError: division by zero"),
    ],
)
def test_what_it_gives_is_refused(reading, told):
    with pytest.raises(ModelBroken) as refused:
        check_reader(Own(reading))
    assert told in refused.value.message and refused.value.message.startswith("Own is no reader: expected")
    assert refused.value.hint == "docs/contributing.md shows one: Add a reader."


def test_a_missing_method_or_attribute_is_refused():
    class Silent:
        short_answers = False

    class Untold:
        def read_each(self, question, texts):
            return whole(texts)

    with pytest.raises(ModelBroken, match=r"expected a method read_each\(question, texts\); came none"):
        check_reader(Silent())
    with pytest.raises(ModelBroken, match="expected short_answers to be True or False; came no such attribute"):
        check_reader(Untold())
