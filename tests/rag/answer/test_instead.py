"""A model's sentence that no passage bears gives way to the best quote of the passage that it cites."""

import pytest

from rag.answer.generate.write import written
from rag.answer.verify.guard import faults
from rag.answer.verify.verify import Quote, Withdrawn, quote_instead
from rag.types import Answer, AnswerStatus, Hit, Passage, Query, Verdict

TEXT = (
    "Mayor Ana Kolar sued the builder Petar Lisak on 12 May 2024. The bridge over the Vrela was late. "
    "Rain fell on Sunday."
)


def passage(text=TEXT, language="en"):
    return Passage("p", "a", 1, 0, text, 0, len(text), "Bridge", "Glasnik", language=language)


class Model:
    name = "scripted"

    def __init__(self, reply):
        self.reply = reply

    def stream(self, system, user):
        yield self.reply


def told(reply, text=TEXT):
    base = Answer("Who sued?", AnswerStatus.ANSWERED, "en")
    query = Query("Who sued?", "Who sued?", "en")
    steps = written(base, query, [Hit(passage(text), 1.0)], chat=Model(reply), texts_of=lambda _: {"a": text})
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value.answer


def test_the_quote_stands_in_its_place_marked_and_proven():
    answer = told("Ana Kolar sued the builder Petar Lisak, who took a bribe [1].")
    (only,) = answer.sentences
    (cited,) = answer.citations
    assert (only.text, only.verdict) == ("Mayor Ana Kolar sued the builder Petar Lisak on 12 May 2024.", Verdict.QUOTE)
    assert only.lead == "In the article's own words:"
    assert TEXT[cited.start : cited.end] == cited.quote == only.text
    assert answer.withdrawn == 1


def test_a_true_sentence_beside_it_stays():
    answer = told("Ana Kolar sued Petar Lisak [1]. The bridge was late because of a bribe [1].")
    assert [s.verdict for s in answer.sentences] == [Verdict.SUPPORTED, Verdict.QUOTE]
    assert [s.citations for s in answer.sentences] == [(1,), (2,)]


def test_a_quote_is_shown_once_and_what_shares_nothing_gets_none():
    gone = Withdrawn("Ana Kolar sued Petar Lisak and is corrupt.", (1,))
    first = quote_instead(gone, {1: passage()}, [], "en")
    assert first == Quote(1, 0, TEXT.index(" The bridge"))
    assert quote_instead(gone, {1: passage()}, [first], "en") != first
    assert quote_instead(Withdrawn("Zorblat Kvix knows.", (1,)), {1: passage()}, [], "en") is None
    assert quote_instead(Withdrawn("Ana Kolar sued.", ()), {1: passage()}, [], "en") is None


SR = "Gradonačelnica Ana Kolar tužila je 12. maja 2024. graditelja Petra Lisaka. Most preko Vrele kasni."


@pytest.mark.parametrize(
    ("claim", "text", "language", "of", "fault"),
    [
        ("Ana Kolar sued the builder Petar Lisak, who took a bribe.", TEXT, "en", "en", "unborne"),
        ("The bridge was late and is ugly.", TEXT, "en", "en", "unborne"),
        ("Ana Kolar sued the builder Petar Lisak attacker.example/login.", TEXT, "en", "en", "host"),
        ("The corrupt Ana Kolar sued the builder Petar Lisak.", TEXT, "en", "en", "charged"),
        ("The bridge was late because rain fell.", TEXT, "en", "en", "charged"),
        ("The bridge was late, according to police.", TEXT, "en", "en", "unborne"),
        ("Ana Kolar je tužila Petra Lisaka i duguje novac.", SR, "sr-Latn", "sr-Latn", "unborne"),
        ("Ana Kolar sued Petar Lisak, who took a bribe.", SR, "en", "sr-Latn", "charged"),
        ("Ana Kolar sued Petar Lisak, who beats his wife.", SR, "en", "sr-Latn", "unborne"),
    ],
)
def test_what_is_added_to_a_true_sentence_is_seen(claim, text, language, of, fault):
    assert fault in faults(claim, [passage(text, of)], language)


@pytest.mark.parametrize(
    ("claim", "text", "language", "of"),
    [
        ("According to the article, Ana Kolar sued Petar Lisak on 12 May 2024.", TEXT, "en", "en"),
        ("Most preko Vrele kasni, a Ana Kolar je tužila graditelja.", SR, "sr-Latn", "sr-Latn"),
        ("Градоначелница Ана Колар је тужила Петра Лисака.", SR, "sr-Cyrl", "sr-Latn"),
        ("Ana Kolar sued the builder Petar Lisak on 12 May 2024.", SR, "en", "sr-Latn"),
    ],
)
def test_what_only_says_it_in_another_way_is_not(claim, text, language, of):
    assert faults(claim, [passage(text, of)], language) == []
