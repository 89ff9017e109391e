"""What became of a case, in a few words that a reader can filter by."""

from __future__ import annotations

from dataclasses import dataclass

from eval.core.record import CaseRecord

NEAR = 10  # ranks that count as found


@dataclass(frozen=True, slots=True)
class Outcome:
    """`tone`: good, fair, bad or plain. `weight`: how high it stands among the worst."""

    key: str
    label: str
    tone: str
    weight: int


OUTCOMES = {
    o.key: o
    for o in (
        Outcome("failed", "failed", "bad", 6),
        Outcome("unfounded", "should have refused", "bad", 5),
        Outcome("wrong", "wrong answer", "bad", 4),
        Outcome("needless", "needless refusal", "bad", 3),
        Outcome("missed", "not found", "bad", 3),
        Outcome("second", "right, but not first", "fair", 2),
        Outcome("unjudged", "not judged", "plain", 1),
        Outcome("refused", "rightly refused", "good", 0),
        Outcome("found", "found first", "good", 0),
        Outcome("right", "right", "good", 0),
    )
}


def outcome(case: CaseRecord) -> Outcome:
    """The outcome of a case, by the same rules as the metrics."""
    return OUTCOMES[_key(case)]


def _key(case: CaseRecord) -> str:
    if case.failed:
        return "failed"
    if case.search_only:
        return _found(case)
    if case.unanswerable:
        return "refused" if case.refused else "unfounded"
    if case.refused:
        return "needless"
    if not case.judged:
        return "unjudged"
    if not case.right:
        return "wrong"
    return "right" if case.scores.get("answer_hit@1") else "second"


def _found(case: CaseRecord) -> str:
    rank = gold_rank(case)
    if not case.gold_doc_ids:
        return "unjudged"
    if rank is None or rank > NEAR:
        return "missed"
    return "found" if rank == 1 else "second"


def gold_rank(case: CaseRecord) -> int | None:
    """The rank of the first gold document, from 1; None when it is not among the ranked, or nothing is ranked."""
    ranked = case.ranked_docs or []
    return next((rank for rank, doc in enumerate(ranked, 1) if doc in case.gold_doc_ids), None)


def badness(case: CaseRecord) -> tuple[float, ...]:
    """The worst sort first by it: the outcome, then how sure the system was of what is wrong, then the gold's rank."""
    made = outcome(case)
    sure = case.confidence or 0.0
    return (-made.weight, sure if made.key == "needless" else -sure, -(gold_rank(case) or 1000))
