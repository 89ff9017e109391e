"""A stretch of an article in the reader's language: what the model is sent, and what of its translation is shown."""

from datetime import UTC, datetime

import pytest

from rag.answer.chat import Breaker
from rag.answer.translate import MOST_TRANSLATED, is_foreign, translate
from rag.answer.write import Writer
from rag.errors import BadInput, ChatUnavailable, ReplyCut
from rag.text.messages import message
from rag.types import Passage

SIGNED, COSTS = "Ministrat nënshkruan marrëveshjen në Tiranë më 18 mars 2025.", "Ajo kushton 2,5 milionë euro."
TEXT = f"Binte shi. {SIGNED} {COSTS}"
TITLE = "Marrëveshja u nënshkrua nga 3 ministra"
TRUE = "The ministers signed the agreement in Tirana on 18 March 2025. [1.1] It costs 2.5 million euros. [1.2]"
START, END = 1000 + TEXT.index(SIGNED), 1000 + len(TEXT)


def passage(text=TEXT, language="sq", title=TITLE):
    day = datetime(2025, 3, 20, tzinfo=UTC)
    return Passage("p", "a", 1, 0, text, 1000, 1000 + len(text), title, "Outlet", language=language, published=day)


class Model:
    """Says the same whatever it is asked."""

    name = "scripted"

    def __init__(self, said):
        self.said, self.asked = said, []

    def stream(self, system, user):
        self.asked.append((system, user))
        yield from (self.said[i : i + 7] for i in range(0, len(self.said), 7))


def told(said, p=None, start=START, end=END, language="en", **more):
    writer = said if isinstance(said, Writer) else Writer(Model(said), **more)
    return translate(p or passage(), start, end, language, writer)


def test_a_faithful_translation_is_shown_sentence_by_sentence_beside_its_originals():
    model = Model(TRUE)
    made = told(Writer(model))
    assert [s.text for s in made.sentences] == [
        "The ministers signed the agreement in Tirana on 18 March 2025.",
        "It costs 2.5 million euros.",
    ]
    originals = [s.originals for s in made.sentences]
    assert [(o.text, o.language) for some in originals for o in some] == [(SIGNED, "sq"), (COSTS, "sq")]
    assert all(passage().text[o.start - 1000 : o.end - 1000] == o.text for some in originals for o in some)
    assert made.notice.startswith("Wording: scripted.") and not made.left_out
    ((system, user),) = model.asked
    assert "into English, in Latin script" in system
    assert f"[1.1] {SIGNED}\n[1.2] {COSTS}" in user and "Binte shi" not in user and TITLE not in user


def test_a_headline_is_translated_alone_and_its_number_may_be_missing():
    made = translate(passage(), 0, len(TITLE), "en", Writer(Model("Agreement signed by 3 ministers")), headline=True)
    ((sentence,), (original,)) = made.sentences, made.sentences[0].originals
    assert sentence.text == "Agreement signed by 3 ministers"
    assert (original.text, original.start, original.end) == (TITLE, 0, len(TITLE))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (TRUE.replace("2.5 million", "2.6 million"), "number"),
        (TRUE.replace("2.5 million euros", "2.5 million dollars"), "number"),
        (TRUE.replace("It costs 2.5 million euros", "It costs a lot of money"), "number"),
        (TRUE.replace("18 March", "19 March"), "date"),
        (TRUE.replace(" on 18 March 2025", ""), "date"),
        (TRUE.split(" It costs")[0], "missing"),
        (f"{TRUE} Everybody was there.", "no_source"),
        (TRUE.replace("The ministers", "The <b>ministers</b>"), "markup"),
        (TRUE.replace("Tirana", "Tirana (https://evil.example)"), "markup"),
        (TRUE.replace("It costs 2.5 million euros.", COSTS), "language"),
        (f"{SIGNED} [1.1] {COSTS} [1.2]", "language"),
    ],
)
def test_what_departs_from_the_original_is_not_shown_at_all(said, why):
    made = told(said)
    assert not made.sentences and made.left_out and set(made.reasons) == {why}
    assert made.notice == message("no_translation", "en")


def test_a_model_that_declines_has_translated_nothing():
    made = told("NO ANSWER", start=START, end=START + len(SIGNED))
    assert not made.sentences and made.reasons == ("missing",)


def test_one_sentence_in_two_and_two_in_one_are_translations():
    two = TRUE.replace(" in Tirana on", " in Tirana. [1.1] They did so on")
    assert len(told(two).sentences) == 3
    one = "The ministers signed the agreement in Tirana on 18 March 2025, and it costs 2.5 million euros. [1.1][1.2]"
    assert [len(s.originals) for s in told(one).sentences] == [2]


@pytest.mark.parametrize("between", [" ", "\n", "\n\n"])
@pytest.mark.parametrize(
    "thought",
    ["", "<think>[1.1] is first.</think>\n", "[1.1] first, then ... </think>", f"<think>{'hm ' * 5000}</think>"],
)
def test_numbers_may_stand_before_their_sentences(between, thought):
    one, two = (s.text for s in told(TRUE).sentences)
    made = told(f"{thought}[1.1] {one}{between}[1.2] {two}")
    assert [s.text for s in made.sentences] == [one, two]
    assert [s.originals[0].text for s in made.sentences] == [SIGNED, COSTS]


def test_a_reply_that_never_ends_is_left():
    class Endless(Model):
        def stream(self, system, user):
            while True:
                yield "word "

    with pytest.raises(ChatUnavailable, match="endless"):
        told(Writer(Endless("")))


def test_a_translation_that_was_too_long_is_said_to_have_broken_off():
    class Cut(Model):
        def stream(self, system, user):
            yield self.said
            raise ReplyCut("Cut off.")

    writer = Writer(Cut(TRUE.split(" It costs")[0]), breaker=Breaker(most=1))
    made = told(writer)
    assert not made.sentences and not made.reasons and made.notice == message("translation_cut", "en")
    assert not writer.breaker.resting  # the model is there


def test_a_judge_sees_each_sentence_beside_its_original():
    assert told(TRUE, judge=Model("1 supported\n2 supported")).sentences[0].verdict == "supported"
    made = told(TRUE, judge=Model("1 supported\n2 contradicted"))
    assert not made.sentences and made.reasons == ("contradicted", "contradicted")


@pytest.mark.parametrize(
    ("written", "language", "foreign"),
    [
        ("sq", "en", True), ("en", "sr-Cyrl", True), ("bg", "mk", True), ("sl", "hr", True),
        ("hr", "sr-Cyrl", False), ("bs", "cnr", False), ("sr-Latn", "sr-Cyrl", False), ("en", "en", False),
        ("und", "en", False), ("de", "en", False), ("sq", "de", False),
    ],
)  # fmt: skip
def test_a_language_that_its_reader_reads_is_not_translated(written, language, foreign):
    assert is_foreign(written, language) is foreign
    if not foreign:
        with pytest.raises(BadInput, match="not translated"):
            told(TRUE, passage(language=written), language=language)


def test_what_is_too_long_is_refused():
    long = passage("Binte shi. " * 200)
    with pytest.raises(BadInput, match=str(MOST_TRANSLATED)):
        told(TRUE, long, 1000, 1000 + MOST_TRANSLATED + 1)


def test_a_model_that_says_nothing_three_times_rests():
    model = Model("")
    writer = Writer(model, breaker=Breaker())
    for _ in range(4):
        with pytest.raises(ChatUnavailable):
            told(writer)
    assert len(model.asked) == 3 and writer.breaker.resting
