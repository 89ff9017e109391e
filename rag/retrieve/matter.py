"""Finds every article of the story that one article tells: the versions of its event, and the rest of its matter."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from rag.retrieve.stories import ALIKE, Opening, about_as_old, alike, read_openings
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes
from rag.text.language import family
from rag.text.words import words
from rag.types import Passage

_REACH, _WIDE = 400, 6000  # passages that are looked at, and where most of them are of the story
_MOST = 3000  # articles of a story
_LEAST_NEAR = 0.2  # cosine below which nothing is compared
_RING = 12  # the likest versions, by which more of them are told
_HOPS = 3  # from the article that was asked for to the middle of its story
_SHARED = 2  # such names that another day's article bears; the only one where the story has but one

# Two reports in one family of languages: log odds that they tell one event, by `python -m research.stories fit`.
WEIGHTS = {"cosine": 8.49, "title": 4.04, "rarest": 6.97, "days": -4.24}
_BIAS = -8.26
_SURE = math.log(0.8 / 0.2)  # pairwise precision .97, recall .85 on the half that the weights were not fitted on
_READ = 600  # characters whose words are compared
_RARE, _RARITY = 3, 9.0  # rarest common words that count, and how much each may
_DAYS = 1.5  # apart, beyond which more days say nothing more


@dataclass(frozen=True, slots=True)
class FoundStory:
    """The articles of a story by the first passage of each, that which was asked for first. `clusters`: of those that
    are copies of one text; `rarity`: in the archive, of the words with which they begin."""

    versions: tuple[Passage, ...]
    others: tuple[Passage, ...]
    clusters: dict[str, str]
    rarity: Mapping[str, float] = field(default_factory=dict)


def find_story(article_id: str, *, archive: Archive, indexes: Indexes) -> FoundStory | None:
    """Returns the story that an article tells; None for one that may not answer.

    Versions tell its event, by what they share with it, or with most of those that are likest to it: one that is like a
    single version begins no chain from event to event. In another language the likest report is a version, and further
    ones where they tell its event. Others are as like to most of these whatever their day, and bear
    the names that stand in most; of an event that a single article tells, no more than four days apart.
    """
    vector = archive.opening_vectors([article_id]).get(article_id)
    asked = archive.openings([article_id]).get(article_id)
    if asked is None or vector is None:
        return None
    for reach in (_REACH, _WIDE):
        keys = [found.key for found in indexes.alike(vector, limit=reach, language=asked.language)]
        ids = dict.fromkeys(p.article_id for p in archive.passages(keys).values())
        cluster = archive.clusters([article_id]).get(article_id)
        passages = archive.openings([article_id, *ids, *(cluster.articles if cluster else ())])
        passages.pop(article_id, None)
        first, *rest = read_openings([asked, *passages.values()], archive=archive, means=indexes.means())
        rest = [
            one for one in rest if one.cluster and one.cluster == first.cluster or _cosine(first, one) >= _LEAST_NEAR
        ]
        reports = compared([first, *rest], indexes)
        versions, others = _sort_out(reports)
        if len(versions) + len(others) < len(keys) / 2:
            break
    clusters = {one.passage.article_id: one.cluster for one in (*versions, *others) if one.cluster}
    told = [one.passage for one in others[: max(0, _MOST - len(versions))]]
    return FoundStory(tuple(one.passage for one in versions[:_MOST]), tuple(told), clusters, reports[0].rarity)


@dataclass(frozen=True, eq=False)
class Report:
    """What is compared of two reports of an event in one family of languages. `rarity`: of each word."""

    opening: Opening
    rarity: Mapping[str, float]

    @cached_property
    def title(self) -> frozenset[str]:
        """The words of the headline."""
        return frozenset(words(self.opening.passage.title))

    @cached_property
    def every(self) -> frozenset[str]:
        """The words of headline and first lines."""
        return self.title | frozenset(words(self.opening.passage.text[:_READ]))

    def weight(self, some: frozenset[str]) -> float:
        """Returns how rare some words are together."""
        return sum(self.rarity.get(word, 0.0) for word in some)

    def log_odds(self, other: Report, *, any_day: bool = False) -> float:
        """Returns how surely two reports tell one event, or one matter on whatever days; -inf where nothing can show
        it."""
        a, b = self.opening, other.opening
        if a.cluster and a.cluster == b.cluster:
            return math.inf
        if family(a.passage.language) != family(b.passage.language):
            told = _cosine(a, b) >= ALIKE and a.names & b.names if any_day else alike(a, b, retold=True)
            return math.inf if told else -math.inf
        if not any_day and not about_as_old(a.passage, b.passage):
            return -math.inf
        signs = self.signs(other)
        return _BIAS + sum(WEIGHTS[name] * sign for name, sign in signs.items() if name != "days" or not any_day)

    def likeness(self, other: Report) -> float:
        """Returns how like two reports are in whatever languages: by their openings and the days between."""
        a, b = self.opening, other.opening
        days = min(_days_apart(a.passage, b.passage), _DAYS)
        return WEIGHTS["cosine"] * _cosine(a, b) + WEIGHTS["days"] * days

    def signs(self, other: Report) -> dict[str, float]:
        """Returns what tells whether two reports tell one event: `cosine` of their openings; share of the words of a
        `title` that the other's has; how rare the `rarest` common words are; `days` apart."""
        shared = sorted((min(_RARITY, self.rarity.get(word, 0.0)) for word in self.every & other.every), reverse=True)
        least = min(self.weight(self.title), other.weight(other.title)) or 1.0
        return {
            "cosine": _cosine(self.opening, other.opening),
            "title": self.weight(self.title & other.title) / least,
            "rarest": sum(shared[:_RARE]) / 30,
            "days": min(_days_apart(self.opening.passage, other.opening.passage), _DAYS),
        }


def _days_apart(one: Passage, other: Passage) -> float:
    if one.published is None or other.published is None:
        return _DAYS
    return abs((one.published - other.published).total_seconds()) / 86_400


def compared(openings: Sequence[Opening], indexes: Indexes) -> list[Report]:
    """Returns the reports of these openings, with the rarity of their words in the archive."""
    plain = [Report(one, {}) for one in openings]
    rarity = indexes.rarity(sorted(frozenset[str]().union(*(one.every for one in plain))))
    return [Report(one, rarity) for one in openings]


def _sort_out(reports: Sequence[Report]) -> tuple[list[Opening], list[Opening]]:
    """Returns the reports of the event, the one that was asked for first, and the others of the matter.

    Those that were found from the asked one are found again from the middle of them, as long as that tells the asked
    one's event: whichever of its articles leads to a story, it is the same.
    """
    asked, core = reports[0], reports[0]
    versions, others = _told_with(core, reports)
    for _ in range(_HOPS):
        middle = _middle(versions)
        found, further = (versions, others) if middle is core else _told_with(middle, reports)
        if middle is core or asked not in found:
            break
        core, versions, others = middle, found, further
    ordered = sorted(versions, key=lambda one: one is not asked)
    return [one.opening for one in ordered], [one.opening for one in others]


def _middle(versions: Sequence[Report]) -> Report:
    """Returns the report whose opening lies nearest to the mean of all, of equals that with the least id."""
    vectors = [one.opening.vector for one in versions if one.opening.vector is not None]
    mean = np.sum(vectors, axis=0)
    return max(
        versions,
        key=lambda one: (
            -math.inf if one.opening.vector is None else round(float(one.opening.vector @ mean), 4),
            one.opening.passage.article_id,
        ),
    )


def _told_with(asked: Report, reports: Sequence[Report]) -> tuple[list[Report], list[Report]]:
    """Returns the reports of the event that one tells, itself first, and the others of the matter."""
    rest = [one for one in reports if one is not asked]
    sure = {one: asked.log_odds(one) for one in rest}
    ordered = sorted(rest, key=lambda one: (-sure[one], -asked.likeness(one)))
    first = {family(asked.opening.passage.language): asked}  # by the language's family, the likest version

    def agrees(one: Report) -> bool:
        likest = first.setdefault(family(one.opening.passage.language), one)
        return likest in (asked, one) or likest.log_odds(one) >= 0

    near = [one for one in ordered if sure[one] >= _SURE and agrees(one)]
    ring = [asked, *near[:_RING]]
    far = [one for one in ordered if one not in near]
    more = [one for one in far if _most((one.log_odds(x) >= _SURE for x in ring), len(ring)) and agrees(one)]
    core = _names_of(ring)
    least = min(_SHARED, len(core))
    others = [
        one
        for one in far
        if one not in more
        and least
        and len(core & one.opening.names) >= least
        and _most((one.log_odds(x, any_day=True) >= 0 for x in ring), len(ring))
        and (len(ring) > 1 or about_as_old(asked.opening.passage, one.opening.passage))
    ]
    return [asked, *near, *more], others


def _most(told: Iterable[bool], of: int) -> bool:
    """Tells whether more than half are true, and looks at no more of them than that takes."""
    need = of // 2 + 1
    lacking = of - need
    for one in told:
        need, lacking = (need - 1, lacking) if one else (need, lacking - 1)
        if not need or lacking < 0:
            return not need
    return False


def _names_of(ring: Sequence[Report]) -> frozenset[str]:
    """Returns the names that stand in most of the likest reports: what the story is about."""
    borne = Counter(name for one in ring for name in one.opening.names)
    return frozenset(name for name, count in borne.items() if 2 * count > len(ring))


def _cosine(one: Opening, other: Opening) -> float:
    return 0.0 if one.vector is None or other.vector is None else float(one.vector @ other.vector)
