"""What a run of ingestion did, in figures, and how far it is while it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.store.database.records import Outcome


@dataclass(frozen=True, slots=True)
class Report:
    """`read` is the sum of new, changed, unchanged, erased and rejected, unless the run was interrupted.

    `unchanged` counts repetitions within the run too; `erased` are those that had been erased for good and stay so.
    """

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    erased: int = 0
    rejected: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)  # of the rejected, most frequent first
    notices: Mapping[str, int] = field(default_factory=dict)  # e.g. guessed character sets
    passages: int = 0  # stored
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def stored(self) -> int:
        return self.new + self.changed


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: records dealt with (stored, known or rejected) and their bytes in the source."""

    records: int
    bytes: int


@dataclass(slots=True)
class Tally:
    """Counts while the run lasts."""

    read: int = 0
    bytes: int = 0
    passages: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    notices: Counter[str] = field(default_factory=Counter)

    def settle(self, outcome: Outcome, size: int) -> None:
        self.outcomes[outcome] += 1
        self.bytes += size

    def reject(self, reason: str, size: int) -> None:
        self.reasons[reason] += 1
        self.bytes += size

    def progress(self) -> Progress:
        return Progress(self.outcomes.total() + self.reasons.total(), self.bytes)

    def report(self, *, seconds: float, interrupted: bool) -> Report:
        return Report(
            read=self.read,
            new=self.outcomes["new"],
            changed=self.outcomes["changed"],
            unchanged=self.outcomes["unchanged"],
            erased=self.outcomes["erased"],
            rejected=self.reasons.total(),
            reasons=dict(self.reasons.most_common()),
            notices=dict(self.notices.most_common()),
            passages=self.passages,
            seconds=seconds,
            interrupted=interrupted,
        )
