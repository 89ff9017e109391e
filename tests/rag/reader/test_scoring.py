"""From token scores to sentences and short answers, by hand."""

import numpy as np
import pytest

from rag.reader.reader import LONGEST_ANSWER, NO_OTHER, UNREAD, AnswerSpan, WindowScores, joined, score
from rag.reader.tokens import Layout
from rag.reader.weights import TokenScores


def raw(sentence, start, end, *, absent=0.0, stated=0.0):
    values = (np.asarray(v, np.float32) for v in (sentence, start, end))
    return TokenScores(*values, absent, stated, np.arange(len(sentence), dtype=np.float32)[:, None])


def judged(features):
    """In place of the trained verifier: the states of the words' first and last token, which are their numbers."""
    return [10.0 * one[4, 0] + one[5, 0] for one in features]


def untold(states, question, members):
    """In place of the trained check of premises: each sentence says nothing of it."""
    return np.asarray([[0.0, UNREAD, 0.0]] * len(members))


LAYOUT = Layout([0, 5, 2, 10, 11, 12, 2], [-1, -1, -1, 0, 0, 1, -1], [-1, -1, -1, 0, 1, 2, -1])
LOW = -50.0


def test_a_margin_is_the_mean_less_absent_plus_the_evidence_of_a_span():
    found = score(
        raw([9, 9, 9, 1, 3, 5, 9], [0, 0, 0, LOW, 2, LOW, 0], [0, 0, 0, LOW, 4, LOW, 0], absent=1.5),
        LAYOUT,
        judged,
        untold,
        span_weight=0.5,
    )
    # (1 + 3) / 2 - 1.5 + 0.5 * (2 + 4) / 2, and 5 - 1.5 - 0.5 * 50
    assert found.margins == pytest.approx({0: 2.0, 1: -21.5}, abs=1e-4)
    assert found.answers[0] == AnswerSpan(1, 2, 6.0, 44.0, apart=6.0 - 2 * LOW)


def test_place_zero_is_what_an_answer_is_measured_against():
    found = score(raw([0] * 7, [3, 0, 0, 2, 0, 0, 0], [4, 0, 0, 0, 3, 0, 0]), LAYOUT, judged, untold, span_weight=0.0)
    assert found.answers[0] == AnswerSpan(0, 2, (2 - 3) + (3 - 4), 34.0, apart=-2.0 - NO_OTHER)


def test_words_stand_apart_from_the_best_ones_beside_them():
    layout = Layout([0, 5, 2, 10, 11, 12, 13, 2], [-1, -1, -1, 0, 0, 0, 0, -1], [-1, -1, -1, 0, 1, 2, 3, -1])
    found = score(
        raw([0] * 8, [0, 0, 0, 9, 4, 1, 5, 0], [0, 0, 0, 9, 2, 8, 1, 0]), layout, judged, untold, span_weight=0.0
    )
    # The first token stands for 18; behind it "11 12" for 4 + 8, which the best words do not touch.
    assert found.answers[0] == AnswerSpan(0, 1, 18.0, 33.0, apart=6.0)


def test_an_answer_never_ends_before_it_begins():
    found = score(raw([0] * 7, [0, 0, 0, 0, 9, 0, 0], [0, 0, 0, 9, 0, 0, 0]), LAYOUT, judged, untold, span_weight=0.0)
    assert found.answers[0].start < found.answers[0].end


def test_an_answer_is_no_longer_than_it_may_be():
    count = LONGEST_ANSWER + 10
    layout = Layout(list(range(count + 1)), [-1] + [0] * count, [-1, *range(count)])
    start, end = np.zeros(count + 1), np.zeros(count + 1)
    start[1], end[count] = 5, 5
    found = score(raw(np.zeros(count + 1), start, end), layout, judged, untold, span_weight=0.0)
    assert found.answers[0].end - found.answers[0].start <= LONGEST_ANSWER


def test_words_are_judged_by_the_states_of_the_question_their_sentence_and_themselves():
    seen = []

    def verify(features):
        seen.extend(features[:, :, 0].tolist())
        return [0.0] * len(features)

    score(raw([0] * 7, [0, 0, 0, 5, 0, 0, 0], [0, 0, 0, 0, 5, 0, 0]), LAYOUT, verify, untold, span_weight=0.0)
    # States are the tokens' numbers: <s> is 0, the question 1, the first sentence 3 and 4, the second 5.
    assert seen == [[0, 1, 3.5, 3.5, 3, 4], [0, 1, 5, 5, 5, 5]]


def test_of_several_windows_each_sentence_keeps_its_best():
    one = WindowScores({0: 1.0, 1: -2.0}, {0: AnswerSpan(0, 1, 1.0, 0.0), 1: AnswerSpan(3, 4, 0.0, 0.0)}, -1.0)
    two = WindowScores({1: 2.0, 2: 0.0}, {1: AnswerSpan(4, 5, 5.0, 0.0), 2: AnswerSpan(6, 7, 0.0, 0.0)}, 3.0)
    whole = joined([one, two])
    assert whole.margins == {0: 1.0, 1: 2.0, 2: 0.0}
    assert whole.answers[1] == AnswerSpan(4, 5, 5.0, 0.0)
    assert whole.stated == 3.0
    assert joined([]).margins == {}


def test_what_a_question_takes_for_granted_is_judged_by_the_tokens_of_each_sentence():
    seen = []

    def check(states, question, members):
        seen.append((question, members.tolist()))
        return np.asarray([[1.0, -2.0, -3.0], [-4.0, 5.0, -6.0]])

    found = score(raw([0] * 7, [0] * 7, [0] * 7), LAYOUT, judged, check, span_weight=0.0)
    assert seen == [(slice(1, 2), [[0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 0, 1, 0]])]
    assert [(a.holds, a.contradicted) for a in found.answers.values()] == [(1.0, -2.0), (-4.0, 5.0)]
