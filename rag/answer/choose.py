"""The order of quotes by the form of answer: rows of names for lists, days for when, the newest first when asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from rag.answer.enumeration import longest, rows
from rag.answer.extract import Candidate, Extracted, terms
from rag.answer.orders import orders
from rag.answer.rules import applies
from rag.question.kinds import Aim, Form
from rag.question.wants import Wants
from rag.text.dates import find_dates
from rag.text.names import question_keys

_DATED = frozenset({"day_month", "month_day", "iso", "numeric", "day_range"})


@dataclass(frozen=True, slots=True)
class Weights:
    """What each kind of evidence adds to a sentence's score. Chosen on the dev split: docs/decisions/045."""

    row: float = 0.1  # three names or more in a row, for a list
    day: float = 0.05  # a day or month that the question does not name, for when
    newest: float = 0.1  # of the newest article, where the newest is asked for
    margin: float = 0.15  # further sentences come within this of the best
    alike: float = 0.6


def choose(
    question: str, found: Extracted, aim: Aim, *, limit: int, weights: Weights = Weights()
) -> tuple[Candidate, ...]:
    """The sentences to quote, at most `limit`: the best first, the others in the order of their articles."""
    asked = frozenset(question_keys(question))
    read = [c for c in found.pool if c.cosine and not orders(c.text)]
    if not read:
        return tuple(c for c in found.chosen if not orders(c.text))
    newest = max((c.passage.published for c in read if c.passage.published), default=None)
    scored = [replace(c, score=c.score + _more(c, aim, asked, newest, weights)) for c in read]
    scored.sort(key=lambda c: (-c.score, c.rank, c.start))
    return _taken(scored, limit, weights)


def _more(c: Candidate, aim: Aim, asked: frozenset[str], newest: datetime | None, w: Weights) -> float:
    more = 0.0
    if aim.form is Form.LIST and applies("row"):
        row = longest(rows(c.text, asked))
        more += w.row * min(1.0, (len(row.items) - 1) / 2) if row else 0.0
    if aim.thing is Wants.TIME and applies("day") and _days(c.text, c.passage.language, c.passage.published):
        more += w.day
    if aim.latest and applies("newest") and newest and c.passage.published:
        behind = (newest - c.passage.published).total_seconds() / 86400
        more += w.newest / (1 + behind / 7)
    return more


def _days(text: str, language: str, published: datetime | None) -> bool:
    on = published.date() if published else date(2000, 1, 1)
    return any(d.kind in _DATED for d in find_dates(text, as_of=on, language=language))


def _taken(scored: Sequence[Candidate], limit: int, w: Weights) -> tuple[Candidate, ...]:
    best = scored[0]
    taken = [best]
    for c in scored[1:]:
        if len(taken) == limit or c.score < best.score - w.margin:
            break
        if all(_alike(c.text, t.text) < w.alike for t in taken):
            taken.append(c)
    rest = sorted(taken[1:], key=lambda c: (c.passage.article_id != best.passage.article_id, c.rank, c.start))
    return (best, *rest)


def _alike(one: str, other: str) -> float:
    a, b = terms(one), terms(other)
    return len(a & b) / max(1, min(len(a), len(b)))
