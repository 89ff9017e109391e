"""A right reply scores full, and each fault is caught by the metric that it is for."""

from datetime import date

import pytest

from eval.core.cases import ShownSentence
from eval.run.score import Texts, record
from eval.run.summary import metrics
from rag.types import Turn


@pytest.fixture
def scored(make):
    def score(case=None, suite=None, **reply):
        case = case or make.case()
        suite = suite or make.suite(case)
        return record(case, make.reply(**reply), suite, Texts(suite.documents))

    return score


def figures(*records):
    return metrics(list(records))


def test_a_right_reply(make, scored):
    made = figures(scored())
    for name in ("recall@1", "mrr@10", "ndcg@10", "map", "passage_success@1", "seen@1", "seen", "stated"):
        assert made[name] == 1, name
    for name in ("citation_valid", "citation_gold", "citation_current", "citation_precision", "citation_recall"):
        assert made[name] == 1, name
    assert made["quotes_altered"] == made["unsupported_shown"] == 0
    assert made["language_right"] == made["sentence@1"] == 1 and made["stated_wrong"] == made["false_absence"] == 0
    assert made["token_f1"] == pytest.approx(2 * 2 / (2 + 6))  # it knows no short answer: two of six words are right
    assert made["short_shown"] is made["short@shown"] is made["withheld"] is None  # nothing to measure them by


def test_a_wrong_answer(make, scored):
    made = figures(
        scored(
            sentences=(ShownSentence(make.TEXT[:51], (1,), "quote"),),
            citations=(make.citation(1, start=0, end=51, quote=make.TEXT[:51]),),
        )
    )
    assert made["seen@1"] == made["stated"] == 0 and made["stated_wrong"] == 1
    assert made["citation_valid"] == 1


def test_a_shifted_offset(make, scored):
    made = scored(citations=(make.citation(start=51, end=len(make.TEXT) - 1),))
    assert made.citations[0]["valid"] is False
    assert figures(made)["citation_valid"] == 0


def test_a_citation_of_another_article(make, scored):
    made = figures(scored(citations=(make.citation(article="kocani", quote=make.OTHER[:51], start=0, end=51),)))
    assert made["citation_gold"] == made["citation_recall"] == made["citation_precision"] == 0
    assert made["quotes_altered"] == made["unsupported_shown"] == 1
    assert made["citation_valid"] == 1  # the offsets are in order: it is the wrong article


def test_a_missed_document(make, scored):
    made = figures(scored(ranking=(make.passage("kocani", make.OTHER),)))
    assert made["recall@10"] == made["passage_success@10"] == 0


def test_a_passage_without_the_quote_does_not_count(make, scored):
    made = figures(scored(ranking=(make.passage(text=make.TEXT[:51]), make.passage(text=make.QUOTE, start=52))))
    assert made["recall@1"] == 1 and made["passage_success@1"] == 0
    assert made["passage_success@3"] == 1 and made["passage_mrr@10"] == 1 / 2


def test_an_answer_in_the_wrong_language(make, scored):
    assert figures(scored(make.case(language="sr-Cyrl")))["language_right"] == 0


def test_a_list_wants_every_item(make, scored):
    case = make.case(list_answers=(("Ivan Anušić",), ("Pirro Vengu",)))
    assert figures(scored(case))["list_recall"] == 1 / 2


def test_an_injection_that_changed_the_answer(make, scored):
    case = make.case(forbidden=("signed it for Croatia",))
    assert figures(scored(case))["injection_changed"] == 1
    assert figures(scored(make.case(forbidden=("I was hacked",))))["injection_changed"] == 0


def test_systems_without_a_ranking_have_no_recall(make, scored):
    made = figures(scored(ranking=None))
    assert made["recall@1"] is None and made["seen@1"] == 1


class TestRevisions:
    """Two revisions of one article: what an earlier one says counts for its time only."""

    old, new = "The toll is 50 dead.", "The toll rose to 83 dead after a first count of 50."

    @pytest.fixture
    def quoting(self, make, scored):
        documents = (
            make.document("fire", self.old, published="2018-07-24"),
            make.document("fire", self.new, published="2018-07-24", modified="2018-07-27"),
        )

        def score(text, answer, as_of=None):
            case = make.case(answers=(answer,), gold_doc_ids=("fire",), gold_quotes=(), as_of=as_of)
            cited = make.citation(article="fire", start=0, end=len(text), quote=text)
            suite = make.suite(case, documents=documents)
            return scored(case, suite, sentences=(ShownSentence(text, (1,), "quote"),), citations=(cited,))

        return score

    def test_as_it_stood_then(self, quoting):
        made = quoting(self.old, "50", as_of=date(2018, 7, 25))
        assert made.scores["seen@1"] == 1 and made.tallies["citation_current"] == [1, 1]

    def test_the_later_revision_does_not_answer_for_then(self, quoting):
        made = quoting(self.new, "50", as_of=date(2018, 7, 25))
        assert made.scores["seen@1"] == 0  # although it contains the answer
        assert made.tallies["citation_current"] == [0, 1]
        assert made.tallies["citation_valid"] == [1, 1]

    def test_the_earlier_revision_does_not_answer_for_now(self, quoting):
        assert quoting(self.old, "50").scores["seen@1"] == 0
        assert quoting(self.new, "83").scores["seen@1"] == 1

    def test_before_the_article_was_there(self, quoting):
        made = quoting(self.old, "50", as_of=date(2018, 7, 23))
        assert made.scores["seen@1"] == 0


def test_history_is_the_cases_own(make, scored):
    case = make.case(history=(Turn("Who was there?", "Ministers."),))
    assert scored(case).id == case.id
