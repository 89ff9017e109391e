"""An outlet's rhythm: how many articles it brings by hour and weekday, and from when on its silence is odd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WINDOW_S = 28 * 86_400.0  # before its last article, by which a rhythm is known
LEAST = 40  # articles in it, on as many minutes, over a week at least
_WEEK_S, _DAY_S, _HOUR_S = 7 * 86_400.0, 86_400.0, 3600.0
_LONGEST = 2  # silences a week, of which the usual one is the mean
# Fitted by `python -m research.freshness`: the least with which half of the outlets raise one false alarm a month.
ODD = 1.45

Seconds = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Articles expected in each hour of the day and on each weekday; times are seconds since 1970, UTC.

    `usual`: how many articles it would have brought in its longest silences, the mean of two a week. A silence is
    measured in the articles that were to be expected, so that a night counts for little.
    """

    hours: tuple[float, ...]
    weekdays: tuple[float, ...]
    usual: float

    def missed(self, since: float, until: float) -> float:
        """Returns how many articles were to be expected between two times."""
        grid, expected = self._expected(since, until)
        return float(np.interp(until, grid, expected) - np.interp(since, grid, expected))

    def odd_from(self, last: float, *, factor: float = ODD) -> float:
        """Returns the time from which a silence since the last article is odd."""
        until = last + _WEEK_S
        grid, expected = self._expected(last, until)
        wanted = float(np.interp(last, grid, expected)) + factor * self.usual
        return float(np.interp(wanted, expected, grid)) if wanted < expected[-1] else until

    def _expected(self, since: float, until: float) -> tuple[Seconds, Seconds]:
        grid = np.arange(since // _HOUR_S, until // _HOUR_S + 2) * _HOUR_S
        rates = np.array(self.hours)[_hour(grid[:-1])] * np.array(self.weekdays)[_weekday(grid[:-1])]
        return grid, np.concatenate([[0.0], np.cumsum(rates)])


def rhythm_of(arrivals: Sequence[float]) -> Rhythm | None:
    """Returns the rhythm of an outlet by when its articles came in, oldest first; None where too few did.

    What came within one minute counts once: a first visit brings a hundred.
    """
    times = np.unique(np.asarray(arrivals, np.float64) // 60) * 60
    times = times[times >= times[-1] - WINDOW_S] if len(times) else times
    if len(times) < LEAST or times[-1] - times[0] < _WEEK_S:
        return None
    days = (times[-1] - times[0]) / _DAY_S
    counts = np.bincount(_hour(times), minlength=24).astype(float)
    hours = (0.5 * counts + 0.25 * np.roll(counts, 1) + 0.25 * np.roll(counts, -1) + 1) / days
    span = np.bincount(_weekday(np.arange(times[0], times[-1], _DAY_S)), minlength=7)
    mean = len(times) / span.sum()
    weekdays = (np.bincount(_weekday(times), minlength=7) + 2 * mean) / (mean * (span + 2))
    known = Rhythm(tuple(hours), tuple(weekdays), 0.0)
    grid, expected = known._expected(times[0], times[-1])
    silences = np.sort(np.diff(np.interp(times, grid, expected)))[::-1]
    return Rhythm(known.hours, known.weekdays, float(silences[: max(1, round(_LONGEST * days / 7))].mean()))


def _hour(times: Seconds) -> NDArray[np.int64]:
    return (times % _DAY_S // _HOUR_S).astype(np.int64)


def _weekday(times: Seconds) -> NDArray[np.int64]:
    return (times // _DAY_S).astype(np.int64) % 7
