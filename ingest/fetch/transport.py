"""The network below every fetch: resolves a name once, connects only to a public address of it, enforces a deadline.

The only import of httpcore. TLS is verified against the name, and the server is sent the name.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from ingest.fetch.addresses import Resolve, is_public, parse_address
from ingest.fetch.outcomes import FetchFailed, FetchRefused

SLICE_S = 0.5  # how soon a wait for the network notices that somebody asked to stop
CONNECT_S = 10.0
KEPT_S = 20.0


class Deadline(threading.local):
    """The deadline of the request that the current thread makes. Bytes that come slowly do not extend it."""

    def __init__(self, stopped: Callable[[], bool]) -> None:
        self._stopped = stopped
        self.until = float("inf")

    def seconds_left(self) -> float:
        """Returns the seconds until the deadline. Raises FetchFailed when it has passed or somebody asked to stop."""
        if self._stopped():
            raise FetchFailed("stopped", "Stopped while fetching.")
        left = self.until - time.monotonic()
        if left <= 0:
            raise FetchFailed("timeout", "The server was too slow.", hint="TELAL_INGEST__FETCH_TIMEOUT_S.")
        return left


def resolve(host: str, port: int) -> list[str]:
    """Asks the system for every address of a host name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to the address that was just resolved and checked, so that a second, different answer is never used."""

    def __init__(self, deadline: Deadline, *, allow_private: bool, resolve: Resolve = resolve) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
        self._resolve = resolve
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        error: Exception | None = None
        for address in self.addresses(host, port):
            limit = min(CONNECT_S, self._deadline.seconds_left())
            try:
                stream = self._network.connect_tcp(address, port, limit, local_address, socket_options)
                return DeadlineStream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
        raise httpcore.ConnectError(f"no connection to {host}: {error}")

    def addresses(self, host: str, port: int) -> Sequence[str]:
        """Resolves a name. Raises FetchRefused, FetchFailed.

        One private address among public ones refuses the name: such answers are made to slip through.
        """
        try:
            found = self._resolve(host, port)
            private = [a for a in found if not is_public(parse_address(a))]
        except (OSError, UnicodeError, ValueError) as error:
            raise FetchFailed("dns", f"The name {host} is not found.", hint=str(error)) from error
        if private and not self._allow_private:
            raise FetchRefused(
                "private-address",
                f"{host} leads to {private[0]}, which is not an address of the public Internet.",
                hint="TELAL_INGEST__ALLOW_PRIVATE=true allows it.",
            )
        if not found:
            raise FetchFailed("dns", f"The name {host} has no address.")
        return found


class DeadlineStream(httpcore.NetworkStream):
    """A connection on which no thread waits beyond its deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while True:
            left = self._deadline.seconds_left()
            try:
                return self._stream.read(max_bytes, min(SLICE_S, left))
            except httpcore.ReadTimeout:
                continue

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.seconds_left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = min(CONNECT_S, self._deadline.seconds_left())
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, limit), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def guarded_pool(backend: GuardedBackend, *, connections: int) -> httpcore.ConnectionPool:
    """Makes a pool of connections without a proxy: behind one nobody could tell which address a request reaches."""
    return httpcore.ConnectionPool(
        ssl_context=httpx.create_ssl_context(trust_env=False),
        max_connections=4 * connections,
        max_keepalive_connections=connections,
        keepalive_expiry=KEPT_S,
        network_backend=backend,
    )


@contextmanager
def open_response(
    pool: httpcore.ConnectionPool, url: str, headers: Mapping[str, str], *, method: str = "GET", body: bytes = b""
) -> Iterator[httpcore.Response]:
    """Sends a request; the reply's body can be read inside the block. Raises FetchRefused, FetchFailed."""
    try:
        parts = httpx.URL(url)  # which writes a name of other letters as servers are asked for it
        asked = httpcore.URL(scheme=parts.raw_scheme, host=parts.raw_host, port=parts.port, target=parts.raw_path)
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        limits = {"timeout": {"pool": CONNECT_S}}
        with pool.stream(method, asked, headers=sent, content=body, extensions=limits) as response:
            yield response
    except NETWORK_ERRORS as error:
        said = str(error)[:300]
        if "CERTIFICATE" in str(error).upper() or "SSL" in str(error).upper():
            raise FetchFailed("tls", "No secure connection to the server.", hint=said) from error
        if isinstance(error, httpcore.TimeoutException):
            hint = "TELAL_INGEST__FETCH_TIMEOUT_S."
            raise FetchFailed("timeout", "The server was too slow.", hint=hint) from error
        if isinstance(error, httpcore.ConnectError):
            raise FetchFailed("connection", "The server refuses connections.", hint=said) from error
        raise FetchFailed("broken-off", "The connection broke off.", hint=said) from error
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise FetchRefused("not-http", f"{url[:200]!r} cannot be asked for.", hint=str(error)) from error


NETWORK_ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    OSError,
)
