"""Figures of absence from known probabilities; suites made of collections that fit in a few lines."""

import gzip
import json

import pytest

from eval.absent import figures
from eval.fit_refusal import Example
from eval.reader.suites import write_suites
from rag.answer.evidence import Calibration, Features

MODEL = Calibration({"dense": 10.0}, -5.0, 0.5)  # a cosine of .5 is the threshold


def example(dense, held, near=False):
    return Example("s", Features(dense, 0, 0, 0, 0, 0, 0, 0), held, near)


def test_figures_at_the_threshold():
    found = [example(1.0, True), example(0.4, True), example(0.0, False), example(0.9, False, near=True)]
    seen = figures(found, MODEL)
    assert (seen.answerable, seen.absent) == (2, 2)
    assert (seen.precision, seen.recall, seen.answered) == (0.5, 0.5, 0.5)
    assert seen.auroc == 0.75 and seen.near_misses == 0.5
    low, high = seen.curve[0], seen.curve[-1]
    assert low.answered >= high.answered and low.recall <= high.recall and high.answered == 0.5


def test_error_is_small_where_probabilities_are_true():
    sure = Calibration({"dense": 100.0}, -50.0, 0.5)
    assert figures([example(1.0, True), example(0.0, False)], sure).error < 0.001
    assert figures([example(1.0, False), example(0.0, True)], sure).error > 0.99


def test_only_one_kind_has_no_curve():
    seen = figures([example(1.0, True)], MODEL)
    assert seen.auroc is None and seen.precision is None and seen.near_misses is None
    with pytest.raises(ValueError):
        figures([], MODEL)


def test_suites_cross_languages_and_hold_their_gold_documents(tmp_path):
    for folder in ("train", "parallel"):
        (tmp_path / folder).mkdir()
    asked = [("Kenya", "Which city is the capital of Kenya?", ["Nairobi"]), ("Kenya", "Who won in 2090?", []),
             ("Tea", "What is tea?", ["A drink"])]  # fmt: skip
    with gzip.open(tmp_path / "train/squad_dev.jsonl.gz", "wt") as file:
        for i, (title, question, answers) in enumerate(asked):
            context = f"{title}: Nairobi is a city. A drink."
            file.write(json.dumps({"id": str(i), "title": title, "context": context, "question": question,
                                   "answers": answers, "language": "en", "doc": title}) + "\n")  # fmt: skip
    with (tmp_path / "parallel/ntrex128_segments_dev.jsonl").open("w") as file:
        for doc in range(12):
            for seg in range(4):
                for language in ("en", "hr", "sq"):
                    text = f"On day {seg + 3} Edi Rama met {doc + 40} people in Tirana with word word word."
                    file.write(json.dumps({"seg_id": f"{doc}-{seg}", "doc_id": f"d{doc}", "language": language,
                                           "text": text}) + "\n")  # fmt: skip
    counts = write_suites(tmp_path, tmp_path)
    squad = [json.loads(line) for line in (tmp_path / "squad.jsonl").read_text().splitlines()]
    assert [c["unanswerable"] for c in squad] == [False, True]  # of the titles held back alone
    news = [json.loads(line) for line in (tmp_path / "news.jsonl").read_text().splitlines()]
    told = {d["id"]: d["language"] for line in (tmp_path / "news_docs.jsonl").read_text().splitlines()
            for d in [json.loads(line)]}  # fmt: skip
    assert news and counts == {"squad": 2, "news": len(news)} and set(told.values()) == {"en", "hr", "sq"}
    assert all(told[c["gold_doc_ids"][0]] != c["language"] for c in news)
