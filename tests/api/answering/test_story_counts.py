"""How many tell a story is counted once in a while, not at every view of a page."""

from __future__ import annotations

from types import SimpleNamespace

from api.answering.story_counts import HOLDS_S, StoryCounts
from rag.errors import NotFound


class Told:
    def __init__(self):
        self.asked = []

    def story(self, article_id, language):
        self.asked.append(article_id)
        if article_id == "gone":
            raise NotFound("There is no such article.")
        return SimpleNamespace(articles=3, outlets=2)


def test_views_of_a_page_find_its_story_once_in_five_minutes(monkeypatch):
    now = [HOLDS_S * 7 + 1]
    monkeypatch.setattr("api.answering.story_counts.time.monotonic", lambda: now[0])
    counts = StoryCounts(told := Told())
    assert [counts.of("a"), counts.of("a"), counts.of("gone")] == [(3, 2), (3, 2), (0, 0)]
    assert told.asked == ["a", "gone"]
    now[0] += HOLDS_S
    assert counts.of("a") == (3, 2) and told.asked == ["a", "gone", "a"]
