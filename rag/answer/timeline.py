"""What happened when: quotes in the order of their events, each headed by its day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rag.answer.extract import Candidate
from rag.answer.standing import day_name
from rag.text.dates import find_dates

_SINGLE = frozenset({"day_month", "month_day", "iso", "numeric", "day_word", "ago", "which_weekday"})
_MONTHS = frozenset({"month_year", "month"})
_LEAST = 0.45  # of the best sentence's share of the question's words: what says less is of something else


@dataclass(frozen=True, slots=True)
class Event:
    """A sentence with the day of what it tells; `told` is False where that is only the day of publication."""

    candidate: Candidate
    day: date
    told: bool

    def lead(self, language: str) -> str:
        """What is said before the quote."""
        return f"{day_name(self.day, language)}:"


def event_of(c: Candidate) -> Event | None:
    """When what a sentence tells happened: the first day that it names, else the day of publication; None: undated."""
    published = c.passage.published.date() if c.passage.published else None
    on = published or date(2000, 1, 1)
    for d in find_dates(c.text, as_of=on, language=c.passage.language):
        exact = d.kind in _SINGLE and d.window.start == d.window.end
        if d.window.start and (exact or d.kind in _MONTHS) and (published or d.kind not in ("day_word", "ago")):
            return Event(c, d.window.start, told=True)
    return Event(c, published, told=False) if published else None


def timeline(pool: Sequence[Candidate], chosen: Sequence[Candidate], *, limit: int) -> tuple[Event, ...]:
    """The events of the sentences on the matter, the earliest first, one a day; empty when there are fewer than two.

    What was chosen as the answer comes before other sentences where a day has several.
    """
    best = max((c.overlap for c in chosen), default=0.0)
    near = [c for c in pool if c.overlap >= _LEAST * best and c not in chosen]
    by_day: dict[date, Event] = {}
    for c in (*chosen, *near):
        event = event_of(c)
        if event and event.told and len(by_day) < limit:
            by_day.setdefault(event.day, event)
    return tuple(sorted(by_day.values(), key=lambda e: e.day)) if len(by_day) > 1 else ()
