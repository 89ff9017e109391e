"""Whether the archive is fresh: until when it was read, and which outlets are silent though they should not be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rag.rhythm import ODD, rhythm_of
from rag.store.archive.read import read_arrivals
from rag.store.database.database import Database
from rag.text.cldr import day_name, weekday_name
from rag.text.messages import message

KNOWN_FOR = timedelta(days=60)  # an outlet that has been silent for longer has ended, and is not spoken of
_ARRIVALS = 30_000
_HOLDS_S = 60.0
_NAMED = 5  # outlets in a sentence


@dataclass(frozen=True, slots=True)
class OutletFreshness:
    """How an outlet fares. `last`: when its newest article came in; `missed`: how many were to be expected since;
    `odd`: from how many on its silence is odd; `behind_since`: when it became so, none while it is not.
    """

    outlet: str
    last: datetime
    missed: float
    odd: float
    behind_since: datetime | None


@dataclass(frozen=True, slots=True)
class FreshnessReport:
    """The outlets whose rhythm is known, at a moment. `read_until`: when the newest article of any came in."""

    at: datetime
    read_until: datetime | None
    outlets: tuple[OutletFreshness, ...]

    @property
    def behind(self) -> tuple[OutletFreshness, ...]:
        """The outlets that are behind, the longest silent first."""
        return tuple(sorted((one for one in self.outlets if one.behind_since), key=lambda one: one.last))

    def said(self, language: str) -> str:
        """Returns it as a sentence for readers; "" where no outlet is followed."""
        if not self.outlets or self.read_until is None:
            return ""
        until, late = self._when(self.read_until, language), self.behind
        if not late:
            return message("fresh", language, until=until)
        named = [f"{one.outlet} ({self._when(one.last, language)})" for one in late[:_NAMED]]
        told = ", ".join(named) + (f" +{len(late) - _NAMED}" if len(late) > _NAMED else "")
        counts = {"count": len(late), "all": len(self.outlets)}
        return message("behind", language, until=until, outlets=told, **counts)

    def _when(self, moment: datetime, language: str) -> str:
        """A time of today, else a weekday of the last six, else a day."""
        days = (self.at.date() - moment.date()).days
        if days <= 0:
            return f"{moment:%H:%M} UTC"
        return weekday_name(moment.date(), language) if days < 7 else day_name(moment.date(), language)


class Freshness:
    """Reads when articles came in. A report holds for a minute. Safe to use from many threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._last: tuple[float, FreshnessReport] | None = None
        self.paused: Callable[[], Collection[str]] = tuple
        """names of the outlets that are not visited now, of which nothing is expected"""

    def report(self, now: datetime | None = None) -> FreshnessReport:
        """Returns how it stands; at a moment, if one is given. Raises the archive's errors."""
        if now is not None:
            return self._read(now)
        with self._lock:
            if self._last is None or time.monotonic() > self._last[0] + _HOLDS_S:
                self._last = time.monotonic(), self._read(datetime.now(UTC))
            return self._last[1]

    def _read(self, now: datetime) -> FreshnessReport:
        with self._database.reading() as connection:
            came = read_arrivals(connection, since=now - KNOWN_FOR, until=now, limit=_ARRIVALS)
        paused = {name.casefold() for name in self.paused()}
        known = [(o, times) for o, times in came.items() if o.casefold() not in paused]
        found = tuple(one for outlet, times in sorted(known) if (one := _outlet(outlet, times, now)))
        until = max((one.last for one in found), default=None)
        return FreshnessReport(now, until, found)


def _outlet(outlet: str, times: list[float], now: datetime) -> OutletFreshness | None:
    rhythm = rhythm_of(times)
    if rhythm is None:
        return None
    last, at = times[-1], now.timestamp()
    odd_from = rhythm.odd_from(last)
    since = datetime.fromtimestamp(odd_from, UTC) if odd_from <= at else None
    missed, odd = round(rhythm.missed(last, at), 1), round(ODD * rhythm.usual, 1)
    return OutletFreshness(outlet, datetime.fromtimestamp(last, UTC), missed, odd, since)
