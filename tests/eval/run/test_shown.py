"""What a reader sees of a reply, and what is stated over it, worked out by hand."""

import pytest

from eval.core.cases import ShownSentence, ShownShort
from eval.run.score import Texts, record
from eval.run.summary import metrics, outcomes

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

    def reply(context, **more):
        return {"sentences": (ShownSentence(FIRST, (1,), "quote", context),), "citations": (citation,), **more}

    return reply


@pytest.fixture
def trap(make):
    return make.case("trap", **make.UNANSWERABLE)


def near(make, *texts):
    """A refusal that shows these paragraphs."""
    return {**make.REFUSAL, "nearest": tuple(ShownSentence(t[:20], context=t) for t in texts)}


def test_the_paragraph_around_a_quote_is_seen_too(make, scored, beside):
    bare, around = metrics([scored(**beside(""))]), metrics([scored(**beside(make.TEXT))])
    assert bare["sentence@1"] == around["sentence@1"] == 0  # the sentence marked does not hold it
    assert bare["seen@1"] == bare["seen"] == bare["stated"] == 0 and bare["stated_wrong"] == 1
    assert around["seen@1"] == around["seen"] == around["stated"] == 1 and around["stated_wrong"] == 0


def test_seen_second_is_seen_and_not_stated_rightly(make, scored, beside):
    two = beside("")
    two["sentences"] += (ShownSentence(make.QUOTE, (2,), "quote"),)
    two["citations"] += (make.citation(2),)
    made = metrics([scored(**two)])
    assert made["seen@1"] == made["stated"] == 0 and made["seen"] == made["stated_wrong"] == 1


def test_doubt_states_nothing(scored):
    made = metrics([scored(status="partial")])
    assert made["seen@1"] == 1 and made["stated"] == 0 and made["stated_wrong"] is None and made["false_absence"] == 0


def test_what_a_refusal_shows_counts_as_seen(make, scored):
    first, second = scored(**near(make, make.TEXT, make.OTHER)), scored(**near(make, make.OTHER, make.TEXT))
    absent = scored(**near(make, make.OTHER))
    made = metrics([first, second, absent])
    assert made["seen@1"] == 1 / 3 and made["seen"] == 2 / 3
    assert made["stated"] == 0 and made["stated_wrong"] is None
    assert made["false_absence"] == 1 / 3  # of the three refusals one shows nothing that holds it


def test_reports_that_differ_are_stated(scored):
    assert metrics([scored(status="conflicting")])["stated"] == 1


def test_a_digest_states_nothing(make, scored, trap):
    stories = {**near(make, make.TEXT), "status": "digest"}
    made = metrics([scored(**stories), scored(trap, **stories)])
    assert made["seen@1"] == made["withheld"] == 1 and made["stated"] == made["false_absence"] == 0


def test_traps(make, scored, trap):
    made = metrics([scored(trap), scored(trap, **make.REFUSAL), scored(trap, status="partial"), scored()])
    assert made["withheld"] == 2 / 3
    assert made["stated_wrong"] == 1 / 2  # the first is stated and nothing answers it
    assert made["seen@1"] == 1  # measured on what can be answered


def test_confidence_is_held_against_the_first_thing_shown(make, scored, trap):
    known = [
        scored(confidence=0.95),
        scored(**{**near(make, make.TEXT), "confidence": 0.15}),  # right, though it was refused
        scored(trap, **{**make.REFUSAL, "confidence": 0.25}),
    ]
    made = metrics(known)
    assert made["calibration_error"] == pytest.approx((0.05 + 0.85 + 0.25) / 3)
    assert made["auroc_right"] == 1 / 2  # .95 above .25, .15 below it
    assert made["auroc_answerable"] == 1 / 2
    assert made["coverage@95"] == 1 / 3


def test_in_one_sentence(make, scored, trap, beside):
    cases = [scored(), scored(), scored(status="partial"), scored(**make.REFUSAL), scored(trap, **make.REFUSAL)]
    assert outcomes(cases).sentence == (
        "Of 4 answerable 2 were answered rightly, 1 was shown with doubt, 1 was missed; of 1 trap 1 was seen."
    )
    wrong = [scored(**beside("")), scored(trap), scored(trap, **make.REFUSAL)]
    assert outcomes(wrong).sentence == (
        "Of 1 answerable 0 were answered rightly, 1 was answered wrongly, 0 were shown with doubt, 0 were missed; "
        "of 2 traps 1 was seen."
    )
    assert outcomes([]).sentence == ""


def test_the_short_answer_is_what_exact_match_compares(make, scored):
    right = metrics([scored(short=(ShownShort("Ivan Anušić"),))])
    assert right["exact_match"] == right["token_f1"] == right["short@shown"] == right["short_shown"] == 1
    longer = metrics([scored(short=(ShownShort("Minister Ivan Anušić"),))])
    assert longer["exact_match"] == 0 and longer["token_f1"] == pytest.approx(0.8) and longer["short@shown"] == 1
    wrong = metrics([scored(short=(ShownShort("Pirro Vengu"),))])
    assert wrong["exact_match"] == wrong["token_f1"] == wrong["short@shown"] == 0
    none = metrics([scored(short=())])
    assert none["exact_match"] == none["short_shown"] == 0 and none["short@shown"] is None


def test_a_short_answer_to_what_has_none_is_wrong(scored, trap):
    made = metrics([scored(short=(ShownShort("Ivan Anušić"),)), scored(trap, short=(ShownShort("59 people"),))])
    assert made["short@shown"] == 1 / 2
    assert made["short_shown"] == 1  # of the one that has an answer


def test_a_short_answer_is_graded_leniently(make, scored):
    case = make.case(answers=("18 March 2025",))
    close = metrics([scored(case, short=(ShownShort("18. марта 2025."),))])
    assert close["short@shown"] == 1 and close["exact_match"] == 0
    assert metrics([scored(case, short=(ShownShort("18 March 2024"),))])["short@shown"] == 0


def marked(make, *words):
    """The usual quote with these words in bold."""
    stretches = tuple((make.QUOTE.index(word), make.QUOTE.index(word) + len(word)) for word in words)
    return (ShownSentence(make.QUOTE, (1,), "quote", marks=stretches),)


def test_words_in_bold_are_right_where_they_answer(make, scored, trap):
    right, wrong = (scored(sentences=marked(make, word), short=()) for word in ("Ivan Anušić", "Croatia"))
    none = scored(short=())
    refused = scored(**make.REFUSAL, short=())
    doubted = scored(trap, sentences=marked(make, "Ivan Anušić"), short=())
    made = metrics([right, wrong, none, refused, doubted])
    assert made["marked@1"] == 1 / 2 and made["marked_shown"] == 2 / 4  # the trap has no right words
    assert metrics([scored(sentences=marked(make, "Croatia", "Ivan Anušić"), short=())])["marked@1"] == 1


def test_a_system_without_short_answers_marks_nothing(scored):
    assert metrics([scored()])["marked_shown"] is metrics([scored()])["marked@1"] is None


def test_a_known_false_answer(make, scored):
    case = make.case(false_short=("59",))
    assert metrics([scored(case, short=(ShownShort("59 people"),))])["short_false"] == 1
    assert metrics([scored(case, short=())])["short_false"] == 0
    assert metrics([scored(short=(ShownShort("59 people"),))])["short_false"] is None


def test_a_status_that_the_case_names(make, scored):
    assert metrics([scored()])["status_right"] is None
    case = make.case(status="conflicting")
    assert metrics([scored(case), scored(case, status="conflicting")])["status_right"] == 1 / 2


def test_every_item_where_all_are_wanted(make, scored):
    both = make.case(
        answers=("Ivan Anušić", "Pirro Vengu"), list_answers=(("Ivan Anušić",), ("Pirro Vengu",)), every=True
    )
    made = metrics([scored(both, short=(ShownShort("Ivan Anušić"),))])
    assert made["seen@1"] == made["seen"] == made["short@shown"] == 0 and made["list_recall"] == 1 / 2
    one = metrics([scored(make.case(answers=both.answers, list_answers=both.list_answers))])
    assert one["seen@1"] == 1  # where one of them will do


def test_one_language_or_two(make, scored):
    assert scored().languages == "one" and scored().pair == "en:en"
    assert scored(make.case(language="sr-Latn")).languages == "two"
    assert scored(make.case(language="sr-Latn")).pair == "sr-Latn:en"
