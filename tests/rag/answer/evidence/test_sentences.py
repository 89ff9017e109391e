"""Which sentence of a passage answers: the features of each, and the score that a model makes of them."""

import pytest

from rag.answer.evidence.features import FAR, clip_log_odds, question_terms, score_sentences, text_terms
from rag.answer.evidence.judge import LogisticModel
from rag.answer.evidence.reading import read_passages
from rag.question.parse import parse

TEXT = "The weather was fine in Tirana. Pirro Vengu signed the agreement. Nobody else spoke."
NOTHING = LogisticModel({}, 0.0)


@pytest.fixture
def score(make):
    def made(question, text=TEXT, model=NOTHING, language="en", asked_in="en", **told):
        hits = make.hits(make.passage(text, language=language, start=50))
        (read,) = read_passages(question, hits, make.Reader(**told))
        return score_sentences(parse(question, asked_in), read, model)

    return made


def test_sentences_keep_their_order_and_the_model_scores_them(score):
    found = score("Who signed?", model=LogisticModel({"margin": 2.0, "opening": 1.0}, 0.5), odds={"Vengu": 3.0})
    assert [s.score for s in found] == [2.0 * -4.0 + 1.5, 2.0 * 3.0 + 0.5, 2.0 * -4.0 + 0.5]
    assert [s.read.text for s in found][1] == "Pirro Vengu signed the agreement."


def test_overlap_counts_words_and_names_of_the_question_in_the_sentence_and_in_the_one_before(score):
    first, second, third = score("Who signed it in Tirana?")  # who, signed, it, in, Tirana, the name Tirana
    assert [s.values["overlap"] for s in (first, second, third)] == [3 / 6, 1 / 6, 0.0]
    assert [s.values["before"] for s in (first, second, third)] == [0.0, 3 / 6, 1 / 6]


def test_a_name_meets_its_other_spelling_by_key():
    assert question_terms("Who met Kurti?") & text_terms("Премијерот Албин Курти дојде.")
    assert not question_terms("Who met Kurti?") & text_terms("Премијерот дојде.")


def test_what_the_reader_marks_and_the_kind_asked_for(score):
    found = score("Who signed?", marked={"Pirro Vengu": 6.0})
    assert [s.values["span"] for s in found] == [-FAR, 6.0, -FAR]
    assert found[1].values["wanted"] > 0.0 == found[2].values["wanted"]
    assert [s.values["opening"] for s in found] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(("language", "foreign"), [("en", False), ("sq", True)])
def test_in_another_language_margin_and_overlap_count_apart(score, language, foreign):
    for s in score("Who signed?", language=language, odds={"Vengu": 3.0}):
        assert s.values["foreign_margin"] == (s.values["margin"] if foreign else 0.0)
        assert s.values["foreign_overlap"] == (s.values["overlap"] if foreign else 0.0)


def test_serbian_and_croatian_are_no_two_languages(score):
    found = score("Ko je potpisao?", "Potpisao je Pirro Vengu.", language="hr", asked_in="sr-Cyrl", other=2.0)
    assert found[0].values["foreign_margin"] == 0.0 and found[0].values["margin"] == 2.0


def test_log_odds_are_bounded(score):
    assert (clip_log_odds(99.0), clip_log_odds(-99.0), clip_log_odds(1.5)) == (FAR, -FAR, 1.5)
    assert score("Who?", other=-30.0)[0].values["margin"] == -FAR
