"""Search over fake indexes: what is dropped, capped and looked up."""

from dataclasses import replace

import numpy as np

from rag.config import SearchSettings
from rag.question.question import Question
from rag.retrieve.search import search
from rag.store.archive.copies import Cluster
from rag.store.upkeep.catchup import ScoredKey
from rag.types import Filters, Passage

VECTOR = np.ones(4, dtype=np.float32)


class Indexes:
    def __init__(self, dense, keyword):
        self.lists, self.seen = (dense, keyword), []

    def dense(self, vector, *, limit, filters=Filters(), language="und"):
        self.seen.append(filters)
        return [ScoredKey(k, 1 - i / 100) for i, k in enumerate(self.lists[0])][:limit]

    def cosines(self, vector, keys, *, language="und"):
        return {k: 0.1 for k in keys}

    def keyword(self, text, *, limit, filters=Filters(), among=None):
        if among is not None:
            return []
        self.seen.append(filters)
        return [ScoredKey(k, 9 - i) for i, k in enumerate(self.lists[1])][:limit]

    def search_names(self, text, *, language, limit, filters=Filters(), among=None):
        return []

    def reachable(self, text):
        return 1000.0


class Archive:
    def __init__(self, article_of, copies=()):
        self.article_of, self.copies = article_of, copies

    def clusters(self, article_ids):
        return {a: c for c in self.copies for a in c.articles if a in article_ids}

    def passages(self, keys):
        return {k: passage(k, self.article_of[k]) for k in keys if k in self.article_of}


def passage(key, article):
    return Passage(str(key), article, 1, key, f"text {key}", 0, 6, "title")


def found(dense, keyword, article_of, limit=10, filters=Filters(), copies=()):
    indexes = Indexes(dense, keyword)
    question = Question("words", filters=filters)
    archive = Archive(article_of, copies)
    hits = search(question, VECTOR, indexes=indexes, archive=archive, settings=SearchSettings(), limit=limit)
    return [int(h.passage.id) for h in hits], indexes


def test_a_key_that_the_archive_no_longer_holds_is_dropped():
    keys, _ = found([1, 2, 3], [2], {1: "a", 3: "c"})
    assert keys == [1, 3]


def test_at_most_two_passages_an_article():
    keys, _ = found([1, 2, 3, 4], [], {1: "a", 2: "a", 3: "a", 4: "b"})
    assert keys == [1, 2, 4]


def test_the_cap_does_not_starve_the_limit():
    one_article = {k: "long" for k in range(1, 41)}
    keys, _ = found(list(range(1, 46)), [], {**one_article, **{k: f"a{k}" for k in range(41, 46)}}, limit=5)
    assert keys == [1, 2, 41, 42, 43]


def test_a_story_is_told_once_by_the_best_placed_of_its_copies():
    copies = (Cluster("c1", ("Beta", "N1"), ("agency", "copy")),)
    articles = {1: "copy", 2: "agency", 3: "copy", 4: "other", 5: "agency"}
    keys, _ = found([1, 2, 3, 4, 5], [], articles, copies=copies)
    assert keys == [1, 3, 4]


def test_both_indexes_get_the_filters():
    filters = Filters(languages=("sr",))
    _, indexes = found([1], [1], {1: "a"}, filters=filters)
    assert indexes.seen == [filters, filters]


def test_a_preferred_language_breaks_ties_only():
    tongues = {1: "en", 2: "hr"}

    class Spoken(Archive):
        def passages(self, keys):
            return {k: replace(p, language=tongues[k]) for k, p in super().passages(keys).items()}

    class Alike(Indexes):
        def dense(self, vector, *, limit, filters=Filters(), language="und"):
            return [ScoredKey(1, 0.9), ScoredKey(2, 0.9 - self.apart)]

    def keys(apart, language):
        indexes = Alike([], [])
        indexes.apart = apart
        settings = SearchSettings(prefer_language=language)
        archive = Spoken({1: "a", 2: "b"})
        found = search(Question("words"), VECTOR, indexes=indexes, archive=archive, settings=settings, limit=10)
        return [int(h.passage.id) for h in found]

    assert keys(0.001, None) == [1, 2]
    assert keys(0.001, "hr") == [2, 1]
    assert keys(0.05, "hr") == [1, 2]
