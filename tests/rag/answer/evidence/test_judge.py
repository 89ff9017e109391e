"""What was fitted: models by name, thresholds by language, the file that is shipped."""

import math
from dataclasses import replace

import pytest

from rag.answer.evidence.answer_span import propose
from rag.answer.evidence.features import features, find_missing_terms, group_by_article, score_sentences
from rag.answer.evidence.judge import LogisticModel, about_articles, judge
from rag.answer.evidence.reading import read_passages
from rag.question.parse import parse


def test_a_model_adds_what_it_names_and_nothing_else():
    model = LogisticModel({"margin": 2.0, "foreign": -1.0}, 0.5)
    assert model.log_odds({"margin": 3.0, "foreign": 1.0, "rank": 99.0}) == 5.5
    assert model.probability({"margin": 0.0, "foreign": 0.5}) == 0.5
    assert model.probability({"margin": 1.0, "foreign": 0.0}) == pytest.approx(1 / (1 + math.exp(-2.5)))


@pytest.mark.parametrize(("far", "probability"), [(1e6, 1.0), (-1e6, 0.0)])
def test_a_probability_lies_between_0_and_1_however_far(far, probability):
    assert LogisticModel({"margin": 1.0}, 0.0).probability({"margin": far}) == pytest.approx(probability)


def test_a_value_that_is_missing_is_an_error():
    with pytest.raises(KeyError, match="margin"):
        LogisticModel({"margin": 1.0}, 0.0).log_odds({"rank": 1.0})


def test_the_file_is_read_once_and_whole(make, judged):
    assert judge() == make.JUDGE and judge() is judge()
    other = replace(make.JUDGE, short=LogisticModel({"list": -3.0}, 0.25))
    judged(other)
    assert judge() == other


def test_thresholds_are_those_of_one_language_or_of_two(make):
    assert make.JUDGE.thresholds(foreign=False) is make.JUDGE.one
    assert make.JUDGE.thresholds(foreign=True) is make.JUDGE.two


def test_what_is_shipped_fits_the_features_that_there_are(make):
    text = "Petar Petrov signed the deal in Skopje."
    question = parse("Who signed the deal?", "en")
    hits = make.hits(make.passage(text))
    (read,) = read_passages(question.text, hits, make.Reader(marked={"Petar Petrov": 6.0}))
    shipped = judge()
    (best,) = score_sentences(question, read, shipped.sentence)
    values = features(
        question,
        read,
        best,
        find_missing_terms(question, read, text),
        group_by_article(hits)[read.hit.passage.article_id],
    ).values()
    assert 0.0 < shipped.passage.probability(values) < 1.0
    proposal = propose(question, read, best.read, shipped.passage.log_odds(values))
    assert proposal and 0.0 < shipped.short.probability(proposal.values) < 1.0
    for thresholds in (shipped.one, shipped.two):
        assert 0.0 < thresholds.answer <= thresholds.sure <= 1.0
        assert 0.0 < thresholds.short <= 1.0


def test_words_in_common_place_an_article_and_reading_the_passage_in_it():
    model = LogisticModel({"shared": 4.0, "span": 1.0}, -3.0)
    values = [{"shared": shared, "foreign_shared": 0.0, "span": span} for shared, span in ((1, 0), (0.2, 1), (0, 2))]
    made = about_articles(list(zip("aba", values, strict=True)))
    assert [v["shared"] for v in made] == [1, 0.2, 1]
    assert [model.log_odds(v) for v in made] == pytest.approx([1.0, -1.2, 3.0])
