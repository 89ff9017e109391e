"""The newest stories page by page: the reader's language first, no story twice, to the last."""

from datetime import UTC, datetime, timedelta

import pytest

from rag.answer.latest import NEWEST, NewestStories
from rag.types import Article, Filters, Passage

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class Shelf:
    """An archive of articles named "story-language-n"; a higher n is newer by a day."""

    def __init__(self, *ids):
        self._held = sorted((self._article(i) for i in ids), key=lambda a: (-a.published.timestamp(), a.id))

    @staticmethod
    def _article(article_id):
        story, language, n = article_id.split("-")
        text = f"{story}: {n}."
        return Article(article_id, story, text, language, None, language, BEGAN + timedelta(days=int(n)))

    def articles(self, *, filters, after=None, limit):
        first, last = filters.published_from, filters.published_to
        within = [
            a
            for a in self._held
            if (not filters.languages or a.language in filters.languages)
            and (not filters.outlets or a.outlet in filters.outlets)
            and (first is None or a.published.date() >= first)
            and (last is None or a.published.date() <= last)
        ]
        start = next((n for n, a in enumerate(within, 1) if a.id == after), 0)
        return within[start : start + limit]

    def openings(self, ids):
        return {
            a.id: Passage(
                f"p-{a.id}", a.id, 1, 0, a.text, 0, len(a.text), a.title, a.outlet, None, a.language, a.published
            )
            for a in self._held
            if a.id in ids and not a.title.startswith("empty")
        }

    def texts(self, ids):
        return {a.id: a.text for a in self._held if a.id in ids}


def stories_of(passages, language, *, retold=False):
    """Articles of one name are one story, the reader's language first."""
    assert retold
    told = {}
    for p in passages:
        told.setdefault(p.title, []).append(p)
    return [tuple(sorted(some, key=lambda p: p.language != language)) for some in told.values()]


def pages(shelf, language="el", limit=2, filters=Filters()):
    """All pages, each as the ids that are shown."""
    newest, place, found = NewestStories(language, filters, shelf, stories_of), NEWEST, []
    while place is not None:
        page = newest.page(place, limit)
        found.append([story.article_id for story in page.stories])
        place = page.following
        assert len(found) <= 300
    return found


def test_the_readers_language_comes_first_and_then_what_only_others_tell():
    shelf = Shelf("fire-en-9", "vote-el-8", "song-bg-7", "match-el-6", "storm-el-5", "quake-en-4")
    assert pages(shelf) == [["vote-el-8", "match-el-6"], ["storm-el-5", "fire-en-9"], ["song-bg-7", "quake-en-4"]]


def test_a_story_that_others_tell_too_comes_once_in_the_readers_language():
    shelf = Shelf("fire-en-9", "fire-el-8", "vote-el-7", "vote-en-6", "song-en-5", "song-bg-4")
    newest = NewestStories("el", Filters(), shelf, stories_of).page(NEWEST, 8).stories
    told = [(story.article_id, [v.article_id for v in story.also]) for story in newest]
    assert told == [("fire-el-8", ["fire-en-9"]), ("vote-el-7", ["vote-en-6"]), ("song-en-5", ["song-bg-4"])]


def test_a_story_that_went_on_does_not_come_again_on_the_next_page():
    shelf = Shelf("fire-el-9", "vote-el-8", "fire-el-7", "match-el-6", "vote-el-5", "storm-el-4")
    assert pages(shelf) == [["fire-el-9", "vote-el-8"], ["match-el-6", "storm-el-4"], []]


@pytest.mark.parametrize("limit", [1, 3, 8])
def test_every_story_comes_however_many_there_are(limit):
    ids = [f"s{n}-{('el', 'en', 'bg')[n % 3]}-{n}" for n in range(200)]
    found = [one for page in pages(Shelf(*ids), limit=limit) for one in page]
    assert sorted(found) == sorted(ids)
    own = [one for one in found if "-el-" in one]
    assert found[: len(own)] == own == sorted(own, key=lambda one: -int(one.split("-")[2]))


def test_articles_without_text_do_not_end_the_list():
    shelf = Shelf(*(f"empty{n}-el-{n}" for n in range(10, 90)), "vote-el-5")
    assert [one for page in pages(shelf) for one in page] == ["vote-el-5"]


def test_whoever_filters_by_language_gets_nothing_else():
    shelf = Shelf("fire-en-9", "vote-el-8", "song-bg-7")
    assert pages(shelf, filters=Filters(languages=("bg", "en"))) == [["fire-en-9", "song-bg-7"]]
