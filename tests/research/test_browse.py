"""What is measured of digests and conversations, on answers made by hand."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag.types import (
    Answer,
    AnswerKind,
    AnswerStatus,
    Citation,
    Context,
    Excerpt,
    Nearest,
    Refusal,
    Story,
)
from research.browse import Change, Figure, Measured, browsed, figures, first_shown, join_at_random, talked

ROOT = Path(__file__).parents[2]
STARTER, RESEARCH = ROOT / "ingest/starter", ROOT / "research"
OWN = ("browsing.jsonl", "conversations.jsonl")
DAY = datetime(2025, 3, 18, tzinfo=UTC)
ROW = {"nothing_claimed": False, "kind": "browse", "stories": ["a", "b", "c"], "may": ["d"], "first": ["a"]}
TURN = {"carries": True, "unanswerable": False, "stories": ["a"], "answers": ["59"]}


def story_of(article_id):
    return article_id[0]


def digest(*ids):
    stories = tuple(Story(i, "Title", "Lead.", "", None, DAY) for i in ids)
    return Answer("q", AnswerStatus.ANSWERED, "en", kind=AnswerKind.DIGEST, digest=stories)


def quoted(article, quote, around=""):
    context = Context(0, len(around), around) if around else None
    citation = Citation(1, "p", article, "Title", "", None, DAY, quote, 0, len(quote), context=context)
    return Answer("q", AnswerStatus.PARTIAL, "en", citations=(citation,), standalone="q")


def refused(*near):
    return Answer("q", AnswerStatus.REFUSED, "en", refusal=Refusal("nothing_near", "No.", near), standalone="p q")


def test_a_digest_holds_what_belongs_and_nothing_strange():
    assert browsed(ROW, digest("a1", "b1", "d1", "x1"), story_of) == {"held": 2 / 3, "first": 1, "strange": 0.25}
    assert browsed(ROW, refused(), story_of) == {"held": 0, "first": 0}
    assert browsed(ROW, digest("d1"), story_of)["first"] == 0


def test_five_of_many_stories_are_enough():
    row = ROW | {"stories": list("abcefgh")}
    assert browsed(row, digest("a", "b", "c", "e", "f"), story_of)["held"] == 1


@pytest.mark.parametrize(
    ("status", "claimed"), [(AnswerStatus.ANSWERED, 1), (AnswerStatus.PARTIAL, 0), (AnswerStatus.REFUSED, 0)]
)
def test_what_is_shown_with_doubt_claims_nothing(status, claimed):
    assert browsed(ROW | {"nothing_claimed": True}, Answer("q", status, "en"), story_of) == {"claimed": claimed}


def test_the_first_thing_shown_counts_under_any_heading():
    assert first_shown(quoted("a1", "59", "At least 59 died.")) == ("a1", "Title\nAt least 59 died.")
    near = Nearest("a1", "Fire", "", None, DAY, excerpt=Excerpt("59 died.", 0, 8, (0, 8)))
    assert first_shown(refused(near)) == ("a1", "Fire\n59 died.")
    assert first_shown(refused()) == ("", "")
    assert talked(TURN, quoted("a1", "59 died."), story_of) == {"story": 1, "seen": 1}
    assert talked(TURN, quoted("b1", "58 died."), story_of) == {"story": 0, "seen": 0}
    row = ROW | {"kind": "changes", "answers": ["Radev"]}
    assert browsed(row, quoted("a1", "Radev spoke."), story_of) == {"newest": 1}


def test_of_a_change_of_topic_nothing_is_carried_over():
    change = TURN | {"carries": False}
    assert talked(change, quoted("a1", "x"), story_of) == {"kept": 1, "story": 1}
    assert talked(change | {"unanswerable": True}, refused(), story_of) == {"kept": 0, "stated": 0}


def test_figures_are_means_over_what_was_measured():
    made = [Measured(0, {"first": 1.0}, "a"), Measured(1, {"first": 0.0, "held": 0.5}, "b")]
    assert figures(made) == {"first": Figure(0.5, 2), "held": Figure(0.5, 1)}


def test_a_question_is_not_taken_for_browsing():
    row = {"nothing_claimed": False, "kind": "question", "answers": ["59"]}
    assert browsed(row, quoted("a1", "59 died."), story_of) == {"asked": 1, "seen": 1}
    assert browsed(row, digest("a1"), story_of) == {"asked": 0, "seen": 0}


def test_where_nothing_is_held_a_digest_claims_something_unless_it_may_be_shown():
    row = {"nothing_claimed": True, "kind": "browse", "may": ["d"], "should_say": ["No"]}
    assert browsed(row, digest("d1"), story_of) == {"claimed": 0, "told": 0}
    assert browsed(row, digest("x1"), story_of) == {"claimed": 1, "told": 0}
    assert browsed(row, refused(), story_of) == {"claimed": 0, "told": 1}


def test_changes_of_topic_join_conversations_that_share_no_story():
    rows = [
        {"stories": [story], "language": "en", "turns": [{"question": f"{story}{n}"} for n in (1, 2)]}
        for story in ("a", "a", "b")
    ]
    made = join_at_random(rows, 4, seed=1)
    assert {(change.before[0], change.question) for change in made} == {("a1", "b1"), ("b1", "a1")}
    assert all(isinstance(change, Change) and 1 <= len(change.before) <= 2 for change in made)
    assert made == join_at_random(rows, 4, seed=1)
    with pytest.raises(ValueError, match="5 changes of topic from 4 pairs"):
        join_at_random(rows, 5, seed=1)


def test_our_own_inputs_name_stories_of_the_starter_corpus():
    held = {
        json.loads(line)["story"] for file in STARTER.glob("*.jsonl") for line in file.read_text("utf-8").splitlines()
    }
    inputs, talks = ([json.loads(line) for line in (RESEARCH / name).read_text("utf-8").splitlines()] for name in OWN)
    assert {story for row in inputs for story in (*row["stories"], *row["first"], *row["may"])} <= held
    assert {story for row in talks for turn in row["turns"] for story in turn["stories"]} <= held
    assert len(inputs) == 40 and len(talks) == 10 and {len(row["turns"]) for row in talks} == {5}
