"""Finds every article of the story that one article tells: the versions of its event, and the rest of its matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.retrieve.stories import ALIKE, Opening, alike, read_openings
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes
from rag.types import Passage

_REACH, _WIDE = 400, 6000  # passages that are looked at, and where most of them are of the story
_MOST = 3000  # articles of a story
_CORE = 0.5  # share of the versions in which a name stands that the story is about
_SHARED = 2  # such names that another day's article bears; the only one where the story has but one


@dataclass(frozen=True, slots=True)
class FoundStory:
    """The articles of a story by the first passage of each, that which was asked for first. `clusters`: of those that
    are copies of one text."""

    versions: tuple[Passage, ...]
    others: tuple[Passage, ...]
    clusters: dict[str, str]


def find_story(article_id: str, *, archive: Archive, indexes: Indexes) -> FoundStory | None:
    """Returns the story that an article tells; None for one that may not answer.

    Versions are the articles alike to it, and those alike to most of these: one that is alike to a single version
    begins no chain from event to event. Others are near to what the versions say, on any day, and bear their names.
    """
    vector = archive.opening_vectors([article_id]).get(article_id)
    asked = archive.openings([article_id]).get(article_id)
    if asked is None or vector is None:
        return None
    for reach in (_REACH, _WIDE):
        keys = [found.key for found in indexes.alike(vector, limit=reach, language=asked.language)]
        ids = dict.fromkeys(p.article_id for p in archive.passages(keys).values())
        cluster = archive.clusters([article_id]).get(article_id)
        copies = cluster.articles if cluster else ()
        passages = archive.openings([article_id, *ids, *copies])
        passages.pop(article_id, None)
        first, *rest = read_openings([asked, *passages.values()], archive=archive, means=indexes.means())
        versions = _versions(first, rest)
        others = _others(versions, [one for one in rest if one not in versions])
        if len(versions) + len(others) < len(keys) / 2:
            break
    clusters = {one.passage.article_id: one.cluster for one in (*versions, *others) if one.cluster}
    told = [one.passage for one in others[: max(0, _MOST - len(versions))]]
    return FoundStory(tuple(one.passage for one in versions[:_MOST]), tuple(told), clusters)


def _versions(first: Opening, rest: Sequence[Opening]) -> list[Opening]:
    near = [one for one in rest if alike(first, one, retold=True)]
    ring = [first, *near]
    more = [
        one for one in rest if one not in near and 2 * sum(alike(one, x, retold=True) > 0 for x in ring) > len(ring)
    ]
    return [*ring, *more]


def _others(versions: Sequence[Opening], rest: Sequence[Opening]) -> list[Opening]:
    vectors = [one.vector for one in versions if one.vector is not None]
    if not vectors:
        return []
    middle = np.mean(vectors, axis=0)
    middle = middle / (float(np.linalg.norm(middle)) or 1.0)
    borne = Counter(name for one in versions for name in one.names)
    core = {name for name, count in borne.items() if count >= _CORE * len(versions)}
    least = min(_SHARED, len(core))
    if not least:
        return []
    near = [(float(one.vector @ middle), one) for one in rest if one.vector is not None]
    near = sorted((pair for pair in near if pair[0] >= ALIKE), key=lambda pair: -pair[0])
    return [one for _, one in near if len(core & one.names) >= least]
