"""Sentences that may be quoted, with the log odds that each answers; and whether the best evidence is enough."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from rag.answer.evidence.features import ScoredSentence, question_terms
from rag.answer.evidence.judge import Thresholds, judge
from rag.answer.evidence.weigh import Evidence, WeighedPassage
from rag.answer.rules import applies
from rag.types import Passage


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
        """Ranks of the passages that alone would be enough for an answer, perhaps a doubtful one."""
        return frozenset(n for n, (likely, least) in enumerate(self._likely) if likely >= least.answer)

    @cached_property
    def _likely(self) -> tuple[tuple[float, Thresholds], ...]:
        """How likely each passage answers, with its thresholds."""
        by = judge()
        return tuple((w.probability, by.thresholds(foreign=w.foreign)) for w in self.evidence.passages)


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
class Sufficiency:
    """The decision: `answers`, or answers in doubt (`doubtful`).

    `other`: the passage that would answer if it named what the question names; only where there is no answer.
    """

    answers: bool
    doubtful: bool = False
    other: WeighedPassage | None = None


def decide(evidence: Evidence, *, threshold: float | None = None) -> Sufficiency:
    """Decides by the fitted thresholds. `threshold` replaces the one for answering, and the one for doubt where it is
    higher."""
    best, fitted = evidence.best, evidence.thresholds
    least = fitted.answer if threshold is None else threshold
    if applies("doubt") and best.probability < least:
        return Sufficiency(False, other=best if _names_another(evidence, least) else None)
    return Sufficiency(True, doubtful=applies("perhaps") and best.probability < max(least, fitted.sure))


def _names_another(evidence: Evidence, least: float) -> bool:
    """Whether the best passage would answer if its article mentioned the question's names that it does not mention.

    All of these must be names of known bearers, written with a capital: others are often no names.
    """
    best, asked = evidence.best, question_terms(evidence.question.text)
    names = best.missing.names
    if not names or not all(n.keys[-1].startswith("@") and n.surface[0].isupper() for n in names):
        return False
    shared = min(
        1.0, best.values["shared"] + len(asked & question_terms(" ".join(n.surface for n in names))) / len(asked)
    )
    named = {"names_missing": 0.0, "names_borne": 1.0, "shared": shared}
    crossed = {f"foreign_{name}": best.values["foreign"] * named[name] for name in ("names_borne", "shared")}
    return judge().passage.probability({**best.values, **named, **crossed}) >= least
