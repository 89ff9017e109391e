"""A reader of one's own is checked before it is used: what was expected and what came."""

from __future__ import annotations

import pytest

from rag.answer.read import check_reader, read_passages
from rag.config import ReaderSettings, Settings
from rag.engine import reader_of
from rag.errors import BadSettings, ModelBroken
from rag.reader.reader import AnswerSpan, Reading
from rag.types import Hit, Passage


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
    assert check_reader(Own(lambda texts: [Reading((0.0, 1.0, -1.0), (None,) * 3, 0.5)]))


NAN = float("nan")


@pytest.mark.parametrize(
    ("reading", "told"),
    [
        (lambda texts: [], "expected one Reading for one text; came []"),
        (lambda texts: ["yes"], "expected one Reading for one text; came ['yes']"),
        (lambda texts: None, "expected one Reading for one text; came None"),
        (lambda texts: [Reading((1.0, 1.0), (None,) * 2, 0.5)], "3 scores and 3 answers for 3 sentences; came Reading"),
        (lambda texts: [Reading((1.0, NAN, 1.0), (None,) * 3, 0.5)], "scores that are finite floats; came Reading"),
        (lambda texts: [Reading((1.0,) * 3, (None,) * 3, None)], "scores that are finite floats; came Reading"),
        (lambda texts: [Reading((1.0,) * 3, (None, AnswerSpan(0, 3, 1.0), None), 0.5)], "a short answer within Span("),
        (lambda texts: 1 / 0, "a reading of a headline and two sentences; came ZeroDivisionError: division by zero"),
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


def hit(number):
    passage = Passage(f"p{number}", "a", 1, number, "One. Two. Three. Four.", 0, 22, title="", language="en")
    return Hit(passage, 1.0)


@pytest.mark.parametrize(
    ("reading", "told"),
    [
        (lambda texts: whole(texts)[:1], "expected 2 readings for 2 texts; came 1"),
        (lambda texts: [Reading((1.0,), (None,), 0.5)] * 2, "expected 4 scores and 4 answers for 4 sentences"),
    ],
)
def test_one_that_fits_the_trial_alone_is_refused_when_it_reads(reading, told):
    with pytest.raises(ModelBroken, match=told):
        read_passages("Who?", [hit(1), hit(2)], Own(reading), {})


def test_a_setting_names_a_class(tmp_path, monkeypatch):
    (tmp_path / "first_sentence.py").write_text(
        "from rag.reader.reader import Reading\n"
        "class First:\n"
        "    short_answers = False\n"
        "    def read_each(self, question, texts):\n"
        "        return [Reading((4.0,) + (-4.0,) * (len(s) - 1), (None,) * len(s), 4.0) for _, s in texts]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    named = Settings(reader=ReaderSettings(model="first_sentence:First"))
    assert type(reader_of(named, embedder=None)).__name__ == "First"
    for name, told in (("no_such_module:First", "cannot be imported"), ("first_sentence:Reading.x", "cannot be")):
        with pytest.raises(BadSettings, match=told):
            reader_of(Settings(reader=ReaderSettings(model=name)), embedder=None)
