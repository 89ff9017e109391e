"""Lists the newest stories page by page: those told in the reader's language first, then those in others alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta

from rag.answer.digest import MOST, as_story
from rag.retrieve.stories import StoriesOf
from rag.store.archive.archive import Archive
from rag.text.language import relatives
from rag.types import Article, Filters, Passage, StoriesPlace, Story

_READ = 4 * MOST  # articles of which a page is made
_READINGS = 4  # of so many articles each, until a page is full
_AROUND = timedelta(days=4)  # in which other languages tell what a page tells


NEWEST = StoriesPlace()


@dataclass(frozen=True, slots=True)
class StoriesPage:
    """Some of the newest stories, and where those behind them begin; None where there are none."""

    stories: tuple[Story, ...]
    following: StoriesPlace | None


class NewestStories:
    """The newest stories for a reader of a language, within filters. A story is where its newest article is."""

    def __init__(self, language: str, filters: Filters, archive: Archive, stories_of: StoriesOf) -> None:
        self._language, self._filters, self._archive, self._stories_of = language, filters, archive, stories_of
        self._own = relatives(language)

    def page(self, place: StoriesPlace, limit: int) -> StoriesPage:
        """Returns up to `limit` stories from a place on. Raises NotFound for a place that the archive never had."""
        told: list[tuple[Passage, ...]] = []
        following: StoriesPlace | None = place
        for _ in range(_READINGS):
            if following is None or len(told) >= limit:
                break
            some, following = self._read(following, limit - len(told))
            told += some
        texts = self._archive.texts([versions[0].article_id for versions in told])
        shown = tuple(as_story(versions, texts) for versions in told if versions[0].article_id in texts)
        return StoriesPage(shown, following)

    def _read(self, place: StoriesPlace, limit: int) -> tuple[list[tuple[Passage, ...]], StoriesPlace | None]:
        # A reader who filters by language has chosen it: no other comes first then.
        first = not place.others and not self._filters.languages
        within = replace(self._filters, languages=self._own) if first else self._filters
        ahead = self._archive.articles(filters=within, after=place.after, limit=_READ)
        order = {article.id: n for n, article in enumerate(ahead)}
        before = self._archive.articles(filters=within, after=place.start, limit=_READ) if place.after else []
        before = [article for article in before if article.id not in order]
        shown, grouped = {article.id for article in before}, self._grouped((*before, *ahead))
        fresh = [versions for versions in grouped if not shown.intersection(p.article_id for p in versions)]
        if place.others:
            fresh = [v for v in fresh if not any(p.language.split("-")[0] in self._own for p in v)]
        firsts = {versions: min(order[p.article_id] for p in versions) for versions in fresh}
        fresh.sort(key=firsts.__getitem__)
        following = None
        if len(fresh) > limit:
            following = replace(place, start=place.after, after=ahead[firsts[fresh[limit]] - 1].id)
        elif len(ahead) == _READ:
            following = replace(place, start=place.after, after=ahead[-1].id)
        elif first:
            following = StoriesPlace(others=True)
        return self._with_other_languages(fresh[:limit]) if first else fresh[:limit], following

    def _grouped(self, articles: Sequence[Article]) -> Sequence[tuple[Passage, ...]]:
        openings = self._archive.openings([article.id for article in articles])
        found = [openings[article.id] for article in articles if article.id in openings]
        return self._stories_of(found, self._language, retold=True)

    def _with_other_languages(self, told: Sequence[tuple[Passage, ...]]) -> list[tuple[Passage, ...]]:
        """Adds the versions in other languages, as far as they are among the newest of those days."""
        days = [p.published.astimezone(UTC).date() for versions in told for p in versions if p.published]
        first, last = (min(days) - _AROUND, max(days) + _AROUND) if days else (None, None)
        firsts = [day for day in (first, self._filters.published_from) if day]
        lasts = [day for day in (last, self._filters.published_to) if day]
        within = replace(self._filters, published_from=max(firsts, default=None), published_to=min(lasts, default=None))
        every = self._grouped(self._archive.articles(filters=within, limit=2 * _READ))
        whole = {p.article_id: versions for versions in every for p in versions}
        return list(dict.fromkeys(whole.get(versions[0].article_id, versions) for versions in told))
