"""Decides whether a turn of a conversation hangs on the questions before it, by what is found for both readings."""

from __future__ import annotations

from dataclasses import dataclass

from rag.answer.judge import LogisticModel

_NAMES, _WORDS = 3, 5  # beyond which more says nothing more

# Log odds that a turn is meant together with an earlier question. Fitted on the turns of two hands, each judged by the
# other: docs/decisions/151.
_HANGS = LogisticModel({"alone": -22.9, "joined": 11.0, "named": -1.0, "content": -1.0, "joins": 3.9}, 9.6)


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells whether a turn hangs on an earlier question.

    `alone`, `joined`: the score of the best passage found for the turn by itself, and together with that question.
    `named`: its names and numbers; `content`: its other words that are not small; `joins`: a joining word began it.
    """

    alone: float
    joined: float
    named: int
    content: int
    joins: bool

    def hang(self) -> bool:
        """Tells whether it hangs on the earlier question."""
        return _HANGS.log_odds(self.values()) > 0

    def values(self) -> dict[str, float]:
        """The features of the model."""
        return {
            "alone": self.alone,
            "joined": self.joined,
            "named": min(_NAMES, self.named),
            "content": min(_WORDS, self.content) / _WORDS,
            "joins": float(self.joins),
        }
