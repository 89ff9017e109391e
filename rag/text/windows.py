"""Windows of days, and steps by days, weeks, months and years."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

_DAYS_OF = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `start` to `end`, both included; an open side is None."""

    start: date | None
    end: date | None

    def widened(self, days: int) -> Window:
        """The window with so many days more on each closed side: news comes a day after the event."""
        return Window(
            self.start and shifted(self.start, -days),
            self.end and shifted(self.end, days),
        )


def length_days(span: Window) -> int:
    return (span.end - span.start).days if span.start and span.end else 10**6


def shifted(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return day


def day_window(year: int, month: int, day: int) -> Window | None:
    try:
        made = date(year, month, day)
    except ValueError:
        return None
    return Window(made, made)


def month_window(year: int, month: int) -> Window:
    return Window(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def year_window(year: int) -> Window:
    return Window(date(year, 1, 1), date(year, 12, 31))


def months_back(day: date, months: int) -> date:
    index = max(12, day.year * 12 + day.month - 1 - months)
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def unit_around(unit: str, day: date) -> Window:
    """The day, week from Monday, month or year that a day lies in."""
    if unit == "week":
        monday = shifted(day, -day.weekday())
        return Window(monday, shifted(monday, 6))
    return {"day": Window(day, day), "month": month_window(day.year, day.month), "year": year_window(day.year)}[unit]


def stepped(unit: str, day: date, steps: int) -> date:
    if unit in ("month", "year"):
        return months_back(day, -steps * (12 if unit == "year" else 1))
    return shifted(day, steps * _DAYS_OF[unit])
