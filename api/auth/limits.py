"""Rate limits, counted in memory or in Redis. The only import of the library `limits`."""

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
_PAUSE_S = 1.0  # nobody else waits for it then

log = logging.getLogger("telal.api")


@dataclass(frozen=True, slots=True)
class LimitStatus:
    """What is left of a limit. The header fields are those of draft-ietf-httpapi-ratelimit-headers-10."""

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
    """Counts visits in sliding windows. When Redis does not answer in time, everybody is admitted and the log says
    so."""

    def __init__(self, url: str) -> None:
        """Raises BadSettings for an address that is none, or when the redis package is missing."""
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
        """Counts one visit against every rate. Returns the tightest status, None without rates."""
        standings: list[LimitStatus] = []
        for item in parse_rates(rates):
            if time.monotonic() < self._paused_until:
                break
            try:
                standings.append(await self._surely(name, item, who))
            except StorageError as error:
                self._paused_until = time.monotonic() + _PAUSE_S
                log.error("Visits cannot be counted, so nobody is limited: %s", error)
            if standings and not standings[-1].allowed:
                break
        return min(standings, key=lambda s: (s.allowed, s.remaining / s.quota), default=None)

    async def _surely(self, name: str, item: RateLimitItem, who: tuple[str, ...]) -> LimitStatus:
        """Retries over a new connection: after a restart of Redis all kept ones are dead."""
        try:
            return await self._standing(name, item, who)
        except StorageError:
            bridge: Any = self._storage.bridge if isinstance(self._storage, RedisStorage) else None
            if bridge is None:
                raise
            try:
                await bridge.get_connection().connection_pool.disconnect(inuse_connections=False)
            except bridge.base_exceptions as error:  # all are closed, one not in the time that it had
                log.info("A connection to Redis failed to close: %s", error)
            return await self._standing(name, item, who)

    async def _standing(self, name: str, item: RateLimitItem, who: tuple[str, ...]) -> LimitStatus:
        allowed = await self._rates.hit(item, name, *who)
        window = await self._rates.get_window_stats(item, name, *who)
        reset_s = max(1, math.ceil(window.reset_time - time.time()))
        return LimitStatus(allowed, name, item.amount, item.get_expiry(), max(0, window.remaining), reset_s)


@cache
def parse_rates(rates: str) -> tuple[RateLimitItem, ...]:
    """Rates such as `60/minute;2000/day`, the shortest window first; raises BadSettings."""
    if rates.strip() in ("", "none"):
        return ()
    try:
        return tuple(sorted(parse_many(rates), key=lambda item: item.get_expiry()))
    except ValueError as error:
        raise BadSettings(f"{rates!r} is no rate limit.", hint="Write it as 60/minute;2000/day, or none.") from error
