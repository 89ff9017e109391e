"""Whether the evidence is enough for an answer, enough for one in doubt, or what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from rag.answer.evidence.weigh import Evidence, Weighed
from rag.answer.rules import applies


@dataclass(frozen=True, slots=True)
class Verdict:
    """`answers`, perhaps `doubtful`; `other`: the likeliest passage, where it bears not all names of the question."""

    answers: bool
    doubtful: bool = False
    other: Weighed | None = None


def decide(evidence: Evidence, *, threshold: float | None = None) -> Verdict:
    """By the thresholds that were fitted; `threshold` replaces that of answering, and of doubt where it lies higher."""
    best, fitted = evidence.best, evidence.thresholds
    least = fitted.answer if threshold is None else threshold
    if applies("doubt") and best.probability < least:
        # A reader that was trained on swapped names sees for itself that it is another's: no telling how likely it
        # would answer with the name, only that the likeliest article does not bear it.
        return Verdict(False, other=best if best.unmet.names else None)
    return Verdict(True, doubtful=applies("perhaps") and best.probability < max(least, fitted.sure))
