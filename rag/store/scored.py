"""A passage's key in the archive with the score that an index gave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scored:
    """What every index answers with: higher is better; equal scores are ordered by key."""

    key: int
    score: float


def ranked(scores: Mapping[int, float]) -> list[Scored]:
    """Best first, equal scores by key."""
    return sorted((Scored(key, score) for key, score in scores.items()), key=lambda s: (-s.score, s.key))
