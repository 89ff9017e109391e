"""Counts requests against rate limits, in memory or in Redis. The only import of the library `limits`."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from limits import RateLimitItem, parse_many
from limits.aio.storage import RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string

from rag.errors import BadSettings

_WAIT_S = 0.5  # for Redis, which takes a millisecond when it is well
_PAUSE_S = 1.0  # after a failure, in which no request waits for Redis

log = logging.getLogger("telal.api")


@dataclass(frozen=True, slots=True)
class LimitStatus:
    """What is left of a limit. Its headers are those of draft-ietf-httpapi-ratelimit-headers-10."""

    allowed: bool
    name: str
    quota: int
    window_s: int
    remaining: int
    reset_s: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.quota};w={self.window_s}',
            "RateLimit": f'"{self.name}";r={self.remaining};t={self.reset_s}',
        }


class Limiter:
    """Counts visits in sliding windows. While Redis does not reply in time, it admits everybody and the log says so."""

    def __init__(self, url: str) -> None:
        """Raises BadSettings for a wrong address, or when the redis package is missing."""
        try:
            if url.startswith("memory"):
                storage = storage_from_string(f"async+{url}")
            else:
                waits: dict[str, Any] = {"socket_timeout": _WAIT_S, "socket_connect_timeout": _WAIT_S}
                storage = storage_from_string(f"async+{url}", wrap_exceptions=True, implementation="redispy", **waits)
        except (ConfigurationError, ValueError) as error:
            raise BadSettings(
                "TELAL_SERVER__LIMITS_URL cannot be used.",  # it may hold a password, and so may what `error` says
                hint="Use memory:// or redis://host:port (pip install 'telal[redis]').",
            ) from error
        assert isinstance(storage, Storage)
        self._storage, self._rates = storage, SlidingWindowCounterRateLimiter(storage)
        self._paused_until = 0.0

    async def close(self) -> None:
        """Closes the connections to Redis."""
        if isinstance(self._storage, RedisStorage):
            bridge: Any = self._storage.bridge
            await bridge.get_connection().aclose()

    async def hit(self, name: str, rates: str, *who: str) -> LimitStatus | None:
        """Counts a visit against every rate. Returns the status of the tightest limit; None without rates."""
        standings: list[LimitStatus] = []
        for item in parse_rates(rates):
            if time.monotonic() < self._paused_until:
                break
            try:
                standings.append(await self._hit_or_reconnect(name, item, who))
            except StorageError as error:
                self._paused_until = time.monotonic() + _PAUSE_S
                log.error("Visits cannot be counted, so nobody is limited: %s", error)
            if standings and not standings[-1].allowed:
                break
        return min(standings, key=lambda s: (s.allowed, s.remaining / s.quota), default=None)

    async def _hit_or_reconnect(self, name: str, item: RateLimitItem, who: tuple[str, ...]) -> LimitStatus:
        """Counts a visit, after a failure once more over a new connection: a restart of Redis ends all connections."""
        try:
            return await self._hit(name, item, who)
        except StorageError:
            bridge: Any = self._storage.bridge if isinstance(self._storage, RedisStorage) else None
            if bridge is None:
                raise
            try:
                await bridge.get_connection().connection_pool.disconnect(inuse_connections=False)
            except bridge.base_exceptions as error:  # the connections are closed all the same
                log.info("A connection to Redis failed to close: %s", error)
            return await self._hit(name, item, who)

    async def _hit(self, name: str, item: RateLimitItem, who: tuple[str, ...]) -> LimitStatus:
        allowed = await self._rates.hit(item, name, *who)
        window = await self._rates.get_window_stats(item, name, *who)
        reset_s = max(1, math.ceil(window.reset_time - time.time()))
        return LimitStatus(allowed, name, item.amount, item.get_expiry(), max(0, window.remaining), reset_s)


@cache
def parse_rates(rates: str) -> tuple[RateLimitItem, ...]:
    """Parses rates such as `60/minute;2000/day`, the shortest window first. Raises BadSettings."""
    if rates.strip() in ("", "none"):
        return ()
    try:
        return tuple(sorted(parse_many(rates), key=lambda item: item.get_expiry()))
    except ValueError as error:
        raise BadSettings(f"{rates!r} is no rate limit.", hint="Write it as 60/minute;2000/day, or none.") from error
