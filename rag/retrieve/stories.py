"""Which articles tell one story: the versions of it in other languages, the one nearest to the reader first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.retrieve.rank import language_distance
from rag.store.archive.copies import DAYS_APART, Cluster
from rag.text.language import family
from rag.text.names import name_keys
from rag.types import Passage

Vector = NDArray[np.float32]

# Cosine of two openings, each less the mean passage of its language. Of the starter corpus's pairs in two languages no
# more than four days apart, .40 and a name in common find 77 % of those of one story, 92 % of the translations, and
# none of two stories; .35 takes one false pair, .45 finds 72 %.
ALIKE = 0.40
# The same for two reports in one language: the likest of two stories there has .46.
RETOLD = 0.60


class Held(Protocol):
    """What is needed of the archive."""

    def clusters(self, article_ids: Sequence[str]) -> Mapping[str, Cluster]: ...

    def opening_vectors(self, article_ids: Sequence[str]) -> Mapping[str, Vector]: ...


@dataclass(frozen=True, slots=True)
class _Opening:
    """The first passage of an article that was found, with its vector less its language's mean."""

    passage: Passage
    vector: Vector | None
    cluster: str


def stories(
    passages: Sequence[Passage], language: str, *, archive: Held, means: Mapping[str, Vector], retold: bool = False
) -> list[tuple[Passage, ...]]:
    """The passages as stories, in the order of the best of each; of every article the first passage.

    Within a story the version nearest to `language` comes first, of equally near ones the one that was ranked first.
    One story are near-identical articles (the archive's clusters), and articles in two languages that lie no more than
    four days apart, share a name and mean nearly the same; with `retold` those in one language too. `means` are the
    mean passages of each language family (`Indexes.means`).
    """
    first = {p.article_id: p for p in reversed(passages)}
    ordered = [first[article_id] for article_id in dict.fromkeys(p.article_id for p in passages)]
    clusters, vectors = archive.clusters(list(first)), archive.opening_vectors(list(first))
    told: list[list[_Opening]] = []
    for passage in ordered:
        cluster = clusters.get(passage.article_id)
        own = _Opening(passage, _centre(passage, vectors.get(passage.article_id), means), cluster.id if cluster else "")
        likeness = [max(_likeness(own, one, retold=retold) for one in story) for story in told]
        if any(likeness):
            told[likeness.index(max(likeness))].append(own)
        else:
            told.append([own])
    return [
        tuple(sorted((one.passage for one in story), key=lambda p: language_distance(p.language, language)))
        for story in told
    ]


def _centre(passage: Passage, vector: Vector | None, means: Mapping[str, Vector]) -> Vector | None:
    mean = means.get(family(passage.language))
    if vector is None or mean is None:
        return None
    centred = vector - mean
    length = float(np.linalg.norm(centred))
    return centred / length if length else None


def _likeness(one: _Opening, other: _Opening, *, retold: bool) -> float:
    """How surely two articles tell one story; 0 where nothing says that they do."""
    a, b = one.passage, other.passage
    if one.cluster and one.cluster == other.cluster:
        return 1.0
    if one.vector is None or other.vector is None or not _about_as_old(a, b):
        return 0.0
    if a.language == b.language and not retold:
        return 0.0
    cosine = float(one.vector @ other.vector)
    return cosine if cosine >= (RETOLD if a.language == b.language else ALIKE) and _names(a) & _names(b) else 0.0


def _about_as_old(one: Passage, other: Passage) -> bool:
    if one.published is None or other.published is None:
        return False
    return abs(one.published - other.published) < DAYS_APART + timedelta(days=1)


def _names(passage: Passage) -> frozenset[str]:
    return _names_in(f"{passage.title}. {passage.text[:_READ]}")


_READ = 600  # characters


@lru_cache(maxsize=4096)
def _names_in(text: str) -> frozenset[str]:
    return frozenset(name_keys(text))
