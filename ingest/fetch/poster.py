"""Posts to an address that somebody gave: only to the public Internet, without a redirect, within a deadline."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from ingest.fetch.addresses import WEB_PORTS, Resolve, check_url
from ingest.fetch.outcomes import FetchFailed, FetchRefused
from ingest.fetch.transport import Deadline, GuardedBackend, guarded_pool, open_response, resolve

DEADLINE_S = 10.0  # for the whole request, from connecting to the reply's head
_READ = 4096  # bytes of a reply that are looked at


class Poster:
    """Sends bodies. Safe to use from many threads. Every address is checked when it is connected to."""

    def __init__(
        self,
        *,
        allow_private: bool,
        connections: int,
        resolve: Resolve = resolve,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._allow_private, self._deadline_s = allow_private, deadline_s
        self._deadline = Deadline(lambda: False)
        self._backend = GuardedBackend(self._deadline, allow_private=allow_private, resolve=resolve)
        self._pool = guarded_pool(self._backend, connections=connections)

    def check(self, url: str) -> str:
        """Returns the address without its fragment. Raises FetchRefused and FetchFailed where nothing may be sent."""
        url = check_url(url, allow_private=self._allow_private)
        parts = urlsplit(url)
        self._backend.addresses(parts.hostname or "", parts.port or WEB_PORTS[parts.scheme == "https"])
        return url

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, deadline_s: float = math.inf, read: bool = False
    ) -> bytes:
        """Sends a body; any status from 200 to 299 says that it arrived. Returns the beginning of the reply if it is
        `read`. Raises FetchRefused, FetchFailed."""
        url = check_url(url, allow_private=self._allow_private)
        self._deadline.until = time.monotonic() + min(deadline_s, self._deadline_s)
        with open_response(self._pool, url, headers, method="POST", body=body) as reply:
            status, said = reply.status, b""
            for part in reply.iter_stream() if read else ():
                said += part
                if len(said) >= _READ:
                    break
        if 300 <= status < 400:
            raise FetchRefused("redirects", f"The address redirects ({status}), which is not followed.")
        if not 200 <= status < 300:
            raise FetchFailed("status", f"The address replied {status}.")
        return said[:_READ]

    def close(self) -> None:
        self._pool.close()
