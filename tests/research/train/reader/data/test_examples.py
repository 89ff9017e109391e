"""Examples: where answers stand, and that they survive the file."""

from rag.text.sentences import Span
from research.train.reader.data.examples import (
    Example,
    best_sentences,
    joined,
    passage,
    places,
    read,
    sentences_of,
    write,
)

TEXT = "The bridge opened in 1995. It was closed in 2005. In 2005 work began."


def test_a_title_is_no_sentence():
    within = passage(TEXT, language="en", group="g", title="The bridge")
    assert within.text.startswith("The bridge\n")
    assert [within.text[s.start : s.end] for s in within.sentences][0] == "The bridge opened in 1995."


def test_answers_are_found_as_whole_words_and_not_in_the_title():
    within = passage(TEXT, language="en", group="g", title="2005")
    assert sentences_of(places("2005", within), within) == (1, 2)
    assert places("200", within) == () and places(" ", within) == ()


def test_of_several_sentences_the_ones_nearest_to_the_question():
    within = passage(TEXT, language="en", group="g")
    assert best_sentences("When was the bridge closed?", (1, 2), within) == (1,)
    assert best_sentences("When?", (1, 2), within) == (1, 2)


def test_segments_are_the_sentences_of_a_joined_passage():
    within = joined(["Uno due.", "Tre"], language="en", group="g")
    assert [within.text[s.start : s.end] for s in within.sentences] == ["Uno due.", "Tre"]


def test_examples_come_back_from_the_file(tmp_path):
    examples = [Example("s", "q", "a b", (Span(0, 1), Span(2, 3)), (1,), (Span(2, 3),), pair="en:ro")]
    digest = write(tmp_path / "e.jsonl.gz", examples)
    assert read(tmp_path / "e.jsonl.gz") == examples
    assert write(tmp_path / "f.jsonl.gz", examples) == digest
    assert write(tmp_path / "f.jsonl.gz", [*examples, *examples]) != digest
