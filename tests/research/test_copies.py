"""One fact is changed in a copy, or none, and what is counted is what was joined."""

from datetime import UTC, datetime

import pytest

from rag.types import Article
from research.copies import CHANGES, DATA, FRAMES, measure, originals, trials

LINES = [
    "The bridge at Lukovac was opened on Thursday for lorries after the repair of 17 pillars by the builders.",
    "Mayor Ana Kolar sued the builder Petar Lisak in Germany, the police in the town of Lukovac said yesterday.",
    "Children had travelled twelve kilometres to school, and the journey now takes them ten minutes in winter.",
    "The stones of the old bridge will stay as a memorial to the builders of the last century, said the council.",
]


def article(name, *lines):
    day = datetime(2025, 4, 7, tzinfo=UTC)
    return Article(name, "", "\n".join(lines), language="en", published=day)


SOURCES = [[article("a1", *LINES, "Note 1."), article("a2", "The mayor of Brestovac is Goran Tesić.", "He sings.")]]


@pytest.fixture(scope="module")
def made():
    return [t for t in trials(SOURCES) if t.article.id == "a1"]


def test_each_change_changes_one_sentence_and_each_frame_none(made):
    assert {t.kind for t in made if t.changed} == set(CHANGES)
    assert {t.kind for t in made if not t.changed} == set(FRAMES)
    for t in made:
        if t.changed:
            pairs = zip(t.article.text.split("\n"), t.copy.text.split("\n"), strict=True)
            assert sum(a != b for a, b in pairs) == 1, t.kind


def test_changed_copies_are_not_joined_and_frames_are(made):
    rows, cost = measure(made)
    assert {r.kind for r in rows if r.changed and r.joined} == set()
    assert {r.kind for r in rows if not r.changed and r.joined < r.trials} <= {"two paragraphs added", "cut to half"}
    assert cost > 0


@pytest.mark.data
def test_dev_and_test_share_no_story():
    if not DATA.exists():
        pytest.skip(f"{DATA} is not there: nothing is measured of stories of the two halves.")
    halves = [
        {a.id.split("/", 1)[1] for articles in originals(split=s, most=500) for a in articles} for s in ("dev", "test")
    ]
    assert halves[0] and halves[1] and not halves[0] & halves[1]
