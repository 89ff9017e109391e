"""What a page's owner allows: robots.txt (RFC 9309), TDMRep (file, header, meta), robots directives of the page."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import unescape
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from protego import Protego

from ingest.fetch.outcomes import FetchReply, Refused, Reserved, Unreachable

AGENT = "Telal"  # the word that robots.txt may name us by
KEPT_S = 3600.0
FAILURE_KEPT_S = 600.0
MAX_BYTES = 512 * 1024  # RFC 9309 asks for at least 500 KiB
MAX_LINE_CHARS = 2000
MAX_STARS = 8  # in one rule: more is no rule but a trap for pattern matchers
MAX_DELAY_S = 30.0  # a longer Crawl-delay would hold a whole outlet; it is then visited less often instead

Get = Callable[[str], FetchReply]


T = TypeVar("T")


class PerHost(Generic[T]):
    """What is known of each host: fetched for the first who asks while others wait, and kept for a while."""

    def __init__(self, fetch: Callable[[str], tuple[T, float]]) -> None:
        """`fetch`: what to keep for an origin, and for how many seconds."""
        self._fetch = fetch
        self._held: dict[str, tuple[T, float]] = {}
        self._turns: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def of(self, url: str) -> T:
        """What holds for the host of an address."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._guard:
            turn = self._turns.setdefault(origin, threading.Lock())
        with turn:
            held = self._held.get(origin)
            if held is None or time.monotonic() > held[1]:
                value, kept_s = self._fetch(origin)
                held = self._held[origin] = (value, time.monotonic() + kept_s)
        return held[0]


class Robots:
    """The rules of the hosts that were visited, each kept for an hour."""

    def __init__(self, get: Get) -> None:
        self._get = get
        self._rules = PerHost(self._fetch)

    def check(self, url: str) -> float:
        """The pause in seconds that the host asks for.

        Raises Refused when robots.txt disallows the address, and Unreachable when it cannot be fetched because of the
        server: then nothing may be fetched for now.
        """
        rules = self._rules.of(url)
        if isinstance(rules, str):
            raise Unreachable("robots-unreachable", rules, retry_after_s=FAILURE_KEPT_S)
        if rules is None:
            return 0.0
        if not rules.can_fetch(url, AGENT):
            raise Refused("robots", f"robots.txt of {urlsplit(url).hostname} disallows it.")
        delay_s = rules.crawl_delay(AGENT)
        rate = rules.request_rate(AGENT) if delay_s is None else None
        if rate is not None and rate.requests:
            delay_s = rate.seconds / rate.requests
        return min(max(float(delay_s or 0.0), 0.0), MAX_DELAY_S)

    def _fetch(self, origin: str) -> tuple[Protego | str | None, float]:
        """The rules; None: everything is allowed; a text: why nothing is."""
        try:
            return parse_robots(self._get(f"{origin}/robots.txt").body), KEPT_S
        except Refused as error:
            if error.reason == "private-address":
                raise
            return None, KEPT_S  # 4xx: there are no rules (RFC 9309, 2.3.1.3)
        except Unreachable as error:
            if error.reason == "stopped":
                raise
            return f"robots.txt could not be fetched: {error.message}", FAILURE_KEPT_S


def parse_robots(body: bytes) -> Protego:
    """The rules of a robots.txt; other lines are skipped."""
    text = body[:MAX_BYTES].decode("utf-8", "replace").lstrip("\ufeff")
    lines = (line for line in re.split(r"\r\n|\r|\n", text) if len(line) <= MAX_LINE_CHARS)
    return Protego.parse("\n".join(line for line in lines if line.count("*") <= MAX_STARS))


WELL_KNOWN = "/.well-known/tdmrep.json"
MAX_RULES = 1000
MAX_PATTERN_CHARS = 500
HEAD_BYTES = 200_000  # of the page, in which its head stands
FORBIDDING_WORDS = ("noindex", "none", "noarchive", "noai")  # none: noindex, nofollow
META = re.compile(rb"<meta\s[^>]{0,2000}>", re.IGNORECASE)
NAME = re.compile(r"\bname\s*=\s*[\"']?\s*([\w:.-]+)", re.IGNORECASE)
CONTENT = re.compile(r"\bcontent\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
DIRECTIVES_WITH_VALUE = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    reserved: bool
    policy: str


class Reservations:
    """The TDMRep files of the hosts that were visited, each kept for an hour."""

    def __init__(self, get: Get) -> None:
        self._get = get
        self._files = PerHost(self._fetch)

    def check(self, page: FetchReply, *, agreed: bool) -> None:
        """Raises Reserved when the page may not be taken in.

        `agreed`: the owner has given the operator permission, so TDM reservations and `noai` do not count.
        """
        metas = meta_tags(page.body)
        _check_directives(page, metas, [word for word in FORBIDDING_WORDS if not (agreed and word == "noai")])
        if not agreed:
            self._check_mining(page, metas)

    def check_whole(self, url: str, head: str, reply: FetchReply, *, agreed: bool) -> None:
        """As `check`, for a text that came with a list (`reply`) instead of its page at `url`.

        `head`: meta elements of the page, where the list repeats them. Reservations in the list's own headers hold for
        the texts in it, except `noindex`: WordPress sends it with every list and means the list.
        """
        if not agreed:
            self._check_mining(replace(reply, body=b""), [])
            _check_directives(reply, [], ("noarchive", "noai"))
        self.check(FetchReply(url, 200, {}, head.encode()), agreed=agreed)

    def _check_mining(self, page: FetchReply, metas: list[tuple[str, str]]) -> None:
        """TDMRep. The page's meta element takes precedence over the header, and that over the file."""
        for said, where in ((dict(metas), "page"), (page.headers, "header")):
            if "tdm-reservation" in said:
                if said["tdm-reservation"].strip() == "1":
                    raise Reserved("tdm-reservation", where, said.get("tdm-policy", ""))
                return
        parts = urlsplit(page.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        for rule in self._files.of(page.url):
            if rule.pattern.match(path):
                if rule.reserved:
                    raise Reserved("tdm-reservation", "tdmrep.json", rule.policy)
                return

    def _fetch(self, origin: str) -> tuple[tuple[_Rule, ...], float]:
        try:
            return parse_tdmrep(self._get(origin + WELL_KNOWN).body), KEPT_S
        except Refused:
            return (), KEPT_S
        except Unreachable as error:
            if error.reason == "stopped":
                raise
            raise Unreachable("tdmrep-unreachable", f"tdmrep.json could not be fetched: {error.message}") from error


def parse_tdmrep(body: bytes) -> tuple[_Rule, ...]:
    """The rules of a tdmrep.json in their order; none when it is not one (many servers send a page in its place)."""
    try:
        listed = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    rules = []
    for entry in (listed if isinstance(listed, list) else [])[:MAX_RULES]:
        location = entry.get("location") if isinstance(entry, dict) else None
        if isinstance(location, str) and 0 < len(location) <= MAX_PATTERN_CHARS:
            reserved = str(entry.get("tdm-reservation", "")).strip() == "1"
            rules.append(_Rule(_pattern(location), reserved, str(entry.get("tdm-policy") or "")))
    return tuple(rules)


def _pattern(location: str) -> re.Pattern[str]:
    """As in robots.txt: a beginning of the path, `*` for any characters, `$` at the end for the end."""
    location = urlsplit(location).path or "/" if "://" in location else location
    location = location if location.startswith(("/", "*")) else f"/{location}"
    end = "$" if location.endswith("$") else ""
    parts = re.sub(r"\*+", "*", location.removesuffix("$")).split("*")
    # Atomic groups, so that many stars cost no more than one.
    return re.compile(re.escape(parts[0]) + "".join(f"(?>.*?{re.escape(part)})" for part in parts[1:]) + end)


def _check_directives(page: FetchReply, metas: list[tuple[str, str]], forbidding: Sequence[str]) -> None:
    said = [("header", word) for word in _header_words(page.headers.get("x-robots-tag", ""))]
    said += [
        ("page", word.strip())
        for name, content in metas
        if name in ("robots", AGENT.lower())
        for word in content.lower().split(",")
    ]
    for where, word in said:
        if word in forbidding:
            raise Reserved("noindex" if word == "none" else word, where)


def _header_words(value: str) -> list[str]:
    """The directives of X-Robots-Tag for us; `name: a, b` is for that robot alone, up to the next name."""
    words, ours = [], True
    for part in value.lower().split(","):
        name, colon, rest = part.strip().partition(":")
        if colon and name.strip() not in DIRECTIVES_WITH_VALUE:
            ours, part = name.strip() == AGENT.lower(), rest
        if ours:
            words.append(part.strip())
    return words


def meta_tags(body: bytes) -> list[tuple[str, str]]:
    """Name (lower case) and content of the page's meta elements."""
    found = []
    for tag in META.findall(body[:HEAD_BYTES]):
        text = tag.decode("utf-8", "replace")
        name, content = NAME.search(text), CONTENT.search(text)
        if name and content:
            found.append((name[1].lower(), unescape(next(g for g in content.groups() if g is not None))))
    return found
