"""Chooses the sentences to quote: the likeliest, then other articles' that answer too; more for lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rag.answer.evidence.candidate import Candidate, CandidatePool
from rag.answer.evidence.judge import judge
from rag.question.question_type import Form, asks_latest
from rag.text.script import terms

LONG_FORMS = frozenset({Form.LIST})


@dataclass(frozen=True, slots=True)
class ListOdds:
    """In log odds: what each kind of evidence adds to a sentence."""

    newest: float = 3.0  # of the newest article, where the newest is asked for
    near: float = 2.0  # sentences of the best one's article come within this, for lists and courses
    alike: float = 0.6  # share of words from which two sentences say the same


def choose(found: CandidatePool, *, limit: int, weights: ListOdds = ListOdds()) -> tuple[Candidate, ...]:
    """The sentences to quote, at most `limit`: the best first, then its article's further ones, then others'."""
    dated = [c.passage.published for c in found.pool if c.passage.published and c.rank in found.answering]
    question = found.evidence.question
    newest = max(dated, default=None) if asks_latest(question.text, question.language) else None
    scored = [replace(c, log_odds=c.log_odds + _more(c, newest, weights)) for c in found.pool]
    scored.sort(key=lambda c: (-c.log_odds, c.rank, c.start))
    return _taken(scored, found, limit, weights)


def _more(c: Candidate, newest: datetime | None, w: ListOdds) -> float:
    """What the day adds; `newest` is that of the newest article, where the newest is asked for."""
    if newest and c.passage.published:
        behind = (newest - c.passage.published).total_seconds() / 86400
        return w.newest / (1 + max(0.0, behind) / 7)
    return 0.0


def _taken(scored: Sequence[Candidate], found: CandidatePool, limit: int, w: ListOdds) -> tuple[Candidate, ...]:
    best = scored[0]
    firsts = {c.passage.article_id: c for c in reversed(scored)}
    taken = [best]
    for c in scored[1:]:
        if len(taken) == limit:
            break
        if _fits(c, best, firsts, found, w) and all(_alike(c.text, t.text) < w.alike for t in taken):
            taken.append(c)
    rest = sorted(taken[1:], key=lambda c: (c.passage.article_id != best.passage.article_id, c.rank, c.start))
    return (best, *rest)


def _fits(c: Candidate, best: Candidate, firsts: Mapping[str, Candidate], found: CandidatePool, w: ListOdds) -> bool:
    """Whether a sentence may be quoted beside the best one.

    Another story's article that answers too gives its best sentence; the best sentence's own article gives more only
    for lists.
    """
    if c.passage.article_id == best.passage.article_id:
        return found.evidence.question.form in LONG_FORMS and c.log_odds >= best.log_odds - w.near
    if found.evidence.stories.same(c.passage.article_id, best.passage.article_id):
        return False
    return c.rank in found.answering and firsts[c.passage.article_id] is c


def _alike(one: str, other: str) -> float:
    a, b = terms(one), terms(other)
    return len(a & b) / max(1, min(len(a), len(b)))


def nearest(found: CandidatePool, *, limit: int) -> tuple[Candidate, ...]:
    """What comes nearest where it is in doubt whether anything answers: the best sentence of each story that may
    answer; and behind the first, while there is room, one of another passage of its article.
    """
    least = judge().thresholds.partial
    first, *others = found.stories()
    told = [first, *(c for c in others if found.passage_of(c).confidence >= least)][:limit]
    own = [c for c in found.pool if _elsewhere(c, first)]
    return (first, *(own[:1] if len(told) < limit else ()), *told[1:])


def _elsewhere(c: Candidate, first: Candidate) -> bool:
    """Whether a sentence is of another passage of the same article, and no headline."""
    same = c.passage.article_id == first.passage.article_id
    return same and c.passage.id != first.passage.id and not c.headline
