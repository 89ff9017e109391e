"""robots.txt (RFC 9309): what a host asks robots to leave alone, and how slowly to come. The only import of protego."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from ingest.fetch.outcomes import FetchReply, Refused, Unreachable

AGENT = "Telal"  # the word that robots.txt may name us by
KEPT_S = 3600.0
FAILURE_KEPT_S = 600.0
MAX_BYTES = 512 * 1024  # RFC 9309 asks for at least 500 KiB
MAX_LINE_CHARS = 2000
MAX_STARS = 8  # in one rule: more is no rule but a trap for pattern matchers
MAX_DELAY_S = 30.0  # a longer Crawl-delay would hold a whole outlet; it is then visited less often instead

Get = Callable[[str], FetchReply]


@dataclass(frozen=True, slots=True)
class Rules:
    """What one host allows. `parsed` is None when everything is allowed; `closed` says why nothing is."""

    parsed: Protego | None
    closed: str
    until: float

    def delay_s(self) -> float:
        found = self.parsed.crawl_delay(AGENT) if self.parsed else None
        rate = self.parsed.request_rate(AGENT) if self.parsed and found is None else None
        if rate is not None and rate.requests:
            found = rate.seconds / rate.requests
        return min(max(float(found or 0.0), 0.0), MAX_DELAY_S)


class Robots:
    """The rules of the hosts that were visited, each kept for an hour."""

    def __init__(self, get: Get) -> None:
        self._get = get
        self._rules: dict[str, Rules] = {}
        self._turns: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def check(self, url: str) -> float:
        """Seconds of pause that the host asks for. Raises Refused when it disallows the address, and Unreachable

        when its robots.txt cannot be had because of the server: then nothing may be fetched for the time being.
        """
        parts = urlsplit(url)
        rules = self._of(f"{parts.scheme}://{parts.netloc}")
        if rules.closed:
            raise Unreachable("robots-unreachable", rules.closed, retry_after_s=FAILURE_KEPT_S)
        if rules.parsed is not None and not rules.parsed.can_fetch(url, AGENT):
            raise Refused("robots", f"robots.txt of {parts.hostname} disallows it.")
        return rules.delay_s()

    def _of(self, origin: str) -> Rules:
        with self._guard:
            turn = self._turns.setdefault(origin, threading.Lock())
        with turn:  # who comes second waits for the first one's answer
            held = self._rules.get(origin)
            if held is None or time.monotonic() > held.until:
                held = self._rules[origin] = self._fetched(origin)
        return held

    def _fetched(self, origin: str) -> Rules:
        now = time.monotonic()
        try:
            reply = self._get(f"{origin}/robots.txt")
        except Refused as error:
            if error.reason == "private-address":
                raise
            return Rules(None, "", now + KEPT_S)  # 4xx: there are no rules (RFC 9309, 2.3.1.3)
        except Unreachable as error:
            if error.reason == "stopped":
                raise
            return Rules(None, f"robots.txt cannot be had: {error.message}", now + FAILURE_KEPT_S)
        return Rules(parse(reply.body), "", now + KEPT_S)


def parse(body: bytes) -> Protego:
    """The rules of a robots.txt; lines that are no rules are passed over."""
    text = body[:MAX_BYTES].decode("utf-8", "replace").lstrip("\ufeff")
    lines = (line for line in re.split(r"\r\n|\r|\n", text) if len(line) <= MAX_LINE_CHARS)
    return Protego.parse("\n".join(line for line in lines if line.count("*") <= MAX_STARS))
