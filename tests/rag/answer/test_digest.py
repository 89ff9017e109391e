"""What a digest lists: the newest, the newest that bear a name, or what comes near a matter; a version a story."""

from datetime import UTC, date, datetime

import pytest

from rag.answer.digest import MOST, digest
from rag.answer.judge import Snapshot, load_fitted
from rag.question.prepare import prepare
from rag.types import AnswerKind, AnswerStatus, Article, Filters, Hit, Passage


def article(article_id, title, text="It was so.", *, language="en", day=1, section="", year=2024):
    published = datetime(year, 5, day, tzinfo=UTC)
    return Article(article_id, title, text, "Outlet", None, language, published, section=section)


def opening(a):
    return Passage(
        f"p-{a.id}", a.id, 1, 0, a.text, 0, len(a.text), a.title, a.outlet, None, a.language, a.published,
        facts_from="Agency",
    )  # fmt: skip


def told(text, *articles, scores=(), language="en", versions=(), filters=Filters()):
    """The digest of an archive of these articles, newest first; `versions`: articles that tell one story."""
    kept = [
        a for a in articles
        if (filters.published_from or date.min) <= a.published.date() <= (filters.published_to or date.max)
    ]  # fmt: skip

    def newest(within, limit):
        first, last = within.published_from or date.min, within.published_to or date.max
        return [(a, opening(a)) for a in kept if first <= a.published.date() <= last][:limit]

    def stories_of(passages, asked, *, retold):
        assert retold
        one = [p for p in passages if p.article_id in versions]
        one.sort(key=lambda p: p.language != asked)
        return [tuple(one) if p in one else (p,) for p in passages if p not in one or p is min(one, key=passages.index)]

    question = prepare(text, language=language, filters=filters)
    assert question.topic is not None
    snapshot = Snapshot(
        lambda ids: {a.id: a.text for a in articles if a.id in ids},
        None,
        load_fitted(),
        stories_of=stories_of,
        newest=newest,
        bearing=lambda names, within: [p for _, p in newest(within, 99)],
        openings=lambda ids: {a.id: opening(a) for a in articles if a.id in ids},
        nearness=lambda words, hits: {hit.passage.article_id: hit.score for hit in hits},
    )
    hits = [Hit(opening(a), score) for a, score in zip(articles, scores, strict=False)]
    (event,) = digest(question, question.topic, hits, snapshot)
    return event.answer


def ids(answer):
    return [story.article_id for story in answer.digest]


def test_the_newest_come_first_and_not_more_than_a_page_of_them():
    answer = told("news", *(article(f"a{n}", "T", day=20 - n) for n in range(12)))
    assert (answer.kind, answer.status) == (AnswerKind.DIGEST, AnswerStatus.ANSWERED)
    assert ids(answer) == [f"a{n}" for n in range(MOST)]


def test_a_story_has_its_first_sentence_word_for_word_and_its_other_versions():
    one = article("a", "Flood", "  Rain fell. It stopped.")
    other = article("b", "Поплава", "Врнеше.", language="mk")
    (story,) = told("вести", one, other, language="mk", versions="ab").digest
    assert (story.article_id, story.lead, story.facts_from) == ("b", "Врнеше.", "Agency")
    assert [(v.article_id, v.language) for v in story.also] == [("a", "en")]
    (story,) = told("news", one, other, versions="ab").digest
    assert story.lead == "Rain fell." and one.text.lstrip().startswith(story.lead)


def test_of_a_name_those_come_that_are_about_it():
    title, lead = (
        article("t", "Serbia votes", day=1),
        article("l", "Snow", "It snowed in Serbia. Roads are shut.", day=2),
    )
    passing = article("p", "Fire", "It burned in Greece. The hurt were taken to Serbia.", day=9)
    elsewhere = article("e", "Greece votes", day=28)
    assert ids(told("what's new in Serbia", elsewhere, passing, lead, title)) == ["l", "t"]
    assert ids(told("what's new in Serbia", elsewhere, passing)) == ["p"]  # where none is about it


def test_about_a_country_is_also_what_its_own_outlets_tell_of_no_other():
    home = article("h", "Plate rastu", "Najviše zarađuju programeri.", language="sr-Latn", day=3)
    abroad = article("a", "Požar u Grčkoj", "Gori kod Atine.", language="sr-Latn", day=4)
    foreign = article("f", "Wages rise", "Programmers earn most.", day=5)
    assert ids(told("what's new in Serbia", foreign, abroad, home)) == ["h"]


def test_days_leave_out_what_was_published_at_another_time():
    old, new = article("a", "Slovenia votes", year=2021), article("b", "Slovenia votes", year=2024)
    assert ids(told("Slovenia 2021", new, old)) == ["a"]
    assert told("Slovenia 2019", new, old).status is AnswerStatus.REFUSED


def test_the_filters_of_the_question_hold_too():
    old, new = article("a", "T", year=2021), article("b", "T", year=2024)
    assert ids(told("news", new, old, filters=Filters(published_to=date(2022, 1, 1)))) == ["a"]


def test_a_section_is_asked_for_by_its_name_in_any_language():
    sport, other = article("a", "T", section="Спорт"), article("b", "T", section="Politika")
    assert ids(told("sport", sport, other)) == ["a"]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [((0.4, 0.35), ["a", "b"]), ((0.4, 0.25), ["a"]), ((0.15, 0.1), []), ((0.30, 0.4), ["b", "a"])],
)
def test_on_a_matter_those_come_that_are_near_best_first(scores, expected):
    two = article("a", "Flood"), article("b", "Rain")
    ordered = sorted(zip(two, scores, strict=True), key=lambda pair: -pair[1])
    answer = told("tell me about the floods", *(a for a, _ in ordered), scores=[s for _, s in ordered])
    assert ids(answer) == expected


def test_a_matter_of_a_place_is_not_told_of_another():
    here, there = article("a", "Fire in Mostar"), article("b", "Fire in Tuzla")
    assert ids(told("tell me about the fire in Tuzla", there, here, scores=(0.35, 0.34))) == ["b"]
    assert ids(told("tell me about the fire in Zenica", here, there, scores=(0.24, 0.23))) == []


def test_of_an_empty_time_the_day_of_the_newest_is_said():
    answer = told("what happened yesterday", article("old", "Village"), article("new", "Town", day=7))
    assert (answer.status, answer.refusal.reason) == (AnswerStatus.REFUSED, "no_news_then")
    assert "7 May 2024" in answer.refusal.message and [n.article_id for n in answer.refusal.nearest] == ["new"]
    nothing = told("what happened yesterday")
    assert nothing.refusal.reason == "nothing_near"


def test_nothing_is_claimed_where_nothing_comes_near():
    answer = told("tell me about the Ohrid agreement", article("a", "Village"), scores=(0.1,))
    assert answer.status is AnswerStatus.REFUSED and answer.refusal and not answer.digest and not answer.sentences
    (near,) = answer.refusal.nearest
    assert near.excerpt is not None and near.excerpt.text and near.excerpt.mark == (0, 0)
