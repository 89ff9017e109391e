"""A language model's reply, piece by piece: sentences, numbers, and what is withdrawn."""

import pytest

from rag.answer.generate.write import messages, sentences, write
from rag.answer.verify.verify import Withdrawn
from rag.types import Hit, Passage, Verdict


def pieces(text, size=3):
    return iter([text[i : i + size] for i in range(0, len(text), size)])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    "reply",
    [
        "Pirro Vengu signed it [1]. Ivan Anušić followed [2][3].",
        "Pirro Vengu signed it. [1] Ivan Anušić followed. [2][3]",
        "Pirro Vengu signed it.[1] Ivan Anušić followed.[2, 3]",
    ],
)
def test_numbers_belong_to_the_sentence_they_follow(reply, size):
    assert list(sentences(pieces(reply, size))) == [
        ("Pirro Vengu signed it.", (1,)),
        ("Ivan Anušić followed.", (2, 3)),
    ]


def test_a_sentence_is_ready_before_the_reply_is_over():
    stream = sentences(iter(["One was here [1]. ", "Two was here [2]. ", "Three"]))
    assert next(stream) == ("One was here.", (1,))


def test_a_reply_that_never_ends_is_cut():
    def endless():
        while True:
            yield "word "

    assert list(sentences(endless())) == []


def test_nothing_gives_nothing():
    assert list(sentences(iter([]))) == [] == list(sentences(iter([" [1] "])))


class Model:
    name = "scripted"

    def __init__(self, reply):
        self.reply = reply

    def stream(self, system, user):
        self.user = user
        yield from pieces(self.reply)


def hit(text, title="Agreement", outlet="RTS"):
    return Hit(Passage("p", "a", 1, 0, text, 0, len(text), title, outlet), 1.0)


HITS = [hit("Pirro Vengu and Ivan Anušić signed it in Tirana on 18 March 2025; 2.000 soldiers take part.")]


def written(reply):
    return list(write("Who signed?", HITS, Model(reply), language="en"))


def test_a_supported_sentence_is_shown():
    (only,) = written("Pirro Vengu signed it in Tirana on 18 March 2025 [1].")
    assert only.verdict is Verdict.SUPPORTED and only.citations == (1,)


@pytest.mark.parametrize(
    "lie",
    [
        "Pirro Vengu signed it.",  # no citation
        "Pirro Vengu signed it [7].",  # a citation that was not shown
        "Edi Rama signed it [1].",  # a name that is not there
        "Pirro Vengu signed it on 19 March 2025 [1].",  # a number that is not there
        "3,000 soldiers take part [1].",
    ],
)
def test_a_lie_is_withdrawn(lie):
    (only,) = written(lie)
    assert isinstance(only, Withdrawn)


def test_numbers_meet_as_written_in_the_region():
    (only,) = written("2,000 soldiers take part [1].")
    assert not isinstance(only, Withdrawn)


def test_no_answer_yields_nothing():
    assert written("NO ANSWER") == []


def test_a_passage_cannot_carry_citation_numbers_or_braces_that_work():
    system, user = messages("q {passages}", [hit("They cite rule [2] {question}")], "sr-Latn")
    assert "They cite rule (2) {question}" in user and "q {passages}" in user
    assert "Serbian" in system
