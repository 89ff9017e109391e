"""What the guard sees: denial, opposites, dates, amounts, roles, in one language and across; true sentences pass."""

from datetime import UTC, datetime

import pytest

from eval.guard import TRUE, judge, made_pairs
from rag.answer.guard import faults
from rag.answer.verify import check
from rag.types import Passage

EN = (
    "Mayor Ana Kolar sued the builder Petar Lisak on 12 May 2024. The work cost 14 million euros and took 320 people. "
    "Lisak denied that the bridge was late. Traffic rose by 8 per cent."
)
SR = "Ana Kolar tužila je 12. maja 2024. graditelja Petra Lisaka. Saobraćaj je porastao za 8 odsto."


def passage(text, language="en"):
    return Passage(
        "p", "a", 1, 0, text, 0, len(text), "Bridge", "Glasnik", language=language,
        published=datetime(2024, 6, 1, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("claim", "fault"),
    [
        ("Ana Kolar did not sue the builder Petar Lisak.", "denied"),
        ("Petar Lisak sued the mayor Ana Kolar on 12 May 2024.", "roles"),
        ("Traffic fell by 8 per cent.", "turned"),
        ("Ana Kolar sued the builder Petar Lisak on 14 May 2024.", "misdated"),
        ("Traffic rose by 14 per cent.", "mismeasured"),
        ("Ana Kolar denied that the bridge was late.", "misattributed"),
        ("Rain was heavy on Sunday evening near the coast.", "elsewhere"),
    ],
)
def test_each_rule_sees_its_lie(claim, fault):
    assert fault in faults(claim, [passage(EN)], "en")


@pytest.mark.parametrize(
    "claim",
    [
        "Ana Kolar sued the builder Petar Lisak on 12 May 2024.",
        "The builder Petar Lisak was sued by mayor Ana Kolar.",
        "The work cost 14 million euros.",
        "Traffic rose by 8 per cent.",
        "Lisak denied that the bridge was late.",
    ],
)
def test_true_sentences_pass(claim):
    assert faults(claim, [passage(EN)], "en") == []
    assert check(claim, [1], {1: passage(EN)}, language="en") is not None


def test_rules_hold_across_languages():
    shown = {1: passage(SR, "sr-Latn")}
    assert check("Ana Kolar sued the builder Petar Lisak on 12 May 2024.", [1], shown, language="en") is not None
    for lie in (
        "Petar Lisak sued Ana Kolar on 12 May 2024.",
        "Ana Kolar did not sue the builder Petar Lisak.",
        "Traffic fell by 8 per cent.",
        "Ana Kolar sued the builder Petar Lisak on 13 May 2024.",
    ):
        assert check(lie, [1], shown, language="en") is None, lie


def test_a_reader_that_sees_no_support_withdraws():
    class Reader:
        def supports(self, claim, text):
            return 0.1

    claim = "The work cost 14 million euros."
    assert check(claim, [1], {1: passage(EN)}, language="en") is not None
    assert check(claim, [1], {1: passage(EN)}, language="en", supports=Reader()) is None


def test_on_the_made_pairs_of_dev_few_lies_pass_and_few_true_sentences_are_withdrawn():
    judged = judge([p for p in made_pairs(split="dev") if not p.across])
    lies = [j for j in judged if j.pair.kind != TRUE]
    true = [j for j in judged if j.pair.kind == TRUE]
    assert len(judged) > 250
    assert sum(j.wrong for j in lies) <= 0.04 * len(lies)
    assert sum(j.wrong for j in true) <= 0.05 * len(true)
