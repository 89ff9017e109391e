"""What happened when: quotes in the order of their events, each headed by its day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rag.answer.evidence.candidate import Candidate
from rag.answer.lexicon.source_notes import day_name
from rag.text.dates import find_dates
from rag.text.language import family
from rag.text.phrases import things

_SINGLE = frozenset({"day_month", "month_day", "iso", "numeric", "day_word", "ago", "which_weekday"})
_MONTHS = frozenset({"month_year", "month"})
_LEAST = 0.45  # of the best sentence's share of the question's words: what says less is of something else


@dataclass(frozen=True, slots=True)
class Event:
    """A sentence with the day of what it tells; `told` is False where that is only the day of publication."""

    candidate: Candidate
    day: date
    told: bool
    exact: bool = True  # a day; else the first of the month that is named

    def lead(self, language: str) -> str:
        """What is said before the quote."""
        return f"{day_name(self.day, language)}:"


def event_of(c: Candidate) -> Event | None:
    """When what a sentence tells happened: the first day that it names, else the day of publication; None: undated."""
    published = c.passage.published.date() if c.passage.published else None
    on = published or date(2000, 1, 1)
    for d in find_dates(c.text, as_of=on, language=c.passage.language):
        exact = d.kind in _SINGLE and d.window.end in (d.window.start, None)  # "since 24 July" names a day too
        if d.window.start and (exact or d.kind in _MONTHS) and (published or d.kind not in ("day_word", "ago")):
            return Event(c, d.window.start, told=True, exact=exact)
    return Event(c, published, told=False) if published else None


def timeline(pool: Sequence[Candidate], chosen: Sequence[Candidate], *, limit: int) -> tuple[Event, ...]:
    """The events of the sentences on the matter, the earliest first, one a day; empty when there are fewer than two.

    What was chosen as the answer comes before other sentences where a day has several, then what is in its language.
    A month alone is an event only where fewer than two days are named.
    """
    if not chosen:
        return ()
    near = [c for c in pool if c not in chosen and _on_the_matter(c, chosen)]
    near.sort(key=lambda c: family(c.passage.language) != family(chosen[0].passage.language))  # stable: best first
    told = [e for e in (event_of(c) for c in (*chosen, *near)) if e and e.told]
    days = [e for e in told if e.exact]
    by_day: dict[date, Event] = {}
    for event in days if len({e.day for e in days}) > 1 else told:
        if len(by_day) < limit:
            by_day.setdefault(event.day, event)
    return tuple(sorted(by_day.values(), key=lambda e: e.day)) if len(by_day) > 1 else ()


def _on_the_matter(c: Candidate, chosen: Sequence[Candidate]) -> bool:
    """Whether a sentence shares enough of the question, or tells of the best one's thing in the same article."""
    best = chosen[0]
    if c.overlap >= _LEAST * max(one.overlap for one in chosen):
        return True
    if c.passage.article_id != best.passage.article_id:
        return False
    return bool(_counted(c) & _counted(best))


def _counted(c: Candidate) -> frozenset[str]:
    return things(c.text, c.passage.language)
