"""Merges the results of both indexes into one ranking: fusion, recency, tie-breaking. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta

from rag.question.question import Question
from rag.text.language import family
from rag.types import Passage, Window

NOTHING: Mapping[int, float] = {}


@dataclass(frozen=True, slots=True)
class FusedCandidate:
    """One candidate with its fused score, and its rank and score in each index (ranks start at 1)."""

    key: int
    score: float
    dense_rank: int | None
    dense_score: float | None
    keyword_rank: int | None
    keyword_score: float | None


# The worth, in cosine, of a passage that holds every word of the question. docs/decisions/005: flat from 0.15 to 0.3.
KEYWORD = 0.2
# The same of a passage in another language that holds every name of the question: only names are shared.
NAME_WEIGHT = 0.02


def convex(
    cosines: Mapping[int, float],
    bm25: Mapping[int, float],
    named: Mapping[int, float] = NOTHING,
    *,
    reachable: float,
    keyword: float = KEYWORD,
    names: float = NAME_WEIGHT,
) -> list[FusedCandidate]:
    """Fuses the scores: cosine plus `keyword` times the BM25 score's share of `reachable`; best first.

    `reachable` is the highest BM25 score that the question could get. `named` is the share of the question's names that
    a passage holds; `names` times that is added. A question with few of its words in the archive (another language,
    another script) gets low shares, so the cosines decide. A candidate without a cosine gets the lowest one. Equal
    scores are ordered by key. Source: Bruch, Gai and Ingber, An Analysis of Fusion Functions for Hybrid Retrieval, ACM
    TOIS 42(1), 2023.
    """
    dense_rank = _ranks(cosines)
    keyword_rank = _ranks(bm25)
    least = min(cosines.values(), default=0.0)
    fused = []
    for key in cosines.keys() | bm25.keys() | named.keys():
        share = bm25.get(key, 0.0) / reachable if reachable > 0 else 0.0
        score = cosines.get(key, least) + keyword * share + names * named.get(key, 0.0)
        fused.append(
            FusedCandidate(key, score, dense_rank.get(key), cosines.get(key), keyword_rank.get(key), bm25.get(key))
        )
    return sorted(fused, key=lambda f: (-f.score, f.key))


def _ranks(scores: Mapping[int, float]) -> dict[int, int]:
    return {key: rank for rank, key in enumerate(sorted(scores, key=lambda k: (-scores[k], k)), 1)}


TIE = 0.002  # of a fused score; the first hit lies some .1 above the tenth. docs/decisions/005


def prefer_language(part: Sequence[FusedCandidate], live: Mapping[int, Passage], language: str) -> list[FusedCandidate]:
    """Puts passages in `language` first, then those of its family, among passages with nearly equal scores.

    `part` is best first. Scores count as nearly equal within `TIE` of the first of a run. Otherwise the order stays.
    """
    ordered: list[FusedCandidate] = []
    run: list[FusedCandidate] = []
    for f in part:
        if run and run[0].score - f.score > TIE:
            ordered.extend(sorted(run, key=lambda r: _behind(live.get(r.key), language)))
            run = []
        run.append(f)
    return [*ordered, *sorted(run, key=lambda r: _behind(live.get(r.key), language))]


def _behind(passage: Passage | None, language: str) -> int:
    return language_distance(passage.language, language) if passage else 4


def language_distance(one: str, other: str) -> int:
    """Returns how far a text in one language is from a reader of the other: 0 the same, 1 another script, 2 one family,
    3 English, 4 foreign."""
    if one == other:
        return 0
    if one.split("-")[0] == other.split("-")[0]:
        return 1
    return 2 if family(one) == family(other) else 3 if one == "en" else 4


# In cosine, as all scores here. docs/decisions/005.
LATEST = 0.04  # the newest of the passages that come near, halved with every HALF_LIFE_DAYS of age
HALF_LIFE_DAYS = 45.0
NEW_WITHIN = 0.08  # passages further below the best one say nothing of what is new in this matter
DATE_WEIGHT = 0.02  # published in the days that the question speaks of, or soon after
AFTER = timedelta(days=7)


def asks_time(question: Question) -> bool:
    """Tells whether the ranking depends on dates of publication."""
    return question.wants_latest or question.days is not None


def boost_by_time(
    question: Question, fused: Sequence[FusedCandidate], live: Mapping[int, Passage]
) -> list[FusedCandidate]:
    """Moves up the candidates that fit the time of the question; returns those that are live, best first."""
    held = [f for f in fused if f.key in live]
    if not held:
        return []
    days = {f.key: _day(live[f.key]) for f in held}
    newest = max((day for f in held if (day := days[f.key]) and f.score >= held[0].score - NEW_WITHIN), default=None)
    moved = [replace(f, score=f.score + _worth(question, days[f.key], newest)) for f in held]
    return sorted(moved, key=lambda f: (-f.score, f.key))


def _worth(question: Question, day: date | None, newest: date | None) -> float:
    if day is None:
        return 0.0
    worth = DATE_WEIGHT if question.days is not None and _within(day, question.days) else 0.0
    if question.wants_latest and newest is not None:
        worth += LATEST * 0.5 ** (max(0, (newest - day).days) / HALF_LIFE_DAYS)
    return worth


def _within(day: date, days: Window) -> bool:
    return (days.start is None or day >= days.start) and (days.end is None or day <= days.end + AFTER)


def _day(passage: Passage) -> date | None:
    return passage.published.astimezone(UTC).date() if passage.published else None
