"""Which sentences are quoted: the likeliest, and of other articles those that answer too; more for lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rag.answer.evidence.candidate import Candidate, Found
from rag.answer.lexicon.enumeration import longest, rows
from rag.answer.rules import applies
from rag.question.question_type import Aim, Form
from rag.text.script import terms

LONG_FORMS = frozenset({Form.LIST, Form.TIMELINE, Form.SUMMARY})


@dataclass(frozen=True, slots=True)
class ListOdds:
    """In log odds: what each kind of evidence adds to a sentence."""

    row: float = 3.0  # three names or more in a row, for a list
    newest: float = 3.0  # of the newest article, where the newest is asked for
    near: float = 2.0  # sentences of the best one's article come within this, for lists and courses
    alike: float = 0.6  # share of words from which two sentences say the same


def choose(found: Found, aim: Aim, *, limit: int, weights: ListOdds = ListOdds()) -> tuple[Candidate, ...]:
    """The sentences to quote, at most `limit`: the best first, then one an article, its own article's first."""
    asked = frozenset(key for name in found.evidence.question.names for key in name.keys)
    dated = [c.passage.published for c in found.pool if c.passage.published and found.answers_too(c)]
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


def _taken(scored: Sequence[Candidate], found: Found, aim: Aim, limit: int, w: ListOdds) -> tuple[Candidate, ...]:
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


def _fits(c: Candidate, best: Candidate, firsts: Mapping[str, Candidate], found: Found, aim: Aim, w: ListOdds) -> bool:
    """Another article that answers too gives its best sentence; the best one's article more, for lists and courses."""
    if c.passage.article_id == best.passage.article_id:
        return aim.form in LONG_FORMS and c.log_odds >= best.log_odds - w.near
    return found.answers_too(c) and firsts[c.passage.article_id] is c


def _alike(one: str, other: str) -> float:
    a, b = terms(one), terms(other)
    return len(a & b) / max(1, min(len(a), len(b)))
