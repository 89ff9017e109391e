"""Contradicting reports: attributed to two persons, told in two languages; what only looks like one is none."""

from datetime import UTC, datetime, timedelta

import pytest

from rag.answer.conflict import changed_copies, find_conflict, statements
from rag.answer.judge import ScoredSentence
from rag.question.parse import parse
from rag.reader.reader import AnswerSpan
from rag.text.names import name_keys
from rag.text.words import terms
from rag.types import Passage


def candidate(text, language, at, overlap=1.0, log_odds=4.0, hours=0, answer="", verdict=2.0):
    passage = Passage(
        f"p{at}", f"a{at}", 1, 0, text, 0, len(text), "", f"Outlet {at}", language=language,
        published=datetime(2024, 6, 3, tzinfo=UTC) + timedelta(hours=hours),
    )  # fmt: skip
    names = frozenset(name_keys(text))
    start = text.find(answer)
    marked = AnswerSpan(start, start + len(answer), 5.0, verdict=verdict) if answer else None
    return ScoredSentence(
        0, len(text), text, log_odds, marked, passage=passage, rank=at, terms=terms(text), names=names, score=log_odds,
        overlap=overlap, values={}, log_odds=log_odds, answers=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "question", "one", "other", "kind"),
    [
        (
            "sq", "Sa veta u plagosën?", "U plagosën 7 veta, tha policia.", "U plagosën 12 veta, thonë.", "number",
        ),
        (
            "hr", "Koliko je osoba ozlijeđeno u Lovrinu?", "U Lovrinu su ozlijeđene četiri osobe.",
            "U sudaru u Lovrinu ozlijeđeno je šest osoba.", "number",
        ),
        (
            "en", "How many were hurt in Lisec?", "Two workers were hurt in Lisec.", "In Lisec 5 were hurt.", "number",
        ),
    ],
)  # fmt: skip
def test_two_reports_contradict_each_other(language, question, one, other, kind):
    found = find_conflict(parse(question, language), [candidate(one, language, 0), candidate(other, language, 1)])
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    ("language", "question", "one", "other"),
    [
        ("sq", "Sa veta u plagosën?", "U plagosën 7 veta, tha policia.", "Pas zjarrit 300 banesa mbetën pa rrymë."),
    ],
)  # fmt: skip
def test_these_do_not(language, question, one, other):
    said = [candidate(one, language, 0), candidate(other, language, 1)]
    assert find_conflict(parse(question, language), said) is None


@pytest.mark.parametrize(
    ("question", "mine", "theirs", "conflicting"),
    [
        ("Who won in Lisec?", {"answer": "Vera Dolan"}, {"answer": "Igor Palas"}, True),
        ("Who won in Lisec?", {"answer": "Vera Dolan"}, {"answer": "Igor Palas", "hours": 24 * 30}, False),
        ("Who won in Lisec?", {"answer": "Vera Dolan"}, {"answer": "Igor Palas", "verdict": 0.5}, False),
        ("Who won in Lisec?", {"answer": "Vera Dolan"}, {"answer": "Dolan"}, False),
        ("Who won in Lisec?", {"answer": "Vera Dolan"}, {"answer": "the other candidate"}, True),
        ("Who caused the crash in Lisec?", {"answer": "the lorry driver"}, {"answer": "the signalman"}, True),
        ("Who caused the crash in Lisec?", {"answer": "the lorry driver"}, {"answer": "a driver of thirty"}, False),
        ("When will the school open?", {"answer": "1 September"}, {"answer": "15 October"}, True),
        ("When will the school open?", {"answer": "1 September"}, {"answer": "On Sunday, 1 September"}, False),
    ],
)
def test_two_sure_answers_that_share_nothing_contradict_each_other(question, mine, theirs, conflicting):
    said = [
        candidate(f"That is {one['answer']}, says the {at}.", "en", n, **one)
        for n, (at, one) in enumerate((("mayor", mine), ("teacher", theirs)))
    ]
    found = find_conflict(parse(question, "en"), said)
    assert bool(found) is conflicting


@pytest.mark.parametrize(
    ("question", "mine", "theirs"),
    [
        (  # votes of others
            "How many votes did Dolan have?",
            ("Dolan had 12,300 votes, the commission said.", "en"),
            ("The party of Igor Palas had 45,000 votes.", "en"),
        ),
        (  # another thing, in another language
            "How many stakes stood around the village of Lisec?",
            ("About 9,000 stakes stood around the village of Lisec.", "en"),
            ("Селото Лисец е старо околу 4.000 години.", "mk"),
        ),
        (  # an ordinal
            "Koliko tenkova šalje Lisec?",
            ("Lisec šalje 28 tenkova.", "sr-Latn"),
            ("U Liscu je počeo 11. sastanak o tenkovima.", "sr-Latn"),
        ),
    ],
)
def test_numbers_of_something_else_contradict_nothing(question, mine, theirs):
    said = [candidate(*mine, 0), candidate(*theirs, 1)]
    assert find_conflict(parse(question, mine[1]), said) is None


def test_the_number_that_the_reader_marked_is_the_one_compared():
    mine = candidate("In Lisec 12, of 40 who came, were hurt.", "en", 0, answer="12")
    theirs = candidate("In Lisec 15, of 40 who came, were hurt.", "en", 1, answer="15")
    asked = parse("How many were hurt in Lisec?", "en")
    assert find_conflict(asked, [mine, theirs]).kind == "number"
    assert find_conflict(asked, [candidate(c.text, "en", n) for n, c in enumerate((mine, theirs))]) is None


def test_a_report_in_another_language_is_heard_if_it_tells_of_the_same_thing():
    mine = candidate("У болницата во Лисец има 90 кревети.", "mk", 0)
    same = candidate("The hospital in Lisec has 120 beds.", "en", 1, overlap=0.1, log_odds=-2.0)
    else_ = candidate("The road to Lisec is closed.", "en", 2, overlap=0.1, log_odds=-2.0)
    assert statements([mine, same, else_], [mine], lambda article_ids: {}) == [mine, same]


@pytest.mark.parametrize(
    ("hours", "one", "other", "conflicting"),
    [
        (6, "17", "94", False),  # the later one counts more
        (6, "94", "17", True),
        (0, "17", "94", True),  # at the same time
        (24 * 9, "17", "94", True),  # that long no count goes on
    ],
)
def test_a_count_that_grows_contradicts_nothing(hours, one, other, conflicting):
    said = [
        candidate(f"Rescuers pulled {one} people alive from the ruins in Hatay.", "en", 0),
        candidate(f"In Hatay {other} people were found alive in the ruins.", "en", 1, hours=hours),
    ]
    asked = "How many people were found alive in Hatay?"
    for order in (said, said[::-1]):
        assert (find_conflict(parse(asked, "en"), order) is not None) is conflicting


@pytest.mark.parametrize(
    ("language", "one", "other", "same"),
    [
        (
            "sr",
            "Bolnica u Lipovcu će biti zatvorena na jesen.",
            "Bolnica u Lipovcu neće biti zatvorena na jesen.",
            True,
        ),
        (
            "sr",
            "Bolnica u Lipovcu će biti zatvorena na jesen.",
            "Болница у Липовцу неће бити затворена на јесен.",
            True,
        ),
        ("sr", "Bolnica će biti zatvorena.", "Bolnica neće biti zatvorena.", False),  # too short to tell
        ("en", "The hospital in Lisec will close in May.", "The school in Brod will close in autumn.", False),
    ],
)
def test_a_sentence_with_a_word_changed_is_heard(language, one, other, same):
    best, changed = candidate(one, language, 0), candidate(other, language, 1)
    assert changed_copies([best, changed], best) == (frozenset({1}) if same else frozenset())  # never its own article
