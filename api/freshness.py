"""Tells until when the archive was read: when the newest article of each outlet came in."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from rag.store.archive.archive import Archive
from rag.text.cldr import day_name
from rag.text.messages import message

KNOWN_FOR = timedelta(days=60)  # an outlet that has brought nothing for longer has ended, and is not spoken of
_HOLDS_S = 60.0


class Freshness:
    """Reads when articles came in, whatever dates they bear; once a minute. Safe to use from many threads."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._lock = threading.Lock()
        self._read_at, self._newest = -_HOLDS_S, dict[str, datetime]()

    def newest(self) -> dict[str, datetime]:
        """Returns when the newest article of each outlet came in (UTC); of a corpus that came in one day, nothing."""
        with self._lock:
            if time.monotonic() >= self._read_at + _HOLDS_S:
                self._newest = self._archive.newest_arrivals(datetime.now(UTC) - KNOWN_FOR)
                self._read_at = time.monotonic()
            return self._newest


def read_until(until: datetime, language: str) -> str:
    """Says it to a reader: by the hour where it is today, else by the day."""
    today = until.date() == datetime.now(UTC).date()
    return message("fresh", language, until=f"{until:%H:%M} UTC" if today else day_name(until.date(), language))
