"""A passage's key in the archive with the score that an index gave it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scored:
    """What every index answers with: higher is better; equal scores are ordered by key."""

    key: int
    score: float
