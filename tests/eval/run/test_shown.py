"""What a reader sees of a reply: paragraphs, short answers, filler and status, worked out by hand."""

import pytest

from eval.core.cases import ShownSentence, ShownShort
from eval.run.score import Texts, record
from eval.run.summary import metrics

FIRST = "An agreement was signed in Tirana on 18 March 2025."


@pytest.fixture
def scored(make):
    def score(case=None, **reply):
        case = case or make.case()
        suite = make.suite(case)
        return record(case, make.reply(**reply), suite, Texts(suite.documents))

    return score


@pytest.fixture
def beside(make):
    """A reply whose first quote stands right before the answer."""
    citation = make.citation(1, start=0, end=51, quote=FIRST)

    def reply(context):
        return {"sentences": (ShownSentence(FIRST, (1,), "quote", context),), "citations": (citation,)}

    return reply


def test_the_paragraph_around_a_quote_is_shown_too(make, scored, beside):
    bare, around = metrics([scored(**beside(""))]), metrics([scored(**beside(make.TEXT))])
    assert bare["answer_hit@1"] == around["answer_hit@1"] == 0  # the sentence marked does not hold it
    assert bare["shown_hit@1"] == bare["shown_hit"] == 0 and bare["wrong_answers"] == 1
    assert around["shown_hit@1"] == around["shown_hit"] == 1 and around["wrong_answers"] == 0


def test_the_first_paragraph_and_any(make, scored, beside):
    two = beside("")
    two["sentences"] += (ShownSentence(make.QUOTE, (2,), "quote"),)
    two["citations"] += (make.citation(2),)
    made = metrics([scored(**two)])
    assert made["shown_hit@1"] == 0 and made["shown_hit"] == 1 and made["wrong_answers"] == 0


def test_the_short_answer_is_what_exact_match_compares(make, scored):
    right = metrics([scored(short=(ShownShort("Ivan Anušić"),))])
    assert right["exact_match"] == right["token_f1"] == right["short_precision"] == right["short_shown"] == 1
    longer = metrics([scored(short=(ShownShort("Minister Ivan Anušić"),))])
    assert longer["exact_match"] == 0 and longer["token_f1"] == pytest.approx(0.8) and longer["short_precision"] == 1
    wrong = metrics([scored(short=(ShownShort("Pirro Vengu"),))])
    assert wrong["exact_match"] == wrong["token_f1"] == wrong["short_precision"] == 0
    none = metrics([scored(short=())])
    assert none["exact_match"] == none["short_shown"] == 0 and none["short_precision"] is None


def test_a_short_answer_to_what_has_none_is_wrong(make, scored):
    case = make.case("c2", **make.UNANSWERABLE)
    made = metrics([scored(short=(ShownShort("Ivan Anušić"),)), scored(case, short=(ShownShort("59 people"),))])
    assert made["short_precision"] == 1 / 2
    assert made["short_shown"] == 1  # of the one that has an answer
    assert made["wrong_answers"] == 1 / 2


def test_a_known_false_answer(make, scored):
    case = make.case(false_short=("59",))
    assert metrics([scored(case, short=(ShownShort("59 people"),))])["short_false"] == 1
    assert metrics([scored(case, short=())])["short_false"] == 0
    assert metrics([scored(short=(ShownShort("59 people"),))])["short_false"] is None


def test_a_refusal_is_no_wrong_answer(make, scored):
    case = make.case("c2", **make.UNANSWERABLE)
    made = metrics([scored(**make.REFUSAL), scored(case)])
    assert made["wrong_answers"] == 1  # of one that was given
    assert made["status_right"] == 0


def test_status(make, scored):
    away = make.case("c2", **make.UNANSWERABLE)
    assert metrics([scored(status="partial"), scored(away, **make.REFUSAL)])["status_right"] == 1
    assert metrics([scored(status="conflicting")])["status_right"] == 0
    assert metrics([scored(make.case(status="conflicting"), status="conflicting")])["status_right"] == 1


def test_filler(make, scored):
    fire, fine = make.citation(2, "kocani", 0, 10, make.OTHER[:10]), make.citation(3, start=0, end=51, quote=FIRST)
    far = make.citation(4, "kocani", 0, 10, make.OTHER[:10])
    shown = (
        ShownSentence(make.OTHER[:10], (2,)),
        ShownSentence(make.OTHER[:10], (2,)),
        ShownSentence(FIRST, (3,)),
        ShownSentence(make.QUOTE, (4,)),
    )
    made = scored(sentences=shown, citations=(fire, fine, far))
    # the first quote never counts; then of another story, of a gold article, and one that holds the answer
    assert made.tallies["filler"] == [1, 3]


def test_every_item_where_all_are_wanted(make, scored):
    both = make.case(
        answers=("Ivan Anušić", "Pirro Vengu"), list_answers=(("Ivan Anušić",), ("Pirro Vengu",)), every=True
    )
    made = metrics([scored(both, short=(ShownShort("Ivan Anušić"),))])
    assert made["answer_hit@1"] == made["shown_hit"] == made["short_precision"] == 0 and made["list_recall"] == 1 / 2
    one = metrics([scored(make.case(answers=both.answers, list_answers=both.list_answers))])
    assert one["answer_hit@1"] == 1  # where one of them will do


def test_one_language_or_two(make, scored):
    assert scored().languages == "one"
    assert scored(make.case(language="sq")).languages == "two"
