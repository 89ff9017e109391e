"""Written stories: every answer stands in its article, and what a group says of a text is true."""

from __future__ import annotations

import json
from random import Random

import pytest

from rag.errors import BadInput
from rag.text.language import SUPPORTED
from research.train.reader.data.parallel import Document
from research.train.reader.data.written import fetch, groups, parse, records, translated

RECORD = """
=== x-001
@ a en 2024-05-13 | Ferry aground
A ferry ran aground off Orebić on Monday. All 214 passengers were taken ashore.
Nobody was hurt, the harbour master said.
@ b hr 2023-11-02 | Trajekt kod Visa
Kod Visa se nasukao trajekt sa 90 putnika.
? a 214
en How many people were on the ferry near Orebić?
hr koliko je putnika bilo na trajektu kod Orebića
- a aspect
en What is the captain of the ferry near Orebić called?
- a entity
hr Koliko je putnika bilo na trajektu kod Visa?
? b 90
hr Koliko je putnika bilo kod Visa?
""".splitlines()


def told(example):
    return [example.text[example.sentences[n].start : example.sentences[n].end] for n in example.right]


def test_a_record_is_read_as_it_was_written():
    (record,) = parse(RECORD)
    assert record.articles["a"].text.endswith("harbour master said.")
    assert [(q.key, q.answer, q.kind) for q in record.questions] == [
        ("a", "214", ""), ("a", None, "aspect"), ("a", None, "entity"), ("b", "90", ""),
    ]  # fmt: skip
    assert [len(misses) for _, misses in record.units()] == [2, 0]


def test_groups_pair_a_question_with_its_near_misses_and_twins():
    made = list(groups(parse(RECORD), Random(1), others=0))
    assert [len(g) for g in made] == [4, 4, 2]
    first, *others = made[0]
    assert first.text[first.spans[0].start : first.spans[0].end] == "214"
    assert told(first) == ["All 214 passengers were taken ashore."]
    assert {e.group for e in made[0]} == {first.group}
    assert all(e.absent and not e.stated for e in others)
    twin = next(e for e in others if e.source == "written-twin")
    assert (twin.question, twin.pair) == (first.question, "en:hr")
    assert "Visa" in twin.text


def test_half_of_the_headlines_are_a_sentence_to_choose():
    record = parse(
        ["=== x", "@ a en 2024-05-13 | 214 saved", "A ferry ran aground.", "? a 214", "en How many were saved?"]
    )
    chosen = [told(example) for n in range(200) for (example,) in groups(record, Random(n), others=0)]
    assert 60 < len(chosen) < 140  # else no sentence answers, and there is no group
    assert all(right == ["214 saved"] for right in chosen)


def test_a_document_is_asked_in_one_language_and_shown_in_another():
    made = parse(["=== d", "? 1 ridicule", "en What do they fear?", "- aspect", "en Who proposed it?"])
    segments = tuple({"en": f"They fear ridicule {n}.", "hr": f"Boje se poruge {n}."} for n in range(3))
    ((example, miss),) = translated(made, [Document("d", segments)], Random(2))
    assert example.pair == "en:hr"
    span = example.sentences[example.right[0]]
    assert example.text[span.start : span.end] == "Boje se poruge 1."
    assert miss.absent


def test_an_article_of_the_collection_of_news_is_read_from_there(tmp_path):
    news = tmp_path / "news.jsonl"
    lines = [
        {"id": f"n{n}", "language": "hr", "title": f"Trajekt {n * 11}", "text": f"Bilo je {n} putnika."} for n in (7, 8)
    ]
    news.write_text("".join(json.dumps(line) + "\n" for line in lines))
    made = parse(["=== x", "@ a n8", "? a 8", "en How many were on board?"])
    fetch(made, news)
    ((example,),) = groups(made, Random(1), others=0)
    assert example.text == "Trajekt 88\nBilo je 8 putnika."
    assert told(example) == ["Bilo je 8 putnika."]
    with pytest.raises(BadInput, match="n9"):
        fetch(parse(["=== x", "@ a n9"]), news)


FOUND = records()
KNOWN = (SUPPORTED - {"sr"}) | {"sr-Latn", "sr-Cyrl"}


def test_all_that_was_written_is_in_its_article_and_language():
    assert len(FOUND) > 700
    assert len({r.id for r in FOUND}) == len(FOUND)
    for record in FOUND:
        for question in record.questions:
            assert question.asked
            assert set(question.asked) <= KNOWN
            if question.answer is None:
                assert question.kind in ("aspect", "entity", "premise", "time")
            elif record.articles:
                assert question.answer in record.articles[question.key].text
            elif record.elsewhere:
                assert question.key in record.elsewhere


def test_a_sixteenth_of_the_records_is_held_back():
    assert sum(r.held for r in FOUND) / len(FOUND) == pytest.approx(1 / 16, abs=0.03)
