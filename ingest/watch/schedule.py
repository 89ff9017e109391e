"""When sources are visited and pages checked again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from rag.config import IngestSettings

FASTER, SLOWER = 0.6, 1.3  # after a visit with news, and after one without
TTL_MOST_S = 3600.0  # some feeds say a day and have news every hour
ERROR_FIRST_S = 60.0
RECHECKS = tuple(timedelta(hours=h) for h in (1, 6, 24, 72, 168, 336, 720))  # after the article was stored
ABSENT = timedelta(hours=24)  # between two checks of a page that is not there
TRIES = tuple(timedelta(minutes=m) for m in (2, 15, 60, 360, 1440))  # of a page that could not be had


@dataclass(frozen=True, slots=True)
class Pace:
    """How often sources are visited. `fixed_s`: the interval that the operator sets for the outlet."""

    least_s: float
    most_s: float
    fixed_s: float | None = None

    @classmethod
    def of(cls, settings: IngestSettings, fixed_s: float | None) -> Pace:
        return cls(settings.poll_min_s, settings.poll_max_s, fixed_s)

    def after_success(self, interval_s: float, *, news: bool, ttl_s: float | None) -> float:
        """Seconds until the next visit: fewer after news, more without, at least the source's ttl (up to an hour of
        it)."""
        if self.fixed_s is not None:
            return self.fixed_s
        least = max(self.least_s, min(ttl_s or 0.0, TTL_MOST_S))
        return min(max(interval_s * (FASTER if news else SLOWER), least), max(self.most_s, least))

    def after_failure(self, failures: int, *, retry_after_s: float | None) -> float:
        """Seconds until the next visit: doubled with every failure in a row, and at least what the server asked for."""
        pause = min(ERROR_FIRST_S * 2.0 ** min(failures - 1, 20), self.most_s)
        if self.fixed_s is not None:
            pause = max(pause if failures > 3 else 0.0, self.fixed_s)
        return max(pause, retry_after_s or 0.0)


def next_check(checks: int, *, stored: datetime, now: datetime, settings: IngestSettings) -> datetime | None:
    """When an article's page is checked again; None when it is old enough to be left alone."""
    last = timedelta(days=settings.recheck_days)
    due = next((stored + after for after in RECHECKS[checks:] if stored + after > now), None)
    return due if due is not None and due - stored <= last else None


def next_try(tries: int, now: datetime) -> datetime | None:
    """When a page that could not be fetched is tried again; None when it is given up."""
    return now + TRIES[tries - 1] if tries <= len(TRIES) else None
