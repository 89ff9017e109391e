"""Fetches one address: asks robots.txt, waits for the host, follows redirects, limits sizes. Start reading here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import httpx

from ingest.fetch.addresses import HostThrottle, Resolve, check_url
from ingest.fetch.outcomes import FetchFailed, FetchRefused, FetchReply
from ingest.fetch.replies import ACCEPT, ACCEPTED_ENCODINGS, REDIRECTS, Kind, check_body, failure, read_bounded
from ingest.fetch.reservations import AGENT, MAX_BYTES, Reservations, Robots
from ingest.fetch.transport import Deadline, GuardedBackend, guarded_pool, open_response, resolve
from rag.config import IngestSettings

REDIRECTS_MOST = 5


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
        self, url: str, kind: Kind, *, etag: str = "", modified: str = "", delay_s: float | None = None
    ) -> FetchReply:
        """Fetches an address and follows its redirects.

        `etag`, `modified`: of the reply that is known; the server may then say that nothing changed. `delay_s`: the
        pause after a request to the host; None: as the settings say. Raises FetchRefused, FetchFailed.
        """
        known = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {"User-Agent": self.agent, "Accept": ACCEPT[kind], "Accept-Encoding": ACCEPTED_ENCODINGS}
        headers |= {name: value for name, value in known.items() if value}
        seen: set[str] = set()
        while len(seen) <= REDIRECTS_MOST:
            url = check_url(url, allow_private=self._settings.allow_private)
            if url in seen:
                raise FetchRefused("redirects", "The redirects go in a circle.")
            seen.add(url)
            pause_s = 0.0
            if kind != "rules":
                pause_s = max(self._settings.host_delay_s if delay_s is None else delay_s, self._robots.check(url))
            reply = self._request(url, kind, headers, delay_s=pause_s)
            if reply.status not in REDIRECTS:
                if not reply.not_modified:
                    check_body(reply, kind)
                return reply
            url = urljoin(url, reply.headers.get("location", "").strip() or url)
        raise FetchRefused("redirects", f"More than {REDIRECTS_MOST} redirects.")

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
        return self.get(url, "rules")

    def _request(self, url: str, kind: Kind, headers: Mapping[str, str], *, delay_s: float) -> FetchReply:
        """Sends one request when the host is free. Returns a redirect like any reply."""
        host, settings = urlsplit(url).netloc, self._settings
        limits = {"page": settings.page_max_bytes, "feed": settings.feed_max_bytes, "rules": MAX_BYTES}
        with self._throttle.turn(host, delay_s=delay_s):
            self._deadline.until = time.monotonic() + settings.fetch_timeout_s
            try:
                with open_response(self._pool, url, headers) as response:
                    said = dict(httpx.Headers(response.headers).items())
                    if response.status in REDIRECTS or response.status == 304:
                        return FetchReply(url, response.status, said)
                    if failed := failure(response.status, said):
                        raise failed
                    limit = limits.get(kind, settings.list_max_bytes)
                    body = read_bounded(response.iter_stream(), said.get("content-encoding", ""), limit=limit)
                    return FetchReply(url, response.status, said, body)
            except FetchFailed as error:
                if error.retry_after_s:
                    self._throttle.postpone(host, error.retry_after_s)
                raise
