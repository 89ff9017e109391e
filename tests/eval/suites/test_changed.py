"""One fact is changed in a copy, or none, and what is counted is what was joined."""

from datetime import UTC, datetime

import pytest

from eval.suites.changed import CHANGES, FRAMES, Originals, measure, originals, trials
from eval.suites.copies import DATA
from rag.types import Article

LINES = [
    "The bridge at Lukovac was opened on Thursday for lorries after the repair of 17 pillars by the builders.",
    "Mayor Ana Kolar sued the builder Petar Lisak in Germany, the police in the town of Lukovac said yesterday.",
    "Children had travelled twelve kilometres to school, and the journey now takes them ten minutes in winter.",
    "The stones of the old bridge will stay as a memorial to the builders of the last century, said the council.",
]


def source():
    day = datetime(2025, 4, 7, tzinfo=UTC)
    articles = tuple(Article(f"a{n}", "", "\n".join([*LINES, f"Note {n}."]), language="en", published=day) for n in "1")
    return Originals(
        articles, ("Ana Kolar", "Goran Tesić", "Brestovac"), ("pillars", "lorries"), {"weekday": ("Monday", "Thursday")}
    )


def test_each_change_changes_one_sentence_and_each_frame_none():
    made = list(trials([source()]))
    assert {t.kind for t in made if t.changed} == set(CHANGES)
    assert {t.kind for t in made if not t.changed} == set(FRAMES)
    for t in made:
        if t.changed:
            pairs = zip(t.article.text.split("\n"), t.copy.text.split("\n"), strict=True)
            assert sum(a != b for a, b in pairs) == 1, t.kind


def test_changed_copies_are_not_joined_and_frames_are():
    rows, cost = measure(list(trials([source()])))
    assert {r.kind for r in rows if r.changed and r.joined} == set()
    assert {r.kind for r in rows if not r.changed and r.joined < r.trials} == set()
    assert cost > 0


def test_dev_and_test_share_no_story():
    if not DATA.exists():
        pytest.skip(f"{DATA} is not there: nothing is measured of stories of the two halves.")
    halves = [
        {a.id.split("/", 1)[1] for o in originals(split=s, most=500) for a in o.articles} for s in ("dev", "test")
    ]
    assert halves[0] and halves[1] and not halves[0] & halves[1]
