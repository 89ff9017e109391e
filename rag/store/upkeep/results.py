"""What an index answers with: passages with their scores, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Scored:
    """What every index answers with: higher is better; equal scores are ordered by key."""

    key: int
    score: float


def ranked(scores: Mapping[int, float]) -> list[Scored]:
    """Best first, equal scores by key."""
    return sorted((Scored(key, score) for key, score in scores.items()), key=lambda s: (-s.score, s.key))


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The last change that each index took in, beside the archive's own; `owner`: this process keeps them."""

    owner: bool
    keyword_change: int  # 0: no keyword index answers
    exact_change: int
    chroma_change: int | None
    chroma_state: Literal["ready", "building", "off", "broken"]
    last_change: int
    passages: int
