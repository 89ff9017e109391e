"""The cases as the page lists them: the worst first, every run's answer beside what was expected."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from eval.core.record import CaseRecord
from eval.report.runs import Run

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
        Outcome("trapped", "stated, nothing answers it", "bad", 5),
        Outcome("wrong", "answered wrongly", "bad", 4),
        Outcome("missed", "missed", "bad", 3),
        Outcome("doubt", "shown with doubt", "fair", 2),
        Outcome("second", "right, but not first", "fair", 2),
        Outcome("unjudged", "not judged", "plain", 1),
        Outcome("withheld", "trap seen", "good", 0),
        Outcome("found", "found first", "good", 0),
        Outcome("right", "answered rightly", "good", 0),
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
        return "trapped" if case.stated else "withheld"
    if not case.judged:
        return "unjudged"
    if case.stated:
        return "right" if case.right_first else "wrong"
    return "doubt" if case.seen else "missed"


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
    return (-made.weight, sure if made.key == "missed" else -sure, -(gold_rank(case) or 1000))


MOST = 1_000  # cases in the page; more make it slow to open (1,000 of two runs: some 5 MB)
MOST_RANKED = 5  # articles of the ranking that are named


@dataclass(frozen=True, slots=True)
class Reply:
    """One run's result of a case."""

    run: Run
    case: CaseRecord
    outcome: Outcome
    gold_rank: int | None

    @property
    def shown(self) -> set[str]:
        """The sentences of the answer: a quote that is one of them is not shown twice."""
        return {str(s.get("text")) for s in self.case.sentences}

    @property
    def ranked(self) -> list[tuple[str, bool]]:
        """The first articles, and whether each is a right one."""
        return [(doc, doc in self.case.gold_doc_ids) for doc in (self.case.ranked_docs or [])[:MOST_RANKED]]


@dataclass(frozen=True, slots=True)
class Item:
    """One question with the replies of the runs that asked it; `case` is the first of them."""

    case: CaseRecord
    replies: tuple[Reply, ...]

    @property
    def differs(self) -> bool:
        return len({r.outcome.key for r in self.replies}) > 1

    def mark_answers(self, text: str) -> Markup:
        """The text, escaped, with every accepted answer marked in it."""
        return mark_answers(text, self.case.answers)


@dataclass(frozen=True, slots=True)
class CaseList:
    """The items, and what a reader can filter them by."""

    items: tuple[Item, ...]
    total: int
    languages: tuple[str, ...]
    categories: tuple[str, ...]
    statuses: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


def list_cases(runs: Sequence[Run]) -> CaseList:
    """All cases of all runs, the worst first, cut to MOST."""
    found: dict[tuple[str, str], list[Reply]] = {}
    for run in runs:
        for case in run.record.per_case:
            reply = Reply(run, case, outcome(case), gold_rank(case))
            found.setdefault((run.record.suite, case.id), []).append(reply)
    items = sorted((Item(replies[0].case, tuple(replies)) for replies in found.values()), key=_order)
    kept = items[:MOST]
    replies = [r for item in kept for r in item.replies]
    keys = {r.outcome.key for r in replies}
    return CaseList(
        tuple(kept),
        len(items),
        tuple(sorted({i.case.language for i in kept})),
        tuple(sorted({i.case.category for i in kept})),
        tuple(sorted({r.case.status for r in replies})),
        tuple(o for o in OUTCOMES.values() if o.key in keys),
    )


def mark_answers(text: str, answers: Sequence[str]) -> Markup:
    """The text, escaped, with each of the answers in a <mark>; letters' case does not matter."""
    wanted = sorted({a.strip() for a in answers if a.strip()}, key=len, reverse=True)
    if not wanted:
        return escape(text)
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, wanted))})(?!\w)", re.IGNORECASE)
    parts = pattern.split(text)
    return Markup("").join(Markup("<mark>{}</mark>").format(p) if i % 2 else escape(p) for i, p in enumerate(parts))


def day(citation: dict[str, Any]) -> str:
    """The day of publication."""
    return str(citation.get("published") or "")[:10]


def _order(item: Item) -> tuple[Any, ...]:
    """Sorts by the mean over the runs, so that what is wrong in all of them comes first."""
    keys = [badness(r.case) for r in item.replies]
    means = [sum(part) / len(keys) for part in zip(*keys, strict=True)]
    return (*means, item.case.id)
