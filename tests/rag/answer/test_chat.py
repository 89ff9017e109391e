"""A reply's usage and cost; passages cut to fit; a model that writes too much, in another language, or markup."""

import pytest

from rag.answer.generate.chat import Reply
from rag.answer.generate.write import Written, fit, messages, write
from rag.answer.verify.verify import Withdrawn
from rag.config import ChatSettings
from rag.types import Hit, Passage, Usage


def passage(text):
    return Passage("p", "a", 1, 0, text, 0, len(text), "Bridge", "Glasnik", language="en")


class Model:
    name = "scripted"

    def __init__(self, text):
        self.text = text

    def stream(self, system, user):
        self.user = user
        yield from (self.text[i : i + 50] for i in range(0, len(self.text), 50))


def test_usage_is_what_the_server_reports_or_counted_and_has_a_price():
    settings = ChatSettings(price_input=1.0, price_output=4.0)
    reply = Reply(iter(["abc", "def"]), 300, settings)
    assert "".join(reply) == "abcdef" and reply.usage == Usage(100, 2, (100 * 1.0 + 2 * 4.0) / 1e6)
    reply.reported = (120, 7)
    assert reply.usage == Usage(120, 7, (120 * 1.0 + 7 * 4.0) / 1e6)
    assert Reply(iter([]), 3, ChatSettings()).usage.cost is None


@pytest.mark.parametrize("text", ["The bridge opened. " * 3000, "x" * 50_000, "word", "1 2 3 4 5"])
def test_a_passage_of_any_length_fits_the_budget(text):
    (cut,) = fit([passage(text)], 500)
    assert len(cut.text) <= 1500 and bool(cut.text) == (text[0] != "x")  # fifty thousand letters x are no sentence
    assert len(messages("?", [Hit(passage(text), 1.0)] * 6, "en", context_tokens=1000)[1]) < 5000


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Der Ort hat am Montag seine neue Brücke geöffnet, sagte der Leiter [1].", "another language"),
        ("See https://evil.example/bridge for it [1].", "links or markup"),
        ("<b>The bridge opened</b> [1].", "links or markup"),
        ("", "empty"),
    ],
)
def test_what_cannot_be_used_says_why(said, why):
    reply = Written()
    hits = [Hit(passage("The bridge opened on Monday."), 1.0)]
    told = list(write("When did it open?", hits, Model(said), language="en", reply=reply))
    assert all(isinstance(one, Withdrawn) for one in told)
    assert why in reply.unusable


def test_a_reply_of_a_hundred_thousand_words_is_cut():
    hits = [Hit(passage("The bridge opened on Monday."), 1.0)]
    found = list(write("When?", hits, Model("The bridge opened on Monday [1]. " * 20_000), language="en"))
    assert len(found) == 12
