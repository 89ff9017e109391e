"""Guards fetching: only public Internet addresses, one request at a time for each host, with pauses."""

from __future__ import annotations

import ipaddress
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from ingest.fetch.outcomes import FetchFailed, FetchRefused

Resolve = Callable[[str, int], Sequence[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Beyond what Python's own registry (`is_global`) says in every version that is supported.
REFUSED_V4 = [
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade translation; 100.100.100.200 is a cloud's metadata
        "168.63.129.16/32",  # a cloud's metadata at a public address
        "192.0.0.0/24",
        "192.88.99.0/24",  # relays from IPv6
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
]
GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address stands in the last 32 bits
REFUSED_V6 = [
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: leads to an IPv4 address of the sender's choice
        "3fff::/20",
    )
]
WEB_PORTS = (80, 443)
FIRST_FREE_PORT = 1024
CONTROL = re.compile(r"[\x00-\x20\x7f\\]")


def is_public(address: Address) -> bool:
    """Tells whether the address belongs to the public Internet. Checks an IPv4 address that it wraps, too."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in network for network in REFUSED_V4)
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    isatap = (int(address) >> 32) & 0xFDFFFFFF == 0x00005EFE  # RFC 5214: an IPv4 address behind 0:5efe
    if isatap and not is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)):
        return False
    return address in GLOBAL_V6 and address.is_global and not any(address in network for network in REFUSED_V6)


def parse_address(text: str) -> Address:
    """Reads an address as the resolver gives it; a zone (`fe80::1%eth0`) is dropped."""
    return ipaddress.ip_address(text.partition("%")[0])


def check_url(url: str, *, allow_private: bool) -> str:
    """Returns the URL without its fragment. Raises FetchRefused when it is not the URL of a web page."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise FetchRefused("not-http", f"{url[:200]!r} is not an address.", hint=str(error)) from error
    if parts.scheme not in ("http", "https") or not host:
        raise FetchRefused("not-http", f"{url[:200]!r} is not an http address.")
    if CONTROL.search(url):
        raise FetchRefused("not-http", f"{url[:200]!r} holds a space, a backslash or a control character.")
    if parts.username is not None or parts.password is not None:
        raise FetchRefused("not-http", f"The address of {host} holds a name or a password.")
    if not allow_private and port is not None and port not in WEB_PORTS and port < FIRST_FREE_PORT:
        raise FetchRefused("private-address", f"Port {port} of {host} is not one of web servers.")
    return parts._replace(fragment="").geturl()


SLICE_S = 0.2
LONGEST_WAIT_S = 60.0  # a host that asks for a longer pause is visited again later, instead of waited for


class HostThrottle:
    """Allows one request at a time to each host, with pauses between them.

    It covers this process. Other processes visit other outlets, which each process claims as a whole.
    """

    def __init__(self, *, stopped: Callable[[], bool]) -> None:
        self._stopped = stopped
        self._locks: dict[str, threading.Lock] = {}
        self._free_at: dict[str, float] = {}  # time.monotonic()

    @contextmanager
    def turn(self, host: str, *, delay_s: float) -> Iterator[None]:
        """Waits until no other thread talks to the host, and keeps it free for `delay_s` seconds afterwards.

        Raises FetchFailed when the host asked for a pause of more than a minute, or somebody asks to stop.
        """
        lock = self._locks.setdefault(host.lower(), threading.Lock())
        while not lock.acquire(timeout=SLICE_S):
            self._check_stop()
        try:
            left = self._pause_end(host) - time.monotonic()
            if left > LONGEST_WAIT_S:
                raise FetchFailed("postponed", f"{host} asked to be left alone.", retry_after_s=left)
            while (left := self._pause_end(host) - time.monotonic()) > 0:
                self._check_stop()
                time.sleep(min(left, SLICE_S))
            try:
                yield
            finally:
                self.postpone(host, delay_s)
        finally:
            lock.release()

    def postpone(self, host: str, seconds: float) -> None:
        """Sends no request to the host for so many seconds, as its Retry-After asks."""
        self._free_at[host.lower()] = max(self._pause_end(host), time.monotonic() + seconds)

    def _pause_end(self, host: str) -> float:
        return self._free_at.get(host.lower(), 0.0)

    def _check_stop(self) -> None:
        if self._stopped():
            raise FetchFailed("stopped", "Stopped while waiting for a host.")
