"""Checks and cleans the fields of a record, one function a field. Each raises BadInput with the reason and what is
allowed."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from rag.errors import BadInput

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
TOLERANCE = timedelta(days=1)  # a clock or a time zone may be wrong by that much
TITLE_MAX_CHARS = 1000
ID_MAX_CHARS = 512

BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Control characters, lone surrogates, and marks that print nothing but break matching or turn the reading
# direction (soft hyphen, zero-width space, byte order mark, bidirectional overrides, noncharacters).
# Zero-width joiners stay: emoji and some scripts need them.
UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
TRAILING = re.compile(r"[^\S\n]+(?=\n)")
TAG = re.compile(r"^([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-[A-Za-z0-9]{2,8})*$")


class FutureDate(BadInput):
    """The date is in the future, or this machine's clock was set back."""


def clean_text(value: Any, *, name: str) -> str:
    """Cleans a text:

    NFC, `\\n` line ends, no control characters or lone surrogates, no spaces at line ends; "" for null.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadInput(f"{name} is not text", hint=f"It is {type(value).__name__}: write it as a string.")
    text = UNSEEN.sub("", BREAKS.sub("\n", value))
    return unicodedata.normalize("NFC", TRAILING.sub("", text)).strip()


def clean_line(value: Any, *, name: str) -> str:
    """Cleans a text as clean_text does, and makes every run of white space one space."""
    return " ".join(clean_text(value, name=name).split())


def clean_title(value: Any) -> str:
    """Cleans a headline, on one line."""
    title = clean_line(value, name="title")
    if len(title) > TITLE_MAX_CHARS:
        raise BadInput("title is too long", hint=f"{len(title)} characters; at most {TITLE_MAX_CHARS} are taken.")
    return title


def clean_id(value: Any) -> str:
    """Cleans a source's own id; "" when there is none. A whole number becomes its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    identifier = clean_line(value, name="id")
    if len(identifier) > ID_MAX_CHARS:
        raise BadInput("id is too long", hint=f"{len(identifier)} characters; at most {ID_MAX_CHARS} are taken.")
    return identifier


def clean_url(value: Any) -> str | None:
    """Cleans an http or https address; None for null. Anything else could run as a script where it is a link."""
    url = "".join(clean_text(value, name="url").splitlines()).replace(" ", "%20")
    if not url:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise BadInput("url is not an http address", hint=f"{url[:200]!r}: give http(s)://... or leave it out.")
    if "@" in parts.netloc:
        raise BadInput("url has a user or a password", hint="Give the address that any reader may open.")
    return url


def clean_date(value: Any, *, name: str, now: datetime) -> datetime | None:
    """Reads ISO 8601, YYYY/MM/DD or RFC 2822, each with or without a time; without a zone it is UTC. None for null."""
    text = clean_line(value, name=name)
    if not text:
        return None
    moment = parse_date(text)
    if moment is None:
        raise BadInput(f"{name} is not a date", hint=f"{text[:60]!r}: write it like 2025-03-18T12:00:00+01:00.")
    if moment > now + TOLERANCE:
        raise FutureDate(f"{name} is in the future", hint=f"{text[:60]!r}: mend the date, or leave it out.")
    if moment < EARLIEST:
        raise BadInput(f"{name} is before 1900", hint=f"{text[:60]!r}: mend the date, or leave it out.")
    return moment


def parse_date(text: str) -> datetime | None:
    """Reads a date in any known form as UTC; None when it is none."""
    for parse in (datetime.fromisoformat, _parse_slashed, parsedate_to_datetime):
        try:
            moment = parse(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None


def _parse_slashed(text: str) -> datetime:
    dashed = re.sub(r"^(\d{4})/(\d{1,2})/(\d{1,2})", lambda m: f"{m[1]}-{int(m[2]):02}-{int(m[3]):02}", text)
    return datetime.fromisoformat(dashed)


def clean_language(value: Any) -> str:
    """Reduces a BCP 47 tag to language and script (`sr_RS` -> sr, `sr-cyrl` -> sr-Cyrl); "" for anything else."""
    found = TAG.match(clean_line(value, name="language").replace("_", "-"))
    if found is None or found[1].lower() == "und":
        return ""
    return found[1].lower() + (f"-{found[2].capitalize()}" if found[2] else "")


def clean_authors(value: Any) -> tuple[str, ...]:
    """Reads a name, names separated by semicolons, a list of names, or of objects with a `name`. Returns each once."""
    if isinstance(value, str):
        value = value.split(";")
    elif isinstance(value, Mapping):
        value = [value]
    elif value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise BadInput("authors is not a list of names", hint='Write it like ["Ana Kovač", "Petar Ilić"].')
    names = (clean_line(a.get("name") if isinstance(a, Mapping) else a, name="authors") for a in value)
    return tuple(dict.fromkeys(n for n in names if n))


def clean_extra(value: Any) -> Any:
    """Removes unprintable characters from the strings of a JSON value, so that any store can keep it."""
    if isinstance(value, str):
        return UNSEEN.sub("", value)
    if isinstance(value, Mapping):
        return {clean_extra(str(k)): clean_extra(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [clean_extra(v) for v in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value  # 1e999 is read as infinity
