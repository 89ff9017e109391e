"""Decides whether a turn of a conversation hangs on the questions before it, by what is found for both readings."""

from __future__ import annotations

from dataclasses import dataclass

from rag.answer.judge import LogisticModel

_NAMES, _WORDS = 3, 5  # beyond which more says nothing more

# Log odds that a turn is meant together with an earlier question, by what the searches found, and by how sure the
# answers are too. Fitted on the turns of two hands: `python -m research.turns`, docs/decisions/151.
_FOUND = LogisticModel({"alone": -22.9, "joined": 9.3, "named": -1.2, "content": -1.5, "joins": 2.4}, 11.3)
_ANSWERED = LogisticModel(
    {
        "sure_alone": -7.0,
        "sure_joined": 3.1,
        "alone": -15.8,
        "joined": 9.2,
        "named": -1.7,
        "content": -2.0,
        "joins": 2.9,
    },
    9.9,
)
_DOUBT = 1.4  # log odds within which the answers to both readings are compared


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

    def log_odds(self) -> float:
        """The log odds that it hangs on the earlier question, by what was found."""
        return _FOUND.log_odds(self.values())

    def in_doubt(self) -> bool:
        """Whether the answers to both readings are needed to tell."""
        return abs(self.log_odds()) < _DOUBT

    def log_odds_answered(self, alone: float, joined: float) -> float:
        """The same, by how sure the answers to the two readings are too."""
        return _ANSWERED.log_odds({**self.values(), "sure_alone": alone, "sure_joined": joined})

    def values(self) -> dict[str, float]:
        """The features of the models."""
        return {
            "alone": self.alone,
            "joined": self.joined,
            "named": min(_NAMES, self.named),
            "content": min(_WORDS, self.content) / _WORDS,
            "joins": float(self.joins),
        }
