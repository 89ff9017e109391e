"""From hits to events: quotes, refusals, articles that vanish in between."""

import pytest

from rag.answer.compose import answer_question, answer_small_talk
from rag.answer.judge import Snapshot
from rag.config import AnswerSettings
from rag.question.prepare import prepare
from rag.types import AnswerStatus, Cited, Delta, Finished

TEXT = "Pirro Vengu signed the agreement in Tirana. It rained."
ARTICLES = {"a": TEXT}
ALWAYS = AnswerSettings(threshold=0.0)


@pytest.fixture
def run(make):
    """The events of an answer; the reader finds the sentence that tells of signing, with log odds 4."""

    def composed(
        passages=None, settings=ALWAYS, articles=ARTICLES, language="sq", asked="Who signed it?",
        reader=None,
    ):  # fmt: skip
        passages = [make.passage(TEXT, title="Agreement", language=language)] if passages is None else passages
        snapshot = Snapshot(lambda _: articles, reader or make.Reader({"signed": 4.0}), make.JUDGE)
        question = prepare(asked, language=language)
        return list(answer_question(question, make.hits(*passages), snapshot, settings))

    return composed


def test_citation_before_sentence_and_the_answer_last(run):
    events = run()
    assert [type(e) for e in events] == [Cited, Delta, Finished]
    answer = events[-1].answer
    assert answer.status is AnswerStatus.ANSWERED and answer.answered_by == "quotes"
    assert TEXT[answer.citations[0].start : answer.citations[0].end] == answer.sentences[0].text


def test_too_little_evidence_is_a_refusal_with_the_nearest_articles_in_the_readers_language(make, run):
    (finished,) = run(settings=AnswerSettings(), reader=make.Reader({"signed": -1.0}))
    refusal = finished.answer.refusal
    assert finished.answer.status is AnswerStatus.REFUSED and not finished.answer.sentences
    assert refusal.reason == "nothing_near" and refusal.message.startswith("Telal nuk")
    (near,) = refusal.nearest
    shown = near.excerpt
    assert near.title == "Agreement" and TEXT[shown.start : shown.end] == shown.text
    assert shown.text[slice(*shown.mark)] == "Pirro Vengu signed the agreement in Tirana."


def test_no_hits_are_a_refusal(run):
    (finished,) = run(passages=[])
    assert finished.answer.refusal.reason == "no_match"


@pytest.mark.parametrize(("said", "kind", "near"), [("hello", "greeting", 0), ("Should I buy gold?", "advice", 1)])
def test_small_talk_gets_a_word_and_a_wish_for_advice_the_nearest_articles(make, said, kind, near):
    hits = make.hits(make.passage(TEXT), make.passage(TEXT, start=900))
    (finished,) = answer_small_talk(prepare(said, language="en"), hits)
    refusal = finished.answer.refusal
    assert refusal.reason == kind and refusal.message and len(refusal.nearest) == near


def test_an_article_changed_since_the_search_is_not_quoted(run):
    assert run(articles={"a": "Corrected: " + TEXT})[-1].answer.status is AnswerStatus.REFUSED
    assert run(articles={})[-1].answer.status is AnswerStatus.REFUSED


def test_in_doubt_the_quotes_are_a_partial_answer_that_says_so_and_has_no_short_answer(make, run):
    ask = {"settings": AnswerSettings(), "language": "en"}
    answer = run(reader=make.Reader({"signed": 1.0}), **ask)[-1].answer  # .73; .8 to answer
    assert answer.status is AnswerStatus.PARTIAL and answer.sentences and "may answer" in answer.notices[0]
    assert answer.confidence == pytest.approx(0.7311, abs=1e-4) and not answer.short
    answer = run(reader=make.Reader({"signed": 4.0}, marked={"Pirro Vengu": 9.0}), **ask)[-1].answer
    assert answer.status is AnswerStatus.ANSWERED and not answer.notices
    assert [s.text for s in answer.short] == ["Pirro Vengu"]
    refused = run(reader=make.Reader({"signed": -1.0}), **ask)[-1].answer
    assert refused.status is AnswerStatus.REFUSED and not refused.notices


RHODES, RAIN = "A fire on Rhodes killed two people.", "It rained everywhere on the islands."


@pytest.fixture
def corfu(make, run):
    """The refusal of a question on Corfu over an article on Rhodes, found second."""

    def refused(language="en", title="Fire on Rhodes", asked="How many people did the fire on Corfu kill?"):
        passages = make.passage(RAIN, "a", title="Rain"), make.passage(RHODES, "b", title=title)
        reader = make.Reader({"fire": -1.0})
        texts = {"a": RAIN, "b": RHODES}
        events = run(passages, AnswerSettings(), articles=texts, language=language, asked=asked, reader=reader)
        (finished,) = events
        assert finished.answer.status is AnswerStatus.REFUSED and not finished.answer.sentences
        return finished.answer.refusal

    return refused


def test_where_the_archive_tells_of_another_subject_that_is_said_and_its_article_offered_first(corfu):
    refusal = corfu()
    assert refusal.reason == "other_subject"
    assert "Fire on Rhodes" in refusal.message and "Corfu" not in refusal.message  # a name in whatever case
    assert [n.article_id for n in refusal.nearest] == ["b", "a"]


def test_the_subject_that_is_there_is_answered(make, run):
    passages = [make.passage(RHODES, "b", title="Fire on Rhodes")]
    asked = "How many people did the fire on Rhodes kill?"
    answer = run(
        passages,
        AnswerSettings(),
        articles={"b": RHODES},
        language="en",
        asked=asked,
        reader=make.Reader({"fire": 4.0}),
    )[-1].answer
    assert answer.status is AnswerStatus.ANSWERED and answer.sentences[0].text == RHODES


def test_a_sentence_that_contradicts_the_question_is_quoted_alone_after_not_so_and_never_in_large_letters(make, run):
    reader = make.Reader({"signed": 4.0}, marked={"Pirro Vengu": 9.0}, denied={"signed": 3.0})
    ask = {"settings": AnswerSettings(), "language": "sr-Cyrl", "asked": "Why did Pirro Vengu refuse to sign?"}
    answer = run(reader=reader, **ask)[-1].answer
    assert answer.status is AnswerStatus.CONTRADICTED and not answer.short
    assert answer.notices == ("Није тако, према овом чланку:",)
    assert [s.text for s in answer.sentences] == ["Pirro Vengu signed the agreement in Tirana."]
    unsure = make.Reader({"signed": 4.0}, denied={"signed": 1.0})  # .73; .9 to contradict
    assert run(reader=unsure, **ask)[-1].answer.status is AnswerStatus.ANSWERED
    absent = make.Reader(other=-1.0, denied={"signed": 3.0})  # .27: the archive holds nothing on it
    assert run(reader=absent, **ask)[-1].answer.status is AnswerStatus.REFUSED


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("How many people did the fire in Rhodope kill?", ["The article is about Rhodes."]),
        ("How many people did Ivan Petrov kill on Rhodes?", ["The article does not mention Ivan Petrov."]),
        ("How many people did the fire on Rhodes kill in 2019?", ["The article tells of another time."]),
        ("How many people did the fire on Rhodes kill?", []),
    ],
)
def test_a_doubt_says_whose_name_and_what_time_the_article_tells_of(make, run, asked, said):
    passages = [make.passage(RHODES, "b", title="News of the islands")]
    reader = make.Reader({"fire": 1.0})
    answer = run(passages, AnswerSettings(), articles={"b": RHODES}, language="en", asked=asked, reader=reader)[-1]
    assert answer.answer.status is AnswerStatus.PARTIAL and list(answer.answer.notices[1:]) == said
