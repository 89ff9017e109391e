"""How often answers of one archive are right at each confidence, by those that were judged there.

Isotonic regression (pool adjacent violators) on the one number: a surer answer is never said to be right less often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LEAST_JUDGED = 200  # answers, before a curve says anything


class WrongShare(StrEnum):
    """How many of the stated answers may be wrong, as an editor chooses it."""

    ONE_IN_TEN = "one_in_ten"
    ONE_IN_TWENTY = "one_in_twenty"

    @property
    def share(self) -> float:
        """As a share of one."""
        return 0.1 if self is WrongShare.ONE_IN_TEN else 0.05


@dataclass(frozen=True, slots=True)
class Step:
    """Answers from the confidence `least` to the next step: the share that is right, and how many were judged."""

    least: float
    right: float
    count: int


@dataclass(frozen=True, slots=True)
class OwnCurve:
    """The steps of an archive's own curve, the least confidence first."""

    steps: tuple[Step, ...]

    @property
    def judged(self) -> int:
        """How many answers it rests on."""
        return sum(step.count for step in self.steps)

    def threshold(self, wrong: WrongShare) -> float:
        """The least confidence from which at most such a share of the judged answers was wrong; 1, from which nothing
        is stated, where none is."""
        found, right, count = 1.0, 0.0, 0
        for step in reversed(self.steps):
            right, count = right + step.right * step.count, count + step.count
            if right >= (1 - wrong.share) * count:
                found = step.least
        return found


def own_curve(judged: Sequence[tuple[float, bool]]) -> OwnCurve | None:
    """The curve of judged answers, each with its confidence; None where they are fewer than `LEAST_JUDGED`."""
    if len(judged) < LEAST_JUDGED:
        return None
    steps: list[Step] = []
    for confidence in sorted({c for c, _ in judged}):
        verdicts = [right for c, right in judged if c == confidence]
        steps.append(Step(confidence, sum(verdicts) / len(verdicts), len(verdicts)))
        while len(steps) > 1 and steps[-2].right >= steps[-1].right:
            steps[-2:] = [_pooled(*steps[-2:])]
    return OwnCurve(tuple(steps))


def _pooled(low: Step, high: Step) -> Step:
    count = low.count + high.count
    return Step(low.least, (low.right * low.count + high.right * high.count) / count, count)
