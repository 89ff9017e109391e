"""Fitting on a small made-up set: models that tell the two kinds apart, thresholds where they are asked to be."""

import json
from dataclasses import replace

import pytest

from eval.fit import answers as fit_answers
from eval.fit.answers import ANSWERS, Aims, Question, fit, least, outcomes, save
from rag.answer.evidence import judge as judging
from rag.answer.evidence.weigh import weigh
from rag.errors import BadInput
from rag.reader.reader import Reading, SpanAnswer
from rag.text.sentences import Span
from rag.types import Hit, Passage, Query

TEXT = "It rained in Lisec. The deal was signed by Petar Petrov. Nobody else spoke there."


class Reader:
    """Marks the name wherever it stands; what it thinks of that tells whether the case is answerable, nearly always."""

    def __init__(self, odds):
        self.odds = odds

    def read(self, question, text, sentences):
        at = text.index("Petar Petrov")
        own = [s.start <= at < s.end for s in sentences]
        answers = tuple(SpanAnswer(Span(at, at + 12), self.odds) if mine else None for mine in own)
        return Reading(tuple(self.odds if mine else -3.0 for mine in own), 0.5, None, 0.0, answers, self.odds)


@pytest.fixture(scope="module")
def asked(make):
    """Forty questions, every second one without an answer, a fifth over an article in another language."""

    def question(n, *, odds):
        language = "sq" if n % 10 > 7 else "en"
        passage = Passage("p", "a", 1, 0, TEXT, 0, len(TEXT), "A deal", language=language)
        query = Query("Who signed it?", "Who signed it?", language="en")
        evidence = weigh(
            query, [Hit(passage, 1.0, dense_score=0.9)], reader=Reader(odds), texts_of=lambda ids: {}, passages=6
        )
        answerable = {"answers": ("Petar Petrov",), "gold_doc_ids": ("a",), "gold_quotes": ()}
        fields = make.UNANSWERABLE if n % 2 else answerable
        return Question(make.case(f"c{n}", **(fields | {"question": "Who signed it?"})), evidence, True)

    return [question(n, odds=(-1.0 if n % 2 else 4.0) + n % 7 / 7) for n in range(40)]


def test_the_least_probability_from_which_few_enough_are_wrong():
    found = [(0.9, True), (0.8, True), (0.7, False), (0.6, True), (0.5, True), (0.4, False), (0.3, False)]
    assert least(found, 0.0) == 0.8
    assert least(found, 0.25) == 0.5  # 1 of 5; at .6 1 of 4
    assert least(found, 0.34) == 0.4  # 2 of 6
    assert least(found, 1.0) == 0.3


def test_where_none_is_right_nothing_is_given():
    assert least([(0.9, False), (0.8, False)], 0.1) == 1.0
    assert least([], 0.1) == 1.0


def test_what_holds_the_answer(asked):
    right, wrong = asked[0], asked[1]
    (passage,) = right.evidence.passages
    assert [right.has_answer(s.text) for s in passage.read.sentences] == [False, True, False]
    assert all(right.shows(passage, s) for s in passage.read.sentences) and right.counts(passage)
    assert not any(wrong.shows(wrong.evidence.best, s) for s in wrong.evidence.best.read.sentences)
    assert not right.shows(passage, replace(passage.read.sentences[1], text="Rain", headline=True))


def test_the_models_tell_answers_from_none_and_the_file_is_read_again(asked, tmp_path, monkeypatch):
    fitted = fit(asked, Aims(wrong_when_sure=0.0))
    assert fitted["questions"] == 40
    save(fitted, tmp_path / judging.FITTED_FILE)
    assert json.loads((tmp_path / judging.FITTED_FILE).read_text()) == fitted
    monkeypatch.setattr(judging, "files", lambda package: tmp_path)
    judging.judge.cache_clear()
    try:
        made = judging.judge()
    finally:
        judging.judge.cache_clear()
    for n, question in enumerate(asked):
        best = question.evidence.best
        given = made.passage.probability(best.values) >= made.thresholds(foreign=best.foreign).answer
        assert given is (n % 2 == 0)
        by_score = sorted(best.sentences, key=lambda s: -made.sentence.log_odds(s.values))
        assert "Petrov" in by_score[0].read.text
    assert 0.0 < made.one.answer <= made.one.sure < 1.0 and 0.0 < made.one.short < 1.0


def test_each_is_judged_by_models_that_have_not_seen_it(asked, monkeypatch):
    seen = []
    models = fit_answers._models
    monkeypatch.setattr(fit_answers, "_models", lambda found: seen.append([q.case.id for q in found]) or models(found))
    found = outcomes(asked)
    assert sorted(o.case.id for o in found) == sorted(q.case.id for q in asked)
    assert len(seen) == fit_answers.FOLDS
    for fold, known in enumerate(seen):
        apart = {q.case.id for i, q in enumerate(asked) if i % fit_answers.FOLDS == fold}
        assert apart and not apart & set(known)
    assert {o.foreign for o in found} == {False, True}
    assert all(o.shown is not o.case.unanswerable and o.short[1] is o.shown for o in found)


def test_what_is_asked_for_moves_the_thresholds(asked):
    strict, lax = fit(asked, Aims(wrong_when_sure=0.0)), fit(asked, Aims(wrong_when_sure=0.5))
    assert ANSWERS == lax["one"]["answer"] == lax["one"]["sure"] < strict["one"]["sure"]
    assert strict["one"]["answer"] == ANSWERS and lax["passage"] == strict["passage"]


def test_questions_without_an_answer_are_needed(asked):
    with pytest.raises(BadInput, match="unanswerable"):
        fit(asked[::2])
