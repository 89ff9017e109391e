"""Which articles are versions of one story, and which version a reader is shown first."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from rag.retrieve.stories import ALIKE, RETOLD, stories
from rag.store.archive.copies import Cluster
from rag.types import Passage

DAY = datetime(2025, 3, 18, tzinfo=UTC)
MEANS = {name: np.zeros(3, np.float32) for name in ("en", "sh", "mk")}


class Archive:
    """Vectors at given angles, and clusters by article."""

    def __init__(self, angles, clusters=()):
        self.angles, self.held = angles, dict.fromkeys(clusters, Cluster("c1", (), tuple(clusters)))

    def clusters(self, article_ids):
        return {a: c for a, c in self.held.items() if a in article_ids}

    def opening_vectors(self, article_ids):
        return {a: np.array([np.cos(t), np.sin(t), 0], np.float32) for a, t in self.angles.items() if a in article_ids}


def article(article_id, language, *, outlet="A", days=0, title="Kočani mourns", ordinal=0):
    at = DAY + timedelta(days=days)
    return Passage(f"{article_id}{ordinal}", article_id, 1, ordinal, "text", 0, 4, title, outlet, None, language, at)


def told(passages, language="en", *, cosine=ALIKE + 0.01, retold=False, clusters=()):
    """The stories of passages whose vectors lie each so far from the one before."""
    ids = list(dict.fromkeys(p.article_id for p in passages))
    archive = Archive({a: i * np.arccos(cosine) for i, a in enumerate(ids)}, clusters)
    found = stories(passages, language, archive=archive, means=MEANS, retold=retold)
    return ["".join(p.article_id for p in story) for story in found]


def test_versions_in_two_languages_are_one_story_and_the_reader_s_own_comes_first():
    two = [article("a", "mk"), article("b", "en")]
    assert told(two) == ["ba"]
    assert told(two, "mk") == ["ab"]
    assert told(two, "tr") == ["ba"]  # English before what is as foreign


@pytest.mark.parametrize("reader, first", [("hr", "b"), ("cnr", "b"), ("sr-Cyrl", "b"), ("mk", "a")])
def test_the_nearest_variety_stands_for_the_reader_s_own(reader, first):
    assert told([article("a", "mk"), article("b", "sr-Latn")], reader)[0][0] == first


def test_what_is_not_alike_or_old_or_names_nobody_in_common_is_another_story():
    one = article("a", "mk")
    assert told([one, article("b", "en")], cosine=ALIKE - 0.01) == ["a", "b"]
    assert told([one, article("b", "en", days=4)]) == ["ba"]
    assert told([one, article("b", "en", days=5)]) == ["a", "b"]
    assert told([one, article("b", "en", title="Skopje mourns")]) == ["a", "b"]


def test_reports_in_one_language_are_one_story_only_where_that_is_asked():
    two = [article("a", "en"), article("b", "en", outlet="B")]
    assert told(two, cosine=RETOLD + 0.01) == ["a", "b"]
    assert told(two, cosine=RETOLD + 0.01, retold=True) == ["ab"]
    assert told(two, cosine=RETOLD - 0.01, retold=True) == ["a", "b"]


def test_copies_are_one_story_whatever_their_vectors():
    assert told([article("a", "en"), article("b", "en", days=9)], cosine=0, clusters="ab") == ["ab"]


def test_stories_keep_the_order_of_their_best_and_an_article_is_told_once():
    found = told([article("a", "mk"), article("b", "en", days=30), article("a", "mk", ordinal=1)])
    assert found == ["a", "b"]
