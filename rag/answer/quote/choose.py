"""Chooses the sentences to quote: the likeliest, then other articles' that answer too; more for lists and timelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from rag.answer.evidence.candidate import Candidate, CandidatePool
from rag.answer.lexicon.enumeration import longest, rows
from rag.answer.lexicon.source_notes import day_name
from rag.answer.rules import applies
from rag.question.question_type import Aim, Form
from rag.text.dates import find_dates
from rag.text.language import family
from rag.text.phrases import things
from rag.text.script import terms

LONG_FORMS = frozenset({Form.LIST, Form.TIMELINE, Form.SUMMARY})


@dataclass(frozen=True, slots=True)
class ListOdds:
    """In log odds: what each kind of evidence adds to a sentence."""

    row: float = 3.0  # three names or more in a row, for a list
    newest: float = 3.0  # of the newest article, where the newest is asked for
    near: float = 2.0  # sentences of the best one's article come within this, for lists and courses
    alike: float = 0.6  # share of words from which two sentences say the same


def choose(found: CandidatePool, aim: Aim, *, limit: int, weights: ListOdds = ListOdds()) -> tuple[Candidate, ...]:
    """The sentences to quote, at most `limit`: the best first, then its article's further ones, then others'."""
    asked = frozenset(key for name in found.evidence.question.names for key in name.keys)
    dated = [c.passage.published for c in found.pool if c.passage.published and c.rank in found.answering]
    newest = max(dated, default=None)
    scored = [replace(c, log_odds=c.log_odds + _more(c, aim, asked, newest, weights)) for c in found.pool]
    scored.sort(key=lambda c: (-c.log_odds, c.rank, c.start))
    return _taken(scored, found, aim, limit if applies("further") else 1, weights)


def _more(c: Candidate, aim: Aim, asked: frozenset[str], newest: datetime | None, w: ListOdds) -> float:
    more = 0.0
    if aim.form is Form.LIST and applies("row"):
        row = longest(rows(c.text, asked))
        more += w.row * min(1.0, (len(row.items) - 1) / 2) if row else 0.0
    if aim.latest and newest and c.passage.published and applies("newest"):
        behind = (newest - c.passage.published).total_seconds() / 86400
        more += w.newest / (1 + max(0.0, behind) / 7)
    return more


def _taken(
    scored: Sequence[Candidate], found: CandidatePool, aim: Aim, limit: int, w: ListOdds
) -> tuple[Candidate, ...]:
    best = scored[0]
    firsts = {c.passage.article_id: c for c in reversed(scored)}
    taken = [best]
    for c in scored[1:]:
        if len(taken) == limit:
            break
        if _fits(c, best, firsts, found, aim, w) and all(_alike(c.text, t.text) < w.alike for t in taken):
            taken.append(c)
    rest = sorted(taken[1:], key=lambda c: (c.passage.article_id != best.passage.article_id, c.rank, c.start))
    return (best, *rest)


def _fits(
    c: Candidate, best: Candidate, firsts: Mapping[str, Candidate], found: CandidatePool, aim: Aim, w: ListOdds
) -> bool:
    """Whether a sentence may be quoted beside the best one.

    Another article that answers too gives its best sentence; the best sentence's own article gives more only for lists,
    timelines and summaries.
    """
    if c.passage.article_id == best.passage.article_id:
        return aim.form in LONG_FORMS and c.log_odds >= best.log_odds - w.near
    return c.rank in found.answering and firsts[c.passage.article_id] is c


def _alike(one: str, other: str) -> float:
    a, b = terms(one), terms(other)
    return len(a & b) / max(1, min(len(a), len(b)))


_SINGLE = frozenset({"day_month", "month_day", "iso", "numeric", "day_word", "ago", "which_weekday"})
_MONTHS = frozenset({"month_year", "month"})
_LEAST = 0.45  # of the best sentence's share of the question's words: what says less is of something else


@dataclass(frozen=True, slots=True)
class Event:
    """A sentence with the day of what it tells; `names_day` is False where that is only the day of publication."""

    candidate: Candidate
    day: date
    names_day: bool
    exact: bool = True  # a day; else the first of the month that is named

    def lead(self, language: str) -> str:
        """What is said before the quote."""
        return f"{day_name(self.day, language)}:"


def event_of(c: Candidate) -> Event | None:
    """The event that a sentence tells, on the first day that it names, else on the day of publication; or None."""
    published = c.passage.published.date() if c.passage.published else None
    on = published or date(2000, 1, 1)
    for d in find_dates(c.text, as_of=on, language=c.passage.language):
        exact = d.kind in _SINGLE and d.window.end in (d.window.start, None)  # "since 24 July" names a day too
        if d.window.start and (exact or d.kind in _MONTHS) and (published or d.kind not in ("day_word", "ago")):
            return Event(c, d.window.start, names_day=True, exact=exact)
    return Event(c, published, names_day=False) if published else None


def timeline(pool: Sequence[Candidate], chosen: Sequence[Candidate], *, limit: int) -> tuple[Event, ...]:
    """The events that the relevant sentences tell, the earliest first, one a day. Empty when there are fewer than two.

    Where a day has several, a sentence chosen as an answer comes first, then one in its language. An event known only
    by its month counts only where fewer than two days are named.
    """
    if not chosen:
        return ()
    near = [c for c in pool if c not in chosen and _on_the_matter(c, chosen)]
    near.sort(key=lambda c: family(c.passage.language) != family(chosen[0].passage.language))  # stable: best first
    told = [e for e in (event_of(c) for c in (*chosen, *near)) if e and e.names_day]
    days = [e for e in told if e.exact]
    by_day: dict[date, Event] = {}
    for event in days if len({e.day for e in days}) > 1 else told:
        if len(by_day) < limit:
            by_day.setdefault(event.day, event)
    return tuple(sorted(by_day.values(), key=lambda e: e.day)) if len(by_day) > 1 else ()


def _on_the_matter(c: Candidate, chosen: Sequence[Candidate]) -> bool:
    """Whether a sentence shares enough words with the question, or names the same thing in the best one's article."""
    best = chosen[0]
    if c.overlap >= _LEAST * max(one.overlap for one in chosen):
        return True
    if c.passage.article_id != best.passage.article_id:
        return False
    return bool(_counted(c) & _counted(best))


def _counted(c: Candidate) -> frozenset[str]:
    return things(c.text, c.passage.language)
