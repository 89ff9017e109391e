"""Reads a date as the region's pages write it, and gives one without a zone the zone of its language."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

from ingest.checks import parse_date
from rag.text.script import fold
from rag.text.when import any_of, lexicon

# Most readers of a language live in one zone; a page that means another names it.
ZONES = {
    "sr": "Europe/Belgrade", "hr": "Europe/Zagreb", "bs": "Europe/Sarajevo", "cnr": "Europe/Podgorica",
    "sh": "Europe/Belgrade", "sl": "Europe/Ljubljana", "mk": "Europe/Skopje", "sq": "Europe/Tirane",
    "bg": "Europe/Sofia", "ro": "Europe/Bucharest", "el": "Europe/Athens", "tr": "Europe/Istanbul",
}  # fmt: skip
_CLOCK = re.compile(
    r"(?<!\d)(?P<h>[01]?\d|2[0-3])[:.](?P<m>[0-5]\d)(?::[0-5]\d)?(?!\d|[./]\d)(?: ?(?P<half>[ap])\.?m\b)?"
)
_NUMERIC = re.compile(r"(?<![\d.])(?P<d>\d\d?)(?:\. ?|/|-)(?P<m>\d\d?)(?:\. ?|/|-)(?P<y>20\d\d|19\d\d)(?!\d)")
_ISO = re.compile(r"(?<!\d)(?P<y>20\d\d|19\d\d)[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?)(?!\d)")


def read_date(text: str, *, language: str = "") -> str:
    """The date in a string as ISO 8601 with its zone, "" when there is none; a day without a time stays a day."""
    text = " ".join(text.split())[:200]
    if not text:
        return ""
    return _iso(text, language) or _rfc(text) or _spelled(text, language)


def _iso(text: str, language: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    if len(text) <= 10:
        return moment.date().isoformat()
    return _zoned(moment, language).isoformat()


def _rfc(text: str) -> str:
    """What `checks.parse_date` knows besides; it names its zone or is taken as UTC."""
    moment = parse_date(text) if re.match(r"[A-Za-z]{3},|\d\d? [A-Za-z]{3} \d{4} \d", text) else None
    return moment.isoformat() if moment else ""


def _spelled(text: str, language: str) -> str:
    """`18.03.2025. 14:05`, `18. mart 2025. u 14:05`, `18 Μαρτίου 2025, 14:05`, `18 Mart 2025 14:05`."""
    folded = fold(text)
    found = _ISO.search(folded) or _NUMERIC.search(folded)
    if found is not None:
        day = _day(int(found["y"]), int(found["m"]), int(found["d"]))
    else:
        found = _worded().search(folded)
        if found is None:
            return ""
        month = _months()[found["name"] or found["name2"]]
        day = _day(int(found["y"] or found["y2"]), month, int(found["d"] or found["d2"]))
    if day is None:
        return ""
    clock = _CLOCK.search(folded, found.end()) or _CLOCK.search(folded[: found.start()])
    if clock is None:
        return day.isoformat()
    hour = int(clock["h"]) % 12 + 12 * (clock["half"] == "p") if clock["half"] else int(clock["h"])
    return _zoned(datetime.combine(day, time(hour, int(clock["m"]))), language).isoformat()


@cache
def _months() -> dict[str, int]:
    """The names of the months, and their first three letters where those name one month only."""
    names = lexicon().months
    short: dict[str, set[int]] = {}
    for name, month in names.items():
        short.setdefault(name[:3], set()).add(month)
    return {**{name: months.pop() for name, months in short.items() if len(months) == 1}, **names}


@cache
def _worded() -> re.Pattern[str]:
    month = any_of(_months())
    return re.compile(
        rf"(?<!\d)(?P<d>\d\d?)(?:st|nd|rd|th)?\.? ?(?:of |de )?(?P<name>{month})[a-z]{{0,2}}\.?,? ?"
        rf"(?:de |tou )?(?P<y>(?:19|20)\d\d)"
        rf"|\b(?P<name2>{month})\.? (?P<d2>\d\d?)(?:st|nd|rd|th)?,? (?P<y2>(?:19|20)\d\d)"
    )


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _zoned(moment: datetime, language: str) -> datetime:
    if moment.tzinfo is not None:
        return moment
    zone = ZONES.get(language.split("-")[0].lower())
    return moment.replace(tzinfo=ZoneInfo(zone) if zone else UTC)
