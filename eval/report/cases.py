"""The cases as the page lists them: the worst first, every run's answer beside what was expected."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from eval.core.record import CaseRecord
from eval.report.outcomes import OUTCOMES, Outcome, badness, gold_rank, outcome
from eval.report.runs import Run

MOST = 1_000  # cases in the page; more make it slow to open (1,000 of two runs: some 5 MB)
RANKED = 5  # articles of the ranking that are named


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
        return [(doc, doc in self.case.gold_doc_ids) for doc in (self.case.ranked_docs or [])[:RANKED]]


@dataclass(frozen=True, slots=True)
class Item:
    """One question with the replies of the runs that asked it; `case` is the first of them."""

    case: CaseRecord
    replies: tuple[Reply, ...]

    @property
    def differs(self) -> bool:
        return len({r.outcome.key for r in self.replies}) > 1

    def marked(self, text: str) -> Markup:
        """The text, escaped, with every accepted answer marked in it."""
        return marked(text, self.case.answers)


@dataclass(frozen=True, slots=True)
class Listing:
    """The items, and what a reader can filter them by."""

    items: tuple[Item, ...]
    total: int
    languages: tuple[str, ...]
    categories: tuple[str, ...]
    statuses: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


def listing(runs: Sequence[Run]) -> Listing:
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
    return Listing(
        tuple(kept),
        len(items),
        tuple(sorted({i.case.language for i in kept})),
        tuple(sorted({i.case.category for i in kept})),
        tuple(sorted({r.case.status for r in replies})),
        tuple(o for o in OUTCOMES.values() if o.key in keys),
    )


def marked(text: str, answers: Sequence[str]) -> Markup:
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
    """By the mean over the runs, so that what is wrong in all of them comes first."""
    keys = [badness(r.case) for r in item.replies]
    means = [sum(part) / len(keys) for part in zip(*keys, strict=True)]
    return (*means, item.case.id)
