"""When sources are visited and pages checked again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

TTL_MOST_S = 3600.0  # some feeds say a day and have news every hour
FAILED_FIRST_S, FAILED_MOST_S = 60.0, 21_600.0
RECHECKS = tuple(timedelta(hours=h) for h in (1, 6, 24, 72, 168, 336, 720))  # after the article was stored
ABSENT = timedelta(hours=24)  # between two checks of a page that is not there
TRIES = tuple(timedelta(minutes=m) for m in (2, 15, 60, 360, 1440))  # of a page that could not be had


def pause_after_failure(failures: int, *, retry_after_s: float | None) -> float:
    """Seconds until the next visit: doubled with every failure in a row, and at least what the server asked for."""
    return max(min(FAILED_FIRST_S * 2.0 ** min(failures - 1, 20), FAILED_MOST_S), retry_after_s or 0.0)


def next_check(checks: int, *, stored: datetime, now: datetime, days: int) -> datetime | None:
    """When an article's page is checked again; None when it was stored more than `days` ago."""
    due = next((stored + after for after in RECHECKS[checks:] if stored + after > now), None)
    return due if due is not None and due - stored <= timedelta(days=days) else None


def next_try(tries: int, now: datetime) -> datetime | None:
    """When a page that could not be fetched is tried again; None when it is given up."""
    return now + TRIES[tries - 1] if tries <= len(TRIES) else None
