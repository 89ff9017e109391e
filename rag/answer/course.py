"""Tells a story whole: its headline, its course day by day word for word, its versions, the rest of its matter."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from rag.answer.cite import as_versions
from rag.retrieve.matter import FoundStory
from rag.retrieve.rank import language_distance
from rag.retrieve.stories import nearest_first
from rag.text.amounts import amounts
from rag.text.event_day import event_day
from rag.text.messages import message
from rag.text.phrases import noun_classes
from rag.text.sentences import split_sentences
from rag.text.words import words
from rag.types import Note, Passage, StoryDay, Version, WholeStory

_DAYS = 120  # of a course
_VERSIONS, _OTHERS = 200, 50
_MOST = 3  # articles of a day from which on most of them share something
_LEADS = 3  # sentences of an article among which the one that tells it is looked for
_EXCERPT = 700  # characters of an article that is not the archive's own
_RUNNING = frozenset({"dead", "hurt", "people"})  # what is counted while it goes on
_BEHIND = 4  # words behind a number that may name what it counts
_OWN = "brief"  # the kind of what the archive wrote itself
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Told:
    """What one article of a story tells first, and the day of it."""

    passage: Passage
    day: date | None
    dated: str
    text: str
    start: int
    headline: bool


def tell(found: FoundStory, text: str, language: str, *, since: date | None = None, now: datetime) -> WholeStory:
    """Tells a story to a reader of this language; `text` is that of the version nearest to it.

    A day is told in the language nearest to the reader's by the article whose sentence most others of that day share,
    of equals the first; by another only where it counts more dead, injured or people. A day of publication that has not
    come is no day.
    """
    tomorrow = now + timedelta(days=1)
    told = [one for p in (*found.versions, *found.others) if (one := _first_told(p, tomorrow))]
    by_day: dict[date | None, list[_Told]] = {}
    for one in sorted(told, key=lambda one: one.passage.published or _LAST):
        by_day.setdefault(one.day, []).append(one)
    days = sorted((day for day in by_day if day), reverse=True) + [None] * (None in by_day)
    nearest = nearest_first(found.versions, language)
    ahead = sum(_is_ahead(p, tomorrow) for p in (*found.versions, *found.others))
    undated = sum(p.published is None for p in (*found.versions, *found.others))
    outlets = {p.facts_from or p.outlet for p in (*found.versions, *found.others)}
    more = {"undated": undated, "ahead": ahead, "more": max(0, len(days) - _DAYS)}
    shown = nearest[0]
    return WholeStory(
        found.versions[0].article_id,
        language,
        as_versions([shown])[0],
        text if shown.kind == _OWN else _excerpt(shown),
        shown.kind == _OWN,
        tuple(_day(by_day[day], language, since, found.rarity) for day in days[:_DAYS]),
        tuple(_once_each(nearest))[:_VERSIONS],
        as_versions(sorted(found.others, key=lambda p: _age(p, tomorrow))[:_OTHERS]),
        len(found.versions) + len(found.others),
        len(outlets),
        since,
        tuple(Note(kind, message(f"story_{kind}", language).format(n=n)) for kind, n in more.items() if n),
    )


def shown_version(found: FoundStory, language: str) -> str:
    """Returns the article of a story that a reader of this language is shown."""
    return nearest_first(found.versions, language)[0].article_id


def _is_ahead(p: Passage, tomorrow: datetime) -> bool:
    return p.published is not None and p.published > tomorrow


def _age(p: Passage, tomorrow: datetime) -> float:
    known = p.published is not None and not _is_ahead(p, tomorrow)
    return -p.published.timestamp() if known and p.published else 0.0


def _first_told(p: Passage, tomorrow: datetime) -> _Told | None:
    """Returns what an article tells first, word for word: its first sentence, else its headline."""
    published = p.published.date() if p.published and not _is_ahead(p, tomorrow) else None
    for text, start, headline in _sentences(p):
        named = event_day(text, published, p.language)
        day = named or published
        return _Told(p, day, "text" if named else "published" if day else "none", text, start, headline)
    return None


def _sentences(p: Passage) -> Iterator[tuple[str, int, bool]]:
    if p.start == 0 or not p.ordinal:
        for span in split_sentences(p.text, p.language)[:_LEADS]:
            yield p.text[span.start : span.end], p.start + span.start, False
    yield p.title, 0, True


def _day(told: Sequence[_Told], language: str, since: date | None, rarity: Mapping[str, float]) -> StoryDay:
    """Makes a day of what articles tell of it, the earliest first."""
    nearest = min(language_distance(one.passage.language, language) for one in told)
    own = [one for one in told if language_distance(one.passage.language, language) == nearest]
    one = _not_superseded(_most_shared(own, rarity), own)
    (version,), (first,) = as_versions([one.passage]), as_versions([told[0].passage])
    days = [t.passage.published.date() for t in told if t.passage.published]
    return StoryDay(
        one.day,
        one.dated,  # type: ignore[arg-type]
        one.text,
        one.start,
        one.start + len(one.text),
        one.headline,
        version,
        None if first.article_id == version.article_id else first,
        len(told),
        since is not None and any(day >= since for day in days),
    )


def _most_shared(told: Sequence[_Told], rarity: Mapping[str, float]) -> _Told:
    """Returns the one whose sentence lies nearest to the mean of what all begin with, by their words and how rare these
    are; the first of two, of which none can say what most share."""
    if len(told) < _MOST:
        return told[0]
    said = [frozenset(words(one.text)) for one in told]
    every = Counter(w for one, own in zip(told, said, strict=True) for w in own | set(words(one.passage.title)))

    def nearness(own: frozenset[str]) -> float:
        square = {w: rarity.get(w, 1.0) ** 2 for w in sorted(own)}
        length = math.sqrt(sum(square.values())) or 1.0
        return sum(weight * (every[w] - 1) for w, weight in square.items()) / length

    near = [round(nearness(own), 6) for own in said]
    return told[near.index(max(near))]


def _not_superseded(chosen: _Told, told: Sequence[_Told]) -> _Told:
    """Returns the chosen one, or the first of those that count most dead, injured or people where it counts them."""
    best, most = chosen, _running(chosen)
    for one in told if most is not None else ():
        count = _running(one)
        if count is not None and most is not None and count > most:
            best, most = one, count
    return best


def _running(one: _Told) -> Decimal | None:
    """Returns how many dead, injured or people a sentence counts first."""
    for amount in amounts(one.text, language=one.passage.language):
        behind = " ".join(one.text[amount.end :].split()[:_BEHIND])
        if noun_classes(behind, one.passage.language) & _RUNNING:
            return amount.value
    return None


def _once_each(versions: Sequence[Passage]) -> Iterator[Version]:
    """Yields the versions, of every outlet one in each language."""
    seen: set[tuple[str, str]] = set()
    for p, version in zip(versions, as_versions(versions), strict=True):
        if (p.language, p.outlet) not in seen or not p.outlet:
            seen.add((p.language, p.outlet))
            yield version


def _excerpt(p: Passage) -> str:
    """Returns the first sentences of an article, up to the end of its first paragraph."""
    end = 0
    for span in split_sentences(p.text, p.language):
        new = p.text[end : span.start]
        if span.end > _EXCERPT or (end and "\n" in new):
            break
        end = span.end
    return p.text[:end].strip()
