"""Sentences that may be quoted, with the log odds that each answers; and whether the best evidence is enough."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from rag.answer.evidence.features import ScoredSentence
from rag.answer.evidence.judge import judge
from rag.answer.evidence.weigh import Evidence, WeighedPassage
from rag.types import AnswerStatus, Passage


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a passage that may answer. `start` and `end` point into the article's text, or into its title."""

    passage: Passage
    rank: int  # of its passage, the likeliest to answer 0
    start: int
    end: int
    text: str
    log_odds: float = 0.0  # that it answers
    overlap: float = 0.0  # share of the question's words and names that it holds
    headline: bool = False


@dataclass(frozen=True)
class CandidatePool:
    """All sentences of the passages, the likeliest first, and the evidence that they come from."""

    pool: tuple[Candidate, ...]
    evidence: Evidence

    def passage_of(self, c: Candidate) -> WeighedPassage:
        """The passage of a candidate, as it was weighed."""
        return self.evidence.passages[c.rank]

    def sentence(self, c: Candidate) -> ScoredSentence:
        """The candidate as it was read and scored."""
        read = self.passage_of(c).sentences
        return next(s for s in read if (s.read.start, s.read.headline) == (c.start, c.headline))

    @cached_property
    def answering(self) -> frozenset[int]:
        """Ranks of the passages that alone would be enough for an answer."""
        least = judge().thresholds.answer
        return frozenset(n for n, w in enumerate(self.evidence.passages) if w.confidence >= least)

    def stories(self) -> tuple[Candidate, ...]:
        """The best sentence of each story, the best story first; headlines only where nothing else was read."""
        told: dict[int, Candidate] = {}
        for c in sorted(self.pool, key=lambda c: c.headline):  # stable: the best first
            told.setdefault(self.evidence.stories.number[c.passage.article_id], c)
        order = {c: n for n, c in enumerate(self.pool)}
        return tuple(sorted(told.values(), key=order.__getitem__))


def candidates(evidence: Evidence) -> CandidatePool:
    """Every sentence of the evidence as a candidate, best first.

    Its log odds are those of its passage, less what its score lies below the passage's best sentence.
    """
    pool = []
    for rank, weighed in enumerate(evidence.passages):
        best = weighed.sentences[0].score
        for s in weighed.sentences:
            log_odds = weighed.log_odds + s.score - best
            r = s.read
            pool.append(
                Candidate(
                    weighed.read.hit.passage, rank, r.start, r.end, r.text, log_odds, s.values["overlap"], r.headline
                )
            )
    pool.sort(key=lambda c: (-c.log_odds, c.rank, c.start))
    return CandidatePool(tuple(pool), evidence)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What may be said over the passages. `other`: of a refusal, the nearest passage where its article tells of another
    than the question names.
    """

    status: AnswerStatus  # answered, partial, refused
    other: WeighedPassage | None = None


def decide(evidence: Evidence, *, threshold: float | None = None) -> Outcome:
    """Decides by confidence and the fitted thresholds. `threshold` replaces the one for answering."""
    best, fitted = evidence.best, judge().thresholds
    least = fitted.answer if threshold is None else threshold
    if best.confidence >= least:
        return Outcome(AnswerStatus.ANSWERED)
    if best.confidence >= min(fitted.partial, least):
        return Outcome(AnswerStatus.PARTIAL)
    return Outcome(AnswerStatus.REFUSED, best if _of_another(best) else None)


def _of_another(best: WeighedPassage) -> bool:
    """Whether the article does not mention a name of the question, all such being names of known bearers written with
    a capital: others are often no names.
    """
    names = best.missing
    return bool(names) and all(n.keys[-1].startswith("@") and n.surface[0].isupper() for n in names)
