"""Which of the passages found tell one story, and which version of it the reader is shown: their own language first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.retrieve.rank import language_distance
from rag.text.language import family
from rag.types import Hit, Passage, Version


class StoriesOf(Protocol):
    """Gives passages as stories, each with the version nearest to the language first; with `retold`, reports of one
    thing in one language are one story too."""

    def __call__(
        self, passages: Sequence[Passage], language: str, *, retold: bool = False
    ) -> Sequence[tuple[Passage, ...]]: ...


def each_alone(passages: Sequence[Passage], language: str, *, retold: bool = False) -> list[tuple[Passage, ...]]:
    """Every article as a story of its own."""
    return [(p,) for p in {p.article_id: p for p in reversed(passages)}.values()]


@dataclass(frozen=True, slots=True)
class Stories:
    """The stories that were found. `number`: of each article; `versions`: of each story, the nearest to the reader's
    language first.
    """

    number: Mapping[str, int]
    versions: Sequence[tuple[Passage, ...]]
    language: str

    def same(self, article_id: str, other_id: str) -> bool:
        """Whether two articles tell one story."""
        return self.number[article_id] == self.number[other_id]

    def nearest(self, article_id: str) -> str:
        """The article that tells the same story in the language nearest to the reader's."""
        return self.versions[self.number[article_id]][0].article_id

    def others(self, article_id: str) -> tuple[Passage, ...]:
        """The other versions of an article's story."""
        return tuple(p for p in self.versions[self.number[article_id]] if p.article_id != article_id)

    def reads(self, passage: Passage) -> bool:
        """Whether a passage is in the reader's language, or of its family."""
        return family(passage.language) == family(self.language)

    def nearer(self, passage: Passage, than: Passage) -> bool:
        """Whether a passage is another version of the story, in a language nearer to the reader's."""
        return self.same(passage.article_id, than.article_id) and language_distance(
            passage.language, self.language
        ) < language_distance(than.language, self.language)


def as_versions(passages: Iterable[Passage]) -> tuple[Version, ...]:
    """Articles as the reader is told of them beside another version."""
    return tuple(Version(p.article_id, p.title, p.outlet, p.url, p.language) for p in passages)


def find_stories(hits: Sequence[Hit], language: str, stories_of: StoriesOf) -> Stories:
    """The stories of the hits."""
    versions = stories_of([hit.passage for hit in hits], language)
    number = {p.article_id: n for n, story in enumerate(versions) for p in story}
    return Stories(number, versions, language)


def hits_to_read(hits: Sequence[Hit], stories: Stories, limit: int) -> list[Hit]:
    """The first hits, of every story only the version ranked first and the one nearest to the reader's language.

    The nearest version of the first hit's story is always among them.
    """
    first: dict[int, str] = {}
    kept = []
    for hit in hits:
        article = hit.passage.article_id
        if article in (first.setdefault(stories.number[article], article), stories.nearest(article)):
            kept.append(hit)
    nearest = next(h for h in kept if h.passage.article_id == stories.nearest(kept[0].passage.article_id))
    chosen = kept[:limit]
    return chosen if nearest in chosen else [*chosen[:-1], nearest]
