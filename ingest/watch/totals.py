"""What a run did, over all its visits."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.watch.delivery import Visit


@dataclass(slots=True)
class Totals:
    """What the run did, over all visits."""

    visits: int = 0
    unchanged: int = 0
    stored: int = 0
    rejected: int = 0
    refused: int = 0
    failed: int = 0
    errors: int = 0
    checked: int = 0

    def add(self, visit: Visit, error: str) -> None:
        """Count a visit that has ended."""
        self.visits += 1
        self.errors += bool(error)
        self.unchanged += visit.unchanged
        for name in ("stored", "rejected", "refused", "failed"):
            setattr(self, name, getattr(self, name) + getattr(visit, name))
