"""Interprets a server's reply: status, content type, Retry-After; and unpacks its body piece by piece, up to a
limit."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import brotli

from ingest.fetch.outcomes import FetchFailed, FetchRefused, FetchReply

Kind = Literal["page", "feed", "sitemap", "api", "rules"]  # of a reply

MOST_RETRY_S = 86_400.0
REDIRECTS = (301, 302, 303, 307, 308)
GONE_STATUSES = (404, 410)

# Kind of reply -> content types that are read as such; feeds are often sent as something else.
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
    """Returns the seconds that Retry-After asks for, given as a number or a date; None when it cannot be read."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", value):
        return min(float(value), MOST_RETRY_S)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - (now or datetime.now(UTC))).total_seconds(), 0.0), MOST_RETRY_S)


def failure(status: int, headers: dict[str, str]) -> FetchRefused | FetchFailed | None:
    """Returns the error that a status stands for; None for 200, 203 and 304."""
    if status in (200, 203, 304):
        return None
    if status in GONE_STATUSES:
        return FetchRefused("gone" if status == 410 else "not-found", f"The server says {status}.")
    if status == 401:
        return FetchRefused("password", "The server asks for a password.")
    if status == 429 or (status == 503 and "retry-after" in headers):
        return FetchFailed("too-many-requests", f"The server says {status}.", retry_after_s=retry_after(headers))
    if status >= 500 or status == 408:
        return FetchFailed("server-error", f"The server says {status}.", retry_after_s=retry_after(headers))
    if headers.get("cf-mitigated") == "challenge":
        return _captcha()
    if status in (403, 451):
        return FetchRefused("forbidden", f"The server says {status}.")
    return FetchRefused("status", f"The server says {status}.")


def check_body(fetched: FetchReply, kind: Kind) -> None:
    """Checks that a reply is what was asked for.

    Raises FetchRefused when it is of another type, and FetchFailed when it is a page that asks for proof of a person.
    """
    if not TYPES[kind].search(fetched.content_type):
        raise FetchRefused("content-type", f"The reply is {fetched.content_type}, not a {kind}.")
    if kind != "rules" and is_captcha_page(fetched.body):
        raise _captcha()


def is_captcha_page(body: bytes) -> bool:
    """Tells whether the page asks for proof that a person is reading, instead of giving the article."""
    short = len(body) < CHALLENGE_MAX_BYTES and body.lower().count(b"<p") < PARAGRAPHS_OF_AN_ARTICLE
    return short and CHALLENGE.search(body) is not None


def _captcha() -> FetchFailed:
    return FetchFailed("captcha", "The server asks to prove that a person is reading.")


PIECE_BYTES = 1 << 16


def read_bounded(pieces: Iterable[bytes], encoding: str, *, limit: int) -> bytes:
    """Reads and unpacks a whole body.

    Raises FetchRefused when it is longer than `limit` bytes, packed or unpacked, or its encoding is not supported;
    FetchFailed when it breaks off or is damaged.
    """
    unpack = UNPACKERS.get(encoding.strip().lower())
    if unpack is None:
        raise FetchRefused("encoding", f"The body is packed as {encoding[:40]!r}, which is not read.")
    parts, size = [], 0
    try:
        for part in unpack(_count(pieces, limit)):
            size += len(part)
            if size > limit:
                raise _too_large(limit)
            parts.append(part)
    except (zlib.error, brotli.error, EOFError) as error:
        raise FetchFailed("broken-off", "The packed body is damaged or breaks off.", hint=str(error)) from error
    return b"".join(parts)


def _count(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        if piece:
            yield piece


def _too_large(limit: int) -> FetchRefused:
    return FetchRefused(
        "too-large", f"The body is larger than {limit} bytes.", hint="`telal settings` lists the limits."
    )


def _zlib(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Unpacks gzip, member after member, or deflate; what follows the last member is padding."""
    engine = None
    for data in pieces:
        while data:
            if engine is None or engine.eof:
                if engine is not None and not data.startswith(b"\x1f\x8b"):
                    return
                # gzip or zlib by the header, else raw deflate, which some servers send
                plain = data[0] & 0x0F == 8 and len(data) > 1 and (data[0] << 8 | data[1]) % 31 == 0
                headed = plain or data.startswith(b"\x1f\x8b")
                engine = zlib.decompressobj(zlib.MAX_WBITS | 32 if headed else -zlib.MAX_WBITS)
            yield engine.decompress(data, PIECE_BYTES)
            data = engine.unused_data if engine.eof else engine.unconsumed_tail
    if engine is not None and not engine.eof:
        raise EOFError("end of the packed data is missing")


def _brotli(pieces: Iterator[bytes]) -> Iterator[bytes]:
    engine, begun = brotli.Decompressor(), False
    for piece in pieces:
        begun = True
        yield engine.process(piece, output_buffer_limit=PIECE_BYTES)
        while not engine.can_accept_more_data():
            yield engine.process(b"", output_buffer_limit=PIECE_BYTES)
    if begun and not engine.is_finished():
        raise EOFError("end of the Brotli data is missing")


UNPACKERS: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "": iter,
    "identity": iter,
    "gzip": _zlib,
    "x-gzip": _zlib,
    "deflate": _zlib,
    "br": _brotli,
}
ACCEPTED_ENCODINGS = "gzip, deflate, br"
