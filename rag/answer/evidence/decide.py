"""Whether the evidence is enough for an answer, enough for one in doubt, or what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from rag.answer.evidence.judge import judge
from rag.answer.evidence.weigh import Evidence, WeighedPassage
from rag.answer.rules import applies


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """`answers`, perhaps `doubtful`; `other` where the passage would answer if it named what the question names."""

    answers: bool
    doubtful: bool = False
    other: WeighedPassage | None = None


def decide(evidence: Evidence, *, threshold: float | None = None) -> Sufficiency:
    """By the thresholds that were fitted; `threshold` replaces that of answering, and of doubt where it lies higher."""
    best, fitted = evidence.best, evidence.thresholds
    least = fitted.answer if threshold is None else threshold
    if applies("doubt") and best.probability < least:
        return Sufficiency(False, other=best if _names_another(best, least) else None)
    return Sufficiency(True, doubtful=applies("perhaps") and best.probability < max(least, fitted.sure))


def _names_another(best: WeighedPassage, least: float) -> bool:
    """Whether only the names that its article does not bear keep a passage from answering."""
    if not best.unmet.names:
        return False
    return judge().passage.probability({**best.values, "names_missing": 0.0}) >= least
