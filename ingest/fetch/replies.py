"""What a server's reply means: its status, its type, its Retry-After, and the pages that stand in a page's place."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ingest.fetch.outcomes import Failure, Fetched, Refused, Unreachable

MOST_RETRY_S = 86_400.0
REDIRECTS = (301, 302, 303, 307, 308)
GONE = (404, 410)

# Type of reply -> content types that are read as such; feeds are often sent as something else.
ACCEPT = {
    "page": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
    "feed": "application/rss+xml,application/atom+xml,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.1",
    "sitemap": "application/xml,text/xml;q=0.9,text/plain;q=0.5,*/*;q=0.1",
    "api": "application/json",
    "rules": "*/*",
}
TYPES = {
    "page": re.compile(r"^$|^text/(html|plain)$|^application/xhtml\+xml$"),
    "feed": re.compile(r"^$|^text/|xml|rss|atom|^application/(octet-stream|json|(x-)?gzip)$"),
    "sitemap": re.compile(r"^$|^text/|xml|^application/(octet-stream|(x-)?gzip)$"),
    "api": re.compile(r"^$|json|^text/(plain|html|javascript)$"),
    "rules": re.compile(""),
}
# Marks of the pages that ask a visitor to prove to be a person. A page that is long is an article that speaks of them.
CHALLENGE = re.compile(
    rb"/cdn-cgi/challenge-platform/|cf-turnstile|_cf_chl_opt|g-recaptcha|h-captcha|hcaptcha\.com|captcha-delivery\.com"
    rb"|<title>\s*(just a moment|attention required|robot check|are you (a )?human)",
    re.IGNORECASE,
)
CHALLENGE_MAX_BYTES = 60_000
PARAGRAPHS_OF_AN_ARTICLE = 4


def retry_after(headers: dict[str, str], *, now: datetime | None = None) -> float | None:
    """Seconds that Retry-After names, as a number or a date; None when it names none that can be read."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", value):
        return min(float(value), MOST_RETRY_S)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - (now or datetime.now(UTC))).total_seconds(), 0.0), MOST_RETRY_S)


def failure(status: int, headers: dict[str, str]) -> Failure | None:
    """What a status means that is no success; None for 200 and 304."""
    if status in (200, 203, 304):
        return None
    if status in GONE:
        return Refused("gone" if status == 410 else "not-found", f"The server says {status}.", status=status)
    if status == 401:
        return Refused("password", "The server asks for a password.", status=status)
    if status == 429 or (status == 503 and "retry-after" in headers):
        wait = retry_after(headers)
        return Unreachable("too-many-requests", f"The server says {status}.", status=status, retry_after_s=wait)
    if status >= 500 or status == 408:
        wait = retry_after(headers)
        return Unreachable("server-error", f"The server says {status}.", status=status, retry_after_s=wait)
    if headers.get("cf-mitigated") == "challenge":
        return _challenge(status)
    if status in (403, 451):
        return Refused("forbidden", f"The server says {status}.", status=status)
    return Refused("status", f"The server says {status}.", status=status)


def check_body(fetched: Fetched, kind: str) -> None:
    """Raises Refused when the reply is of another type than asked for, or a challenge in a page's place."""
    if not TYPES[kind].search(fetched.content_type):
        raise Refused("content-type", f"The reply is {fetched.content_type}, not a {kind}.", status=fetched.status)
    if kind != "rules" and is_challenge(fetched.body):
        raise _challenge(fetched.status)


def is_challenge(body: bytes) -> bool:
    """Does the page ask to prove that one is a person, in the place of an article?"""
    short = len(body) < CHALLENGE_MAX_BYTES and body.lower().count(b"<p") < PARAGRAPHS_OF_AN_ARTICLE
    return short and CHALLENGE.search(body) is not None


def _challenge(status: int) -> Unreachable:
    return Unreachable("captcha", "The server asks to prove that a person is reading.", status=status)
