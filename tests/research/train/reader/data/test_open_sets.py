"""Open sets: every answered question has a partner that is not answered, and what a group says of a text is true."""

import json
from random import Random

import pytest

from research.train.reader.data import open_sets
from research.train.reader.data.examples import Example, joined
from research.train.reader.data.swaps import NamePools

FERRY = "A ferry ran aground off Orebić on Monday. All 214 passengers were taken ashore. Nobody was hurt."
BRIDGE = "The bridge at Mostar was opened in 2004. It took 36 passengers of a bus to safety."
POOLS = NamePools({}, frozenset())


def lines(path, *records):
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    return path


def question(id, text, context, *answers, **more):
    fields = {"language": "en", "title": None, "doc": context[:9], "dataset": "squad-train", "how": "given"}
    return {"id": id, "question": text, "context": context, "answers": list(answers), **fields, **more}


@pytest.fixture
def squad(tmp_path):
    return lines(
        tmp_path / "squad.jsonl",
        question("a", "How many passengers were taken ashore?", FERRY, "214"),
        question("b", "How many passengers were left on board?", FERRY, pair_of="a"),
        question("c", "When did the ferry run aground?", FERRY, "Monday"),
        question("d", "When was the ferry built?", FERRY),
        question("e", "How many passengers of the bus were there?", BRIDGE, "36"),
        question("f", "How many were hurt?", BRIDGE, pair_of="a"),
    )


def test_a_pair_is_an_answered_question_and_what_was_made_from_it_in_the_same_paragraph(squad):
    pair, *rest = open_sets.squad_pairs(squad, Random(1))
    assert [(e.question, e.stated, e.absent) for e in pair] == [
        ("How many passengers were taken ashore?", True, False),
        ("How many passengers were left on board?", False, True),
    ]
    assert {e.text for e in pair} == {FERRY} and len({e.group for e in pair}) == 1
    assert "f" not in {e.group for g in rest for e in g}, "another paragraph's question is no near miss of this one"


def test_the_others_are_read_beside_what_their_passage_lacks_and_beside_a_near_passage(squad):
    groups = open_sets.squad_pairs(squad, Random(1))[1:]
    ferry = next(g for g in groups if g[0].question.startswith("When did"))
    own, miss, null = ferry
    assert own.text[own.spans[0].start : own.spans[0].end] == "Monday"
    assert miss.text == FERRY and miss.absent and miss.question in ("When was the ferry built?", "How many were hurt?")
    assert (null.question, null.text, null.absent) == (own.question, BRIDGE, True)


def test_a_passage_with_the_answer_is_no_null(squad):
    same = question("g", "How many passengers?", FERRY.replace("Nobody", "No one"), "214")
    asked = open_sets.read_asked(
        open_sets.read_lines(lines(squad.with_name("two.jsonl"), question("a", "How many?", FERRY, "214"), same)),
        titled=0, random=Random(1),
    )  # fmt: skip
    assert list(open_sets.nulls(asked, asked, Random(1))) == [None, None]


def test_single_sentences_are_read_among_others(tmp_path):
    sentences = ["The mayor resigned because the budget failed.", "The budget failed in May.", "It rained in Ohrid."]
    path = lines(
        tmp_path / "open.jsonl",
        *(question(str(i), "Why did the mayor resign?", s, s.split()[-1][:-1], dataset="tweetqa") for i, s in
          enumerate(sentences)),
    )  # fmt: skip
    found = open_sets.collected(path, Random(2), {"tweetqa": 3})
    assert len(found) == 3
    for members in found:
        own = members[0]
        assert all(own.text[s.start : s.end] in own.text for s in own.spans)
        assert all(e.absent for e in members[1:])
    assert any(len(members[0].sentences) > 1 for members in found)


def test_translations_are_asked_across_languages_and_of_segments_that_do_not_answer(tmp_path):
    told = {
        "en": "The ferry number {} from Split carried {} people to Vis today",
        "hr": "Trajekt broj {} je danas vozio {}",
    }
    records = [
        {"seg_id": f"flores200:devtest:{i}", "language": la, "text": t.format(i, i * 7), "doc_id": None}
        for i in range(60)
        for la, t in (*told.items(), ("sr-Cyrl", "Трајект број {} је данас превезао {} људи"))
    ]
    documents = open_sets.flores(lines(tmp_path / "flores.jsonl", *records))
    assert [len(d.segments) for d in documents] == [24, 24, 12]
    assert documents[0].segments[0]["sr-Latn"].startswith("Trajekt broj")
    made = list(open_sets.translated(documents, 20, POOLS, Random(3)))
    assert made and all(g[0].right and g[-1].source == "flores-null" and g[-1].absent for g in made)
    assert {g[0].pair == g[-1].pair and g[0].text != g[-1].text for g in made} == {True}


def test_a_yes_or_no_question_is_settled_by_its_passage_whichever_sentence_says_it(tmp_path):
    claims = lines(
        tmp_path / "claims.jsonl",
        {"id": "1", "dataset": "boolq", "claim": "was anybody hurt on the ferry", "text": FERRY, "label": "false"},
        {"id": "2", "dataset": "boolq", "claim": "is the bridge at Mostar open", "text": BRIDGE, "label": "true"},
        {"id": "3", "dataset": "fever", "claim": "A ferry sank.", "text": "A ferry ran aground.", "label": "false"},
        {"id": "4", "dataset": "fever", "claim": "A ferry ran aground.", "text": "A ferry ran aground off Orebić.",
         "label": "true"},
    )  # fmt: skip
    for members in open_sets.yes_no(claims, Random(1)):
        settled, null = members
        assert settled.stated and not settled.right and not settled.absent
        assert null.absent and not null.stated and null.question == settled.question
    by_label = {g[0].source: g[0] for g in open_sets.claimed(claims, Random(1))}
    true = by_label["fever-true"]
    assert true.claim and true.text[true.sentences[true.right[0]].start :].startswith("A ferry ran aground off Orebić.")
    assert not by_label["fever-false"].right and not by_label["fever-false"].stated


def example(segments, right, **more):
    within = joined(segments, language="en", group="g")
    return Example("made", "q?", within.text, within.sentences, right, **more)


def test_an_opening_is_read_and_not_chosen():
    own = example(["One.", "Two.", "Three is right."], (2,))
    (led,) = open_sets.led((own,), Random(1), share=1)
    assert [led.text[s.start : s.end] for s in led.sentences] == ["Two.", "Three is right."][-len(led.sentences) :]
    assert led.text == own.text and led.text[led.sentences[led.right[0]].start :] == "Three is right."


def test_an_opening_that_answers_stays_and_so_does_that_of_the_near_miss():
    own = example(["One is right.", "Two.", "Three."], (0,))
    null = example(["Four.", "Five.", "Six."], (), absent=True)
    assert open_sets.led((own, null), Random(1), share=1) == (own, null)


def test_a_headline_to_choose_stays_before_the_opening():
    within = joined(["Two.", "Three.", "Four is right."], language="en", group="g")
    shift = [(s.start + 9, s.end + 9) for s in within.sentences]
    spans = tuple(type(within.sentences[0])(*pair) for pair in ((0, 8), *shift))
    own = Example("made", "q?", f"Headline\n{within.text}", spans, (3,))
    (led,) = open_sets.led((own,), Random(1), share=1)
    texts = [led.text[s.start : s.end] for s in led.sentences]
    assert texts[0] == "Headline" and "Two." not in texts and texts[led.right[0]] == "Four is right."
