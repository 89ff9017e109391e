"""Which reports tell the event of another one, and which go on with its matter, by openings at given angles."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from rag.retrieve.matter import FoundStory, find_story
from rag.store.upkeep.catchup import ScoredKey
from rag.types import Passage

DAY = datetime(2025, 3, 18, tzinfo=UTC)


class Held:
    """An archive and its indexes: articles by the angle of their openings and the days since the first."""

    def __init__(self, *articles):
        self.angles = {name: angle for name, angle, _ in articles}
        self.held = {name: passage(name, days) for name, _, days in articles}

    def openings(self, ids):
        return {one: self.held[one] for one in ids if one in self.held}

    def passages(self, keys):
        return {key: self.held[key] for key in keys}

    def opening_vectors(self, ids):
        return {i: np.array([np.cos(self.angles[i]), np.sin(self.angles[i])], np.float32) for i in ids}

    def clusters(self, ids):
        return {}

    def alike(self, vector, *, limit, language):
        return [ScoredKey(name, 1.0) for name in self.held]

    def means(self):
        return {"en": np.zeros(2, np.float32)}

    def rarity(self, asked):
        return dict.fromkeys(asked, 6.0)

    def story(self, name) -> FoundStory:
        found = find_story(name, archive=self, indexes=self)
        assert found is not None
        return found


def passage(name, days):
    at = DAY + timedelta(days=days)
    text = f"The mine at Zenica was closed, {name} wrote."
    return Passage(name, name, 1, 0, text, 0, len(text), f"{name}: Zenica mine", name, None, "en", at)


def names(passages):
    return [one.article_id for one in passages]


def test_a_story_is_the_same_whichever_of_its_articles_leads_to_it():
    every = {"left", "right", "the middle"}  # of two that are as near to their mean, the later name stands for both
    held = Held(("left", 0.0, 0), ("the middle", 0.66, 0), ("right", 1.33, 0))
    for name in every:
        versions = names(held.story(name).versions)
        assert versions[0] == name and set(versions) == every


@pytest.mark.parametrize("days, goes_on", [(3, True), (600, False)])
def test_what_a_single_article_tells_goes_on_for_some_days_and_not_for_years(days, goes_on):
    story = Held(("one", 0.0, 0), ("later", 0.6, days)).story("one")
    assert names(story.versions) == ["one"] and names(story.others) == ["later"] * goes_on


def test_what_several_articles_tell_goes_on_for_years():
    story = Held(("one", 0.0, 0), ("two", 0.1, 0), ("later", 0.6, 600)).story("one")
    assert names(story.versions) == ["one", "two"] and names(story.others) == ["later"]
