"""The question of `telal eval languages`, asked of the real engine."""

import json
import tomllib
from pathlib import Path

from eval.suites.one_question import QUESTIONS, ask_all
from rag.config import load_settings

TOLD = tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))


def test_the_answer_stands_in_the_article_and_nowhere_else():
    starter = Path(__file__).parents[3] / "ingest" / "starter"
    briefs = [json.loads(line) for file in starter.glob("*.jsonl") for line in file.read_text("utf-8").splitlines()]
    assert {b["id"] for b in briefs if TOLD["answer"] in b["text"]} == {TOLD["article"]}


def test_every_language_of_the_region_asks():
    asked = {q["language"] for q in TOLD["question"]}
    assert asked == {"en", "sr-Latn", "sr-Cyrl", "hr", "bs", "cnr", "sl", "mk", "bg", "sq", "ro", "el", "tr"}
    assert len({q["text"] for q in TOLD["question"]}) == len(TOLD["question"])


def test_each_finds_the_same_article():
    asked = list(ask_all(load_settings()))
    assert [a.question for a in asked if a.rank != 1] == []
    given = [a for a in asked if a.status != "refused"]
    assert [a.question for a in given if not a.shown] == []  # right, or silent
    assert sum(not a.quoted for a in given) <= 3  # the sentence behind it, on another minister
    assert sum(a.quoted for a in asked) >= 3  # of 19; the others are refused: decision 140
