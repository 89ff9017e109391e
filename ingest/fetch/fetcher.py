"""Fetches one address: asks robots.txt, waits for the host, follows redirects, limits sizes, retries. Start reading
here."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from importlib.metadata import version
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import httpx

from ingest.fetch.addresses import HostThrottle, Resolve, check_url
from ingest.fetch.outcomes import FetchFailed, FetchRefused, FetchReply, Validators
from ingest.fetch.replies import ACCEPT, ACCEPTED_ENCODINGS, REDIRECTS, Kind, check_body, failure, read_bounded
from ingest.fetch.reservations import AGENT, MAX_BYTES, Reservations, Robots
from ingest.fetch.transport import (
    NETWORK_ERRORS,
    Deadline,
    GuardedBackend,
    as_fetch_failed,
    guarded_pool,
    open_response,
    resolve,
)
from rag.config import IngestSettings

REDIRECTS_MOST = 5
FIRST_PAUSE_S = 0.5
WAITED_MOST_S = 30.0  # a longer Retry-After ends this visit; the next one comes after it
TRANSIENT_REASONS = ("connection", "broken-off", "timeout", "server-error", "too-many-requests")
NO_VALIDATORS = Validators()


class Fetcher:
    """Fetches pages, feeds and rules. Safe to use from many threads.

    Sends no cookies and no passwords, uses no proxy, and checks every address first.
    """

    def __init__(
        self, settings: IngestSettings, *, stopped: Callable[[], bool] = lambda: False, resolve: Resolve = resolve
    ) -> None:
        self._settings = settings
        self._stopped = stopped
        self._deadline = Deadline(stopped)
        backend = GuardedBackend(self._deadline, allow_private=settings.allow_private, resolve=resolve)
        self._pool = guarded_pool(backend, connections=settings.concurrency)
        self._throttle = HostThrottle(stopped=stopped)
        self._robots = Robots(self._rules)
        self.reservations = Reservations(self._rules)
        self.agent = f"{AGENT}/{version('telal')} (news archive; {settings.contact or 'no contact given'})"

    def get(
        self, url: str, kind: Kind, *, validators: Validators = NO_VALIDATORS, delay_s: float | None = None
    ) -> FetchReply:
        """Fetches an address and follows its redirects.

        `delay_s`: the pause after a request to the host; None: as the settings say. Raises FetchRefused, and
        FetchFailed once a temporary failure has been retried as often as the settings say.
        """
        attempt = 0
        while True:
            try:
                return self._follow(url, kind, validators, delay_s)
            except FetchFailed as error:
                asked_s = error.retry_after_s or 0.0
                last = attempt == self._settings.retries or asked_s > WAITED_MOST_S
                if last or error.reason not in TRANSIENT_REASONS:
                    raise
            self._sleep(max(FIRST_PAUSE_S * 2**attempt * random.uniform(0.5, 1.5), asked_s))
            attempt += 1

    def check_permission(self, url: str) -> None:
        """Raises FetchRefused when robots.txt disallows an address, for a text that came with a feed or an API."""
        self._robots.check(check_url(url, allow_private=self._settings.allow_private))

    def close(self) -> None:
        self._pool.close()

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _rules(self, url: str) -> FetchReply:
        """Fetches robots.txt or tdmrep.json, without asking robots.txt first and without retries."""
        return self._follow(url, "rules", NO_VALIDATORS, None)

    def _follow(self, url: str, kind: Kind, validators: Validators, delay_s: float | None) -> FetchReply:
        seen: set[str] = set()
        while len(seen) <= REDIRECTS_MOST:
            url = check_url(url, allow_private=self._settings.allow_private)
            if url in seen:
                raise FetchRefused("redirects", "The redirects go in a circle.")
            seen.add(url)
            asked = 0.0 if kind == "rules" else self._robots.check(url)
            own = self._settings.host_delay_s if delay_s is None else delay_s
            delay = max(own, asked) if kind != "rules" else 0.0
            reply = self._request(url, kind, validators, delay_s=delay)
            if reply.status not in REDIRECTS:
                if reply.status != 304:
                    check_body(reply, kind)
                return reply
            url = urljoin(url, reply.headers.get("location", "").strip() or url)
        raise FetchRefused("redirects", f"More than {REDIRECTS_MOST} redirects.")

    def _request(self, url: str, kind: Kind, validators: Validators, *, delay_s: float) -> FetchReply:
        """Sends one request when the host is free. Returns a redirect like any reply."""
        host = urlsplit(url).netloc
        with self._throttle.turn(host, delay_s=delay_s):
            self._deadline.until = time.monotonic() + self._settings.fetch_timeout_s
            try:
                return self._reply(url, kind, validators)
            except NETWORK_ERRORS as error:
                raise as_fetch_failed(error) from error
            except FetchFailed as error:
                if error.retry_after_s:
                    self._throttle.postpone(host, error.retry_after_s)
                raise
            except (httpx.InvalidURL, UnicodeError, ValueError) as error:
                raise FetchRefused("not-http", f"{url[:200]!r} cannot be asked for.", hint=str(error)) from error

    def _reply(self, url: str, kind: Kind, validators: Validators) -> FetchReply:
        with open_response(self._pool, url, self._headers(kind, validators)) as response:
            headers = dict(httpx.Headers(response.headers).items())
            failed = None if response.status in REDIRECTS else failure(response.status, headers)
            if failed is not None:
                raise failed
            body = b""
            if response.status not in (*REDIRECTS, 304):
                packed = headers.get("content-encoding", "")
                body = read_bounded(response.iter_stream(), packed, limit=self._limit(kind))
            return FetchReply(url, response.status, headers, body)

    def _limit(self, kind: Kind) -> int:
        limits = {"page": self._settings.page_max_bytes, "feed": self._settings.feed_max_bytes, "rules": MAX_BYTES}
        return limits.get(kind, self._settings.list_max_bytes)

    def _headers(self, kind: Kind, validators: Validators) -> dict[str, str]:
        headers = {"User-Agent": self.agent, "Accept": ACCEPT[kind], "Accept-Encoding": ACCEPTED_ENCODINGS}
        if validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators.modified:
            headers["If-Modified-Since"] = validators.modified
        return headers

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._stopped():
                raise FetchFailed("stopped", "Stopped before another try.")
            time.sleep(min(left, 0.2))
