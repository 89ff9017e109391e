"""A story whole: what belongs to it, its course day by day, and what corrections, erasure and odd dates do to it."""

import shutil
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from ingest.pipeline import Pipeline, identity
from ingest.sources.files import FOLDER, MAX_BYTES, Files
from rag.answer.course import tell
from rag.config import load_settings
from rag.engine import Engine
from rag.errors import Erased, NotFound
from rag.models.embed import load_embedder
from rag.retrieve.matter import FoundStory
from rag.store.archive.archive import Archive
from rag.types import Passage


def record(name, day, text, *, title="Fire in Kostinbrod factory", outlet="One", language="en", **more):
    return {"id": name, "title": title, "language": language, "outlet": outlet, "published": day, "text": text} | more


FIRE = [
    record("fire-1", "2024-03-05T08:00:00Z", "A fire broke out in the Kostinbrod paper factory on Monday and killed"
           " four people. Firefighters fought the flames for nine hours."),
    record("fire-2", "2024-03-05T15:00:00Z", "The fire in the Kostinbrod paper factory killed six people, the ministry"
           " said. Two workers are still missing.", outlet="Two", title="Six dead in Kostinbrod factory fire"),
    record("fire-bg", "2024-03-05T16:00:00Z", "Шестима души загинаха при пожара във фабриката за хартия в Костинброд."
           " Двама работници са в неизвестност.", outlet="Три", language="bg", title="Пожар във фабрика в Костинброд"),
    record("fire-court", "2025-11-12T09:00:00Z", "The owner of the Kostinbrod paper factory goes on trial over the"
           " fire that killed six workers.", outlet="Two", title="Kostinbrod factory fire: owner on trial"),
]  # fmt: skip
OTHER = record(
    "weather", "2024-03-05", "Snow is expected in Sofia at the weekend, with strong wind.", title="Snow in Sofia"
)
TWINS = [
    record("twin-1", "2024-05-01", "The mayor of Bitola, Toni Konjanovski, opened a new school for six hundred pupils.",
           title="Good news of the week"),
    record("twin-2", "2024-05-02", "Farmers near Larissa harvest strawberries a month early this warm spring.",
           title="Good news of the week", outlet="Two"),
]  # fmt: skip


@pytest.fixture(scope="module")
def background(once):
    """A data directory with other news: what an archive of five articles is mostly about stands out from nothing."""

    def make(folder):
        settings = load_settings().model_copy(update={"data_dir": folder / "data"})
        embedder = load_embedder(settings.embedding)
        with Archive.open(settings, identity=identity(settings, embedder)) as archive:
            files = Files([FOLDER / f"{language}.jsonl" for language in ("en", "bg")], max_bytes=MAX_BYTES)
            assert Pipeline(archive, embedder, settings).run(files).new > 20

    return once("story-background", make) / "data"


@pytest.fixture
def engine_with(tmp_path, background):
    """Opens an engine over these articles and the background."""
    opened = []

    def make(*records):
        shutil.copytree(background, tmp_path / "data")
        settings = load_settings().model_copy(update={"data_dir": tmp_path / "data"})
        embedder = load_embedder(settings.embedding)
        with Archive.open(settings, identity=identity(settings, embedder)) as archive:
            assert not Pipeline(archive, embedder, settings).run(list(records)).rejected
        opened.append(Engine.open(settings, embedder=embedder))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def days(story):
    return [(one.day, one.article.article_id) for one in story.course]


def test_a_story_holds_its_versions_in_every_language_and_what_came_of_it_later(engine_with):
    story = engine_with(*FIRE, OTHER, *TWINS).story("fire-1", "bg")
    assert {v.article_id for v in story.versions} == {"fire-1", "fire-2", "fire-bg"}
    assert [v.article_id for v in story.others] == ["fire-court"]
    assert story.article.title == "Пожар във фабрика в Костинброд" and story.id == "fire-1"
    assert (story.articles, story.outlets) == (4, 3)


def test_the_course_is_by_the_day_of_the_event_and_the_figure_that_holds_stands(engine_with):
    engine = engine_with(*FIRE, OTHER)
    story = engine.story("fire-1", "en", since=date(2025, 1, 1))
    assert days(story) == [
        (date(2025, 11, 12), "fire-court"),
        (date(2024, 3, 5), "fire-2"),
        (date(2024, 3, 4), "fire-1"),
    ]
    assert [one.dated for one in story.course] == ["published", "published", "text"]
    assert [one.new for one in story.course] == [True, False, False]
    for one in story.course:
        assert engine.archive.article(one.article.article_id).text[one.start : one.end] == one.text


def test_a_day_is_told_in_the_readers_language_and_says_who_told_it_first(engine_with):
    told = {one.day: one for one in engine_with(*FIRE).story("fire-1", "bg").course}
    fifth = told[date(2024, 3, 5)]
    assert fifth.article.article_id == "fire-bg" and fifth.first.article_id == "fire-2" and fifth.articles == 2
    assert told[date(2024, 3, 4)].first is None


def test_two_stories_that_share_a_headline_stay_apart_and_one_article_is_a_story(engine_with):
    engine = engine_with(*TWINS, OTHER)
    for name in ("twin-1", "twin-2"):
        story = engine.story(name, "en")
        assert story.articles == 1 and [v.article_id for v in story.versions] == [name] and not story.others
        assert len(story.course) == 1 and not story.remarks


def passage(name, published, text="The factory burnt on Monday.", **more):
    return Passage(f"p-{name}", name, 1, 0, text, 0, len(text), "Fire", outlet=name, published=published, **more)


NOW = datetime(2024, 3, 6, 12, tzinfo=UTC)


def test_what_has_no_date_or_one_to_come_is_told_without_a_day_and_said():
    known = passage("known", NOW - timedelta(hours=20), "Six died.", language="en")
    ahead = passage("ahead", NOW + timedelta(days=20), language="en")
    undated = passage("undated", None, language="en")
    story = tell(FoundStory((known,), (undated, ahead), {}), "", "hr", now=NOW)
    assert days(story) == [(date(2024, 3, 5), "known"), (None, "ahead")]
    assert {r.kind: "1" in r.text for r in story.remarks} == {"undated": True, "ahead": True}
    assert story.others[-1].article_id in ("undated", "ahead")


def test_a_whole_date_in_the_text_dates_an_article_without_one():
    told = passage("undated", None, "The factory burnt down on 4 March 2024.", language="en")
    story = tell(FoundStory((told,), (), {}), "", "en", now=NOW)
    assert days(story) == [(date(2024, 3, 4), "undated")] and story.course[0].dated == "text"


def test_three_thousand_articles_over_two_years_are_told_within_bounds():
    start = datetime(2022, 3, 1, tzinfo=UTC)
    many = [passage(f"n{i}", start + timedelta(hours=6 * i), "It went on.", language="en") for i in range(3000)]
    begun = time.perf_counter()
    story = tell(FoundStory(tuple(many[:40]), tuple(many[40:]), {}), "", "en", now=NOW + timedelta(days=60))
    assert time.perf_counter() - begun < 20
    assert story.articles == 3000 and len(story.course) == 120 and len(story.others) == 50
    assert [r.kind for r in story.remarks] == ["more"] and story.course[0].day == date(2024, 3, 19)


def test_a_correction_and_an_erasure_reach_the_story_at_once(engine_with):
    engine = engine_with(*FIRE)
    changed = FIRE[1] | {"text": "The fire in the Kostinbrod paper factory killed seven people, the ministry said.",
                         "modified": "2024-03-07", "status": "corrected"}  # fmt: skip
    assert not Pipeline(engine.archive, engine.embedder, engine.settings).run([changed]).rejected
    engine.indexes.refresh()
    said = " ".join(one.text for one in engine.story("fire-1", "en").course)
    assert "seven people" in said and "killed six people" not in said
    engine.archive.erase("fire-2", reason="asked")
    engine.indexes.refresh()
    story = engine.story("fire-1", "en")
    assert "fire-2" not in {one.article_id for one in (*story.versions, *story.others)}
    assert "seven people" not in " ".join(one.text for one in story.course)
    with pytest.raises(Erased):
        engine.story("fire-2", "en")


def test_an_unknown_or_withdrawn_article_leads_to_no_story(engine_with):
    engine = engine_with(*FIRE)
    with pytest.raises(NotFound, match="nothing"):
        engine.story("nothing", "en")
    engine.archive.retract("fire-1", {"why": "wrong"}, at=datetime.now(UTC))
    engine.indexes.refresh()
    with pytest.raises(NotFound, match="withdrawn"):
        engine.story("fire-1", "en")
    assert "fire-1" not in {v.article_id for v in engine.story("fire-2", "en").versions}


def test_a_day_is_told_by_the_sentence_that_most_of_its_articles_share():
    said = ["Ten of the largest lakes of Europe, in pictures.", "The factory in Kostinbrod burnt down.",
            "The paper factory in Kostinbrod burnt.", "The factory burnt, police in Kostinbrod said."]  # fmt: skip
    day = [passage(f"n{i}", NOW - timedelta(hours=20 - i), text, language="en") for i, text in enumerate(said)]
    assert tell(FoundStory(tuple(day), (), {}), "", "en", now=NOW).course[0].text == said[1]
    of_two = tell(FoundStory(tuple(day[:2]), (), {}), "", "en", now=NOW)
    assert of_two.course[0].text == said[0]


def test_a_story_is_the_same_from_each_of_its_articles(engine_with):
    engine = engine_with(*FIRE, OTHER)
    found = {name: engine.story(name, "en") for name in ("fire-1", "fire-2", "fire-bg")}
    assert {frozenset(v.article_id for v in story.versions) for story in found.values()} == {frozenset(found)}
    assert [story.id for story in found.values()] == list(found)
