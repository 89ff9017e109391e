"""Checks what the owner of a page allows: robots.txt (RFC 9309), TDMRep (file, header, meta element), and the page's
robots directives."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import unescape
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from protego import Protego

from ingest.fetch.outcomes import FetchFailed, FetchRefused, FetchReply, RightsReserved

AGENT = "Telal"  # the word that robots.txt may name us by
KEPT_S = 3600.0
FAILURE_KEPT_S = 600.0
MAX_BYTES = 512 * 1024  # RFC 9309 asks for at least 500 KiB
MAX_LINE_CHARS = 2000
MAX_STARS = 8  # in one rule: more is no rule but a trap for pattern matchers
MAX_DELAY_S = 30.0  # a longer Crawl-delay would hold a whole outlet; it is then visited less often instead

Get = Callable[[str], FetchReply]
T = TypeVar("T")


class HostCache(Generic[T]):
    """A cache with one value a host. The first thread that asks fetches it; others wait for that."""

    def __init__(self, fetch: Callable[[str], tuple[T, float]]) -> None:
        """`fetch` gets an origin and returns the value, and for how many seconds to keep it."""
        self._fetch = fetch
        self._held: dict[str, tuple[T, float]] = {}
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def of(self, url: str) -> T:
        """Returns the value for the host of an address, fetched again once it is too old."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._turns[origin]:
            held = self._held.get(origin)
            if held is None or time.monotonic() > held[1]:
                value, kept_s = self._fetch(origin)
                held = self._held[origin] = (value, time.monotonic() + kept_s)
        return held[0]


class Robots:
    """The robots.txt of each visited host, kept for an hour."""

    def __init__(self, get: Get) -> None:
        self._get = get
        self._rules = HostCache(self._fetch)

    def check(self, url: str) -> float:
        """Checks an address, and returns the pause in seconds that the host asks for.

        Raises FetchRefused when robots.txt disallows the address, and FetchFailed when the server fails to send
        robots.txt: then nothing of the host may be fetched for now.
        """
        rules = self._rules.of(url)
        if isinstance(rules, str):
            raise FetchFailed("robots-unreachable", rules, retry_after_s=FAILURE_KEPT_S)
        if rules is None:
            return 0.0
        if not rules.can_fetch(url, AGENT):
            raise FetchRefused("robots", f"robots.txt of {urlsplit(url).hostname} disallows it.")
        delay_s = rules.crawl_delay(AGENT)
        rate = rules.request_rate(AGENT) if delay_s is None else None
        if rate is not None and rate.requests:
            delay_s = rate.seconds / rate.requests
        return min(max(float(delay_s or 0.0), 0.0), MAX_DELAY_S)

    def _fetch(self, origin: str) -> tuple[Protego | str | None, float]:
        """Returns the rules and their lifetime; None: everything is allowed; a text: why nothing is."""
        try:
            return parse_robots(self._get(f"{origin}/robots.txt").body), KEPT_S
        except FetchRefused as error:
            if error.reason == "private-address":
                raise
            return None, KEPT_S  # 4xx: there are no rules (RFC 9309, 2.3.1.3)
        except FetchFailed as error:
            if error.reason == "stopped":
                raise
            return f"robots.txt could not be fetched: {error.message}", FAILURE_KEPT_S


def parse_robots(body: bytes) -> Protego:
    """Parses a robots.txt, leaving out lines that are too long or hold too many stars."""
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
    """Reservations of rights; the TDMRep file of each visited host is kept for an hour."""

    def __init__(self, get: Get) -> None:
        self._get = get
        self._files = HostCache(self._fetch)

    def check(self, page: FetchReply, *, agreed: bool) -> None:
        """Raises RightsReserved when the owner of the page does not allow it to be stored.

        `agreed`: the owner has given the operator permission, so TDM reservations and `noai` do not count.
        """
        metas = meta_tags(page.body)
        _check_directives(page, metas, [word for word in FORBIDDING_WORDS if not (agreed and word == "noai")])
        if not agreed:
            self._check_mining(page, metas)

    def check_whole(self, url: str, head: str, reply: FetchReply, *, agreed: bool) -> None:
        """Checks, as `check` does, an article at `url` whose text came with a list (`reply`).

        `head`: the meta elements of the article's page, where the list repeats them. Reservations in the list's own
        headers hold for the texts in it, except `noindex`, which WordPress sends with every list and means of the list.
        """
        if not agreed:
            self._check_mining(replace(reply, body=b""), [])
            _check_directives(reply, [], ("noarchive", "noai"))
        self.check(FetchReply(url, 200, {}, head.encode()), agreed=agreed)

    def _check_mining(self, page: FetchReply, metas: list[tuple[str, str]]) -> None:
        """Checks TDMRep: the page's meta element first, then the header, then the file of the host."""
        for said, where in ((dict(metas), "page"), (page.headers, "header")):
            if "tdm-reservation" in said:
                if said["tdm-reservation"].strip() == "1":
                    raise RightsReserved("tdm-reservation", where, said.get("tdm-policy", ""))
                return
        parts = urlsplit(page.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        for rule in self._files.of(page.url):
            if rule.pattern.match(path):
                if rule.reserved:
                    raise RightsReserved("tdm-reservation", "tdmrep.json", rule.policy)
                return

    def _fetch(self, origin: str) -> tuple[tuple[_Rule, ...], float]:
        try:
            return parse_tdmrep(self._get(origin + WELL_KNOWN).body), KEPT_S
        except FetchRefused:
            return (), KEPT_S
        except FetchFailed as error:
            if error.reason == "stopped":
                raise
            raise FetchFailed("tdmrep-unreachable", f"tdmrep.json could not be fetched: {error.message}") from error


def parse_tdmrep(body: bytes) -> tuple[_Rule, ...]:
    """Parses a tdmrep.json; no rules when the body is something else, such as the page that many servers send."""
    try:
        listed = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    rules = []
    for entry in (listed if isinstance(listed, list) else [])[:MAX_RULES]:
        location = entry.get("location") if isinstance(entry, dict) else None
        if not isinstance(location, str) or not 0 < len(location) <= MAX_PATTERN_CHARS:
            continue
        # As in robots.txt: the beginning of a path, `*` for any characters, a last `$` for its end.
        location = urlsplit(location).path or "/" if "://" in location else location
        location = location if location.startswith(("/", "*")) else f"/{location}"
        first, *rest = re.sub(r"\*+", "*", location.removesuffix("$")).split("*")
        # Atomic groups, so that many stars cost no more than one.
        path = re.escape(first) + "".join(f"(?>.*?{re.escape(part)})" for part in rest)
        pattern = re.compile(path + "$" * location.endswith("$"))
        reserved = str(entry.get("tdm-reservation", "")).strip() == "1"
        rules.append(_Rule(pattern, reserved, str(entry.get("tdm-policy") or "")))
    return tuple(rules)


def _check_directives(page: FetchReply, metas: list[tuple[str, str]], forbidding: Sequence[str]) -> None:
    said, ours = [], True
    # `name: a, b` in X-Robots-Tag is for that robot alone, up to the next name.
    for part in page.headers.get("x-robots-tag", "").lower().split(","):
        name, colon, rest = part.strip().partition(":")
        if colon and name.strip() not in DIRECTIVES_WITH_VALUE:
            ours, part = name.strip() == AGENT.lower(), rest
        said += [("header", part)] if ours else []
    for name, content in metas:
        if name in ("robots", AGENT.lower()):
            said += [("page", word) for word in content.lower().split(",")]
    for where, word in said:
        if word.strip() in forbidding:
            raise RightsReserved("noindex" if word.strip() == "none" else word.strip(), where)


def meta_tags(body: bytes) -> list[tuple[str, str]]:
    """Returns the name (in lower case) and the content of each meta element in the page's head."""
    found = []
    for tag in META.findall(body[:HEAD_BYTES]):
        text = tag.decode("utf-8", "replace")
        name, content = NAME.search(text), CONTENT.search(text)
        if name and content:
            found.append((name[1].lower(), unescape(next(g for g in content.groups() if g is not None))))
    return found
