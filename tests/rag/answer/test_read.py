"""Passages read whole: where each sentence lies in its article, what the reader is shown, what is left out."""

from datetime import UTC, datetime

import pytest

from rag.answer.read import ReadSentence, read_passages
from rag.reader.reader import AnswerSpan

FIRST, SECOND = "It rained in Skopje.", "Petar Petrov signed the deal."
TEXT = f"{FIRST} {SECOND}"
BACKWARDS = "\u202eWords that a machine reads otherwise.\u202c"


def read(make, *passages, texts=None, **told):
    reader = make.Reader(**told)
    return read_passages("Who signed the deal?", make.hits(*passages), reader, texts or {}), reader


def test_sentences_point_into_the_article_and_what_is_marked_into_the_sentence(make):
    passage = make.passage(TEXT, start=100)
    (found,), _ = read(make, passage, odds={"Petrov": 4.0}, marked={"Petar Petrov": 6.0}, stated=1.5)
    article = " " * 100 + TEXT
    assert [article[s.start : s.end] for s in found.sentences] == [FIRST, SECOND] == [s.text for s in found.sentences]
    assert [s.margin for s in found.sentences] == [-4.0, 4.0]
    assert found.sentences[1].answer == AnswerSpan(0, len("Petar Petrov"), 6.0, 6.0)
    assert (found.rank, found.stated) == (0, 1.5)


def test_headline_and_day_are_read_but_are_no_sentence(make):
    dated = make.passage(TEXT, title="Deal signed", day=17)
    undated = make.passage(TEXT, "b", title="Deal signed", day=None)
    found, reader = read(make, dated, undated)
    assert reader.seen == [f"Deal signed (17 May 2024)\n{TEXT}", f"Deal signed\n{TEXT}"]
    assert [s.text for p in found for s in p.sentences] == [FIRST, SECOND] * 2


def test_the_headline_is_read_as_a_sentence_of_its_own(make):
    passage = make.passage(TEXT, start=100, title="Ana Kos resigns")
    (found,), reader = read(make, passage, odds={"Kos": 4.0}, marked={"Ana Kos": 6.0})
    assert reader.spans == sorted(reader.spans) and len(reader.spans) == 3  # in reading order, as the reader wants them
    assert found.headline == ReadSentence(0, 15, "Ana Kos resigns", 4.0, AnswerSpan(0, 7, 6.0, 6.0), headline=True)


@pytest.mark.parametrize("title", ["", FIRST, BACKWARDS])
def test_a_headline_that_the_text_repeats_or_that_is_written_backwards_is_not_quoted(make, title):
    (found,), _ = read(make, make.passage(TEXT, title=title))
    assert found.headline is None


def test_the_day_is_told_in_the_language_of_the_article(make):
    _, reader = read(make, make.passage("Potpisan je sporazum.", title="Sporazum", language="sr-Latn", day=17))
    assert reader.seen[0].startswith("Sporazum (17. maj 2024.)\n")


def test_a_stretch_in_the_headline_is_marked_nowhere(make):
    class Beside(make.Reader):
        def _answer(self, text, s):
            return super()._answer(text, type(s)(0, len(text)))

    passage = make.passage(TEXT, title="Petar Petrov signs")
    (found,) = read_passages("Who?", make.hits(passage), Beside(marked={"Petar Petrov": 6.0}), {})
    assert [s.answer for s in found.sentences] == [None, None]


def test_what_is_written_backwards_is_left_out_and_what_holds_nothing_else_too(make):
    some, none = make.passage(f"{FIRST}\n{BACKWARDS}\n{SECOND}"), make.passage(BACKWARDS, "b")
    found, _ = read(make, none, some, odds={"Petrov": 4.0})
    assert [(p.hit.passage.article_id, p.rank) for p in found] == [("a", 1)]
    assert [(s.text, s.margin) for s in found[0].sentences] == [(FIRST, -4.0), (SECOND, 4.0)]


def test_each_passage_is_read_whole_in_the_order_of_the_hits(make):
    long = " ".join(f"Sentence number {n} says little." for n in range(40))
    found, reader = read(make, *(make.passage(long, f"a{n}") for n in range(3)))
    assert [p.hit.passage.article_id for p in found] == ["a0", "a1", "a2"] and len(reader.seen) == 3
    assert all(len(p.sentences) == 40 for p in found) and all(long in text for text in reader.seen)
    assert found[0].hit.passage.published == datetime(2024, 5, 3, tzinfo=UTC)


def test_a_later_passage_is_read_behind_the_lead_of_its_article(make):
    lead, far = "A deal was near. It took a year.", f"Nobody {'really ' * 40}thought of it."
    article = f"{lead} {far} {TEXT}"
    passage = make.passage(TEXT, start=article.index(FIRST), title="Deal")
    (found,), reader = read(make, passage, texts={"a": article})
    assert reader.seen == [f"Deal (3 May 2024)\n{lead}\n{TEXT}"]
    assert [article[s.start : s.end] for s in found.sentences] == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("language", "notice"),
    [
        ("bs", "U ranijoj verziji ove vijesti stajalo je da Dodik nije pobijedio."),
        ("en", "An earlier version of this article said that she had resigned."),
        ("tr", "Haberin önceki sürümünde istifa ettiği yazıyordu."),
    ],
)
def test_what_an_earlier_version_said_is_not_quoted(make, language, notice):
    (found,), _ = read(make, make.passage(f"{FIRST} {notice}", language=language))
    assert [s.text for s in found.sentences] == [FIRST]
