"""Time in ranking: only when the question speaks of it, and never worth more than a clearly better passage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, timedelta

from rag.retrieve.fuse import Fused
from rag.types import Days, Passage, Query

# In cosine, as all of `fuse.py`. docs/decisions/022.
LATEST = 0.04  # the newest of the passages that come near, halved with every HALF_LIFE_DAYS of age
HALF_LIFE_DAYS = 45.0
NEW_WITHIN = 0.08  # passages further below the best one say nothing of what is new in this matter
DATED = 0.02  # published in the days that the question speaks of, or soon after
AFTER = timedelta(days=7)


def asks_time(query: Query) -> bool:
    """Whether the order depends on dates of publication."""
    return query.wants_latest or query.days is not None


def timed(query: Query, fused: Sequence[Fused], live: Mapping[int, Passage]) -> list[Fused]:
    """The candidates that are live, those that fit the question's time moved up, best first."""
    held = [f for f in fused if f.key in live]
    if not held:
        return []
    days = {f.key: _day(live[f.key]) for f in held}
    newest = max((day for f in held if (day := days[f.key]) and f.score >= held[0].score - NEW_WITHIN), default=None)
    moved = [replace(f, score=f.score + _worth(query, days[f.key], newest)) for f in held]
    return sorted(moved, key=lambda f: (-f.score, f.key))


def _worth(query: Query, day: date | None, newest: date | None) -> float:
    if day is None:
        return 0.0
    worth = DATED if query.days is not None and _within(day, query.days) else 0.0
    if query.wants_latest and newest is not None:
        worth += LATEST * 0.5 ** (max(0, (newest - day).days) / HALF_LIFE_DAYS)
    return worth


def _within(day: date, days: Days) -> bool:
    return (days.first is None or day >= days.first) and (days.last is None or day <= days.last + AFTER)


def _day(passage: Passage) -> date | None:
    return passage.published.astimezone(UTC).date() if passage.published else None
