"""Finds the articles that tell one story, and the version of it that a reader is shown: their own language first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.retrieve.rank import language_distance
from rag.store.archive.archive import Archive
from rag.store.archive.copies import DAYS_APART
from rag.text.language import family
from rag.text.names import name_keys
from rag.types import Hit, Passage

Vector = NDArray[np.float32]

# Cosine of two openings, each less the mean passage of its language. Of the starter corpus's pairs in two languages no
# more than four days apart, .40 and a name in common find 77 % of those of one story, 92 % of the translations, and
# none of two stories; .35 takes one false pair, .45 finds 72 %.
ALIKE = 0.40
# The same for two reports in one language: the likest of two stories there has .46.
RETOLD = 0.50


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """The first passage of an article, with its vector less its language's mean and its cluster."""

    passage: Passage
    vector: Vector | None
    cluster: str

    @property
    def names(self) -> frozenset[str]:
        """The keys of the names in headline and first lines."""
        return _names_in(f"{self.passage.title}. {self.passage.text[:_READ]}")


def stories(
    passages: Sequence[Passage], language: str, *, archive: Archive, means: Mapping[str, Vector], retold: bool = False
) -> list[tuple[Passage, ...]]:
    """Groups passages into stories, in the order of the best of each; of every article the first passage.

    Within a story the version nearest to `language` comes first, of equally near ones the one that was ranked first.
    One story are near-identical articles (the archive's clusters), and articles in two languages that lie no more than
    four days apart, share a name and mean nearly the same; with `retold` those in one language too. `means` are the
    mean passages of each language family (`Indexes.means`).
    """
    first = {p.article_id: p for p in reversed(passages)}
    ordered = [first[article_id] for article_id in dict.fromkeys(p.article_id for p in passages)]
    told: list[list[Opening]] = []
    for own in read_openings(ordered, archive=archive, means=means):
        likeness = [max(alike(own, one, retold=retold) for one in story) for story in told]
        if any(likeness):
            told[likeness.index(max(likeness))].append(own)
        else:
            told.append([own])
    return [nearest_first([one.passage for one in story], language) for story in told]


def read_openings(passages: Sequence[Passage], *, archive: Archive, means: Mapping[str, Vector]) -> list[Opening]:
    """Returns what is compared of each article; `passages` holds one of each."""
    ids = [p.article_id for p in passages]
    clusters, vectors = archive.clusters(ids), archive.opening_vectors(ids)
    return [
        Opening(
            p,
            _centre(p, vectors.get(p.article_id), means),
            clusters[p.article_id].id if p.article_id in clusters else "",
        )
        for p in passages
    ]


def nearest_first(versions: Sequence[Passage], language: str) -> tuple[Passage, ...]:
    """Returns the versions of a story, the language nearest to the reader's first."""
    if len(versions) == 1:
        return tuple(versions)
    return tuple(sorted(versions, key=lambda p: language_distance(p.language, language)))


def nearness(vector: Vector, hits: Sequence[Hit], *, archive: Archive, means: Mapping[str, Vector]) -> dict[str, float]:
    """How near each article of the hits is to a topic's vector (d,), comparable over languages, by article.

    It is the cosine of the article's opening less its language's mean, plus what the words of the topic add to the
    hit's score. A few words alone lie nearer to any text in their own language than to those on the topic in another.
    """
    vectors = archive.opening_vectors([hit.passage.article_id for hit in hits])
    near = {}
    for hit in hits:
        centred = _centre(hit.passage, vectors.get(hit.passage.article_id), means)
        if centred is not None:
            near[hit.passage.article_id] = float(centred @ vector) + hit.score - (hit.dense_score or 0.0)
    return near


def _centre(passage: Passage, vector: Vector | None, means: Mapping[str, Vector]) -> Vector | None:
    mean = means.get(family(passage.language))
    if vector is None or mean is None:
        return None
    centred = vector - mean
    length = float(np.linalg.norm(centred))
    return centred / length if length else None


def alike(one: Opening, other: Opening, *, retold: bool) -> float:
    """Returns how surely two articles tell one story; 0 where nothing shows it."""
    a, b = one.passage, other.passage
    if one.cluster and one.cluster == other.cluster:
        return 1.0
    if one.vector is None or other.vector is None or not about_as_old(a, b):
        return 0.0
    if a.language == b.language and not retold:
        return 0.0
    cosine = float(one.vector @ other.vector)
    return cosine if cosine >= (RETOLD if a.language == b.language else ALIKE) and one.names & other.names else 0.0


def about_as_old(one: Passage, other: Passage) -> bool:
    """Tells whether two articles lie no more than four days apart; what has no date lies near to nothing."""
    if one.published is None or other.published is None:
        return False
    return abs(one.published - other.published) < DAYS_APART + timedelta(days=1)


_READ = 600  # characters


@lru_cache(maxsize=4096)
def _names_in(text: str) -> frozenset[str]:
    return frozenset(name_keys(text))


class StoriesOf(Protocol):
    """Groups passages into stories, each with the version nearest to the language first. With `retold`, reports of one
    event in one language are one story too."""

    def __call__(
        self, passages: Sequence[Passage], language: str, *, retold: bool = False
    ) -> Sequence[tuple[Passage, ...]]: ...


def each_alone(passages: Sequence[Passage], language: str, *, retold: bool = False) -> list[tuple[Passage, ...]]:
    """Returns every article as a story of its own."""
    return [(p,) for p in {p.article_id: p for p in reversed(passages)}.values()]


@dataclass(frozen=True, slots=True)
class Stories:
    """The stories that were found. `number`: of each article's story; `versions`: of each story, the nearest to the
    reader's language first."""

    number: Mapping[str, int]
    versions: Sequence[tuple[Passage, ...]]
    language: str

    def same(self, article_id: str, other_id: str) -> bool:
        """Tells whether two articles tell one story."""
        return self.number[article_id] == self.number[other_id]

    def nearest(self, article_id: str) -> str:
        """Returns the article that tells the same story in the language nearest to the reader's."""
        return self.versions[self.number[article_id]][0].article_id

    def others(self, article_id: str) -> tuple[Passage, ...]:
        """Returns the other versions of an article's story."""
        return tuple(p for p in self.versions[self.number[article_id]] if p.article_id != article_id)

    def reads(self, passage: Passage) -> bool:
        """Tells whether a passage is in the reader's language or its family."""
        return family(passage.language) == family(self.language)

    def nearer(self, passage: Passage, than: Passage) -> bool:
        """Tells whether a passage is another version of the story, in a language nearer to the reader's."""
        return self.same(passage.article_id, than.article_id) and language_distance(
            passage.language, self.language
        ) < language_distance(than.language, self.language)


def find_stories(hits: Sequence[Hit], language: str, stories_of: StoriesOf) -> Stories:
    """Groups the hits into stories."""
    versions = stories_of([hit.passage for hit in hits], language)
    number = {p.article_id: n for n, story in enumerate(versions) for p in story}
    return Stories(number, versions, language)


def hits_to_read(hits: Sequence[Hit], stories: Stories, *, first: int, limit: int) -> list[Hit]:
    """Chooses the hits to read: of every story only the version ranked first and the one nearest to the reader's
    language.

    The nearest version of the first hit's story is always among the `first` ones.
    """
    ranked: dict[int, str] = {}
    kept = []
    for hit in hits:
        article = hit.passage.article_id
        if article in (ranked.setdefault(stories.number[article], article), stories.nearest(article)):
            kept.append(hit)
    nearest = next(h for h in kept if h.passage.article_id == stories.nearest(kept[0].passage.article_id))
    if nearest not in kept[:first]:
        kept.remove(nearest)
        kept.insert(first - 1, nearest)
    return kept[:limit]
