"""Answers labelled by hand: whole, of the digest they say, and found again in a run."""

from dataclasses import replace

from eval.core.record import CaseRecord
from eval.suites.labelled import ANSWERS, ELSEWHERE, KINDS, digest, read_labels, shares, shown_again

LABELS = read_labels()


def record(label, texts):
    return CaseRecord(
        label.id, label.language, label.category, "dev", label.question, [], [], [], False, "answered",
        sentences=[{"text": t} for t in texts],
    )  # fmt: skip


def test_a_hundred_answers_are_labelled_each_sentence():
    assert len(LABELS) == len({a.id for a in LABELS}) == 100
    assert {s.label for a in LABELS for s in a.sentences} == set(KINDS)
    assert all(a.digest == digest(a.question, [s.text for s in a.sentences]) for a in LABELS)


def test_shares_count_answers_and_sentences():
    first = LABELS[0]
    one, other = first.sentences[0], replace(first.sentences[0], label=ELSEWHERE)
    told = shares([replace(first, sentences=(one, other)), replace(first, sentences=(other, one)),
                   replace(first, sentences=(other,))])  # fmt: skip
    assert one.label == ANSWERS
    assert (told.answers, told.first, told.any) == (3, 1, 2)
    assert told.sentences == {ANSWERS: 2, ELSEWHERE: 3}


def test_a_runs_sentences_take_the_labels_they_had():
    label = next(a for a in LABELS if len(a.sentences) > 1)
    texts = [s.text for s in label.sentences]
    found, strange = shown_again(LABELS, [record(label, [texts[1], "Something new."])])
    assert strange == 1
    assert [s.label for s in found[0].sentences] == [label.sentences[1].label]
    assert found[0].digest != label.digest
    assert shown_again(LABELS, [record(label, ["Something new."])]) == ([], 1)
