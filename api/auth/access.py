"""Decides by keys, origins and limits who may do what, before any work is done."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Security
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.requests import Request

from api.auth.keys import PUBLIC_SCOPES, Key, KeyStore
from api.auth.limits import Limiter, LimitStatus, parse_rates
from api.http.errors import NoKey, NotAllowed, TooManyRequests
from rag.config import ServerSettings

WRONG_KEYS = "10/minute"  # a visitor may try


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    visitor: str
    key: Key | None = None


class Access:
    """Keys, limits and origins of a server."""

    def __init__(self, keys: KeyStore, limiter: Limiter, settings: ServerSettings) -> None:
        self._keys, self._limiter, self._settings = keys, limiter, settings
        self._rates = {"ask": settings.ask_limit, "feedback": settings.feedback_limit}
        self._origins = frozenset(origin.rstrip("/") for origin in settings.cors_origins)
        for rates in (*self._rates.values(), settings.read_limit):
            parse_rates(rates)  # a wrong setting is told at the start

    def allows_origin(self, origin: str) -> bool:
        """Whether a page of this origin may call the API: by the settings, or by a public key."""
        return origin in self._origins or self._keys.by_origin(origin) is not None

    async def admit(self, request: Request, scope: str, *, counted_as: str = "") -> Caller:
        """The caller, counted as what the scope is for, or as something else. Raises NoKey, NotAllowed,
        TooManyRequests."""
        visitor = visitor_of(request)
        key = await self._key(request, visitor)
        if key is None and (self._settings.require_key or scope not in PUBLIC_SCOPES):
            raise NoKey("This needs a key.", hint="Send it as Authorization: Bearer telal_...")
        if key is not None and scope not in key.scopes:
            raise NotAllowed(f"The key {key.id} does not have the scope {scope}.", hint="Ask for a key that has it.")
        await self._count(request, counted_as or scope, visitor, key)
        return Caller(visitor, key)

    async def _key(self, request: Request, visitor: str) -> Key | None:
        token = token_of(request)
        if token is None:
            return self._keys.by_origin(origin_of(request))
        key = self._keys.by_token(token)
        if key is None:  # who has a right one is not kept waiting by others at the same address
            tried = await self._limiter.hit("wrong-keys", WRONG_KEYS, visitor)
            if tried is not None:
                require_room(tried)
            raise NoKey("The key is unknown, has expired or was revoked.", hint="Ask the operator for another.")
        if key.kind == "public" and origin_of(request) not in key.origins:
            raise NotAllowed("The key is for pages of other sites.", hint="`telal keys create` names the origins.")
        return key

    async def _count(self, request: Request, what: str, visitor: str, key: Key | None) -> None:
        """Counts a visit. A secret key acts for many people, so only its own limit applies."""
        rates = self._rates.get(what, self._settings.read_limit)
        standings: list[LimitStatus | None] = []
        if key is None or key.kind == "public":
            standings.append(await self._limiter.hit(what, rates, visitor, key.id if key else ""))
        if key is not None and key.limit and all(s is None or s.allowed for s in standings):
            standings.append(await self._limiter.hit("key", key.limit, key.id))
        for standing in standings:
            if standing is not None:
                send_with_reply(request, standing.headers)
                require_room(standing)


# Described to those who read the OpenAPI description; `token_of` reads both.
BEARER = HTTPBearer(auto_error=False, scheme_name="key", description="A secret key: `telal keys create NAME`.")
HEADER = APIKeyHeader(
    name="X-Telal-Key",
    auto_error=False,
    scheme_name="keyHeader",
    description="The same key, where a proxy uses the other.",
)


def needs(scope: str, *, counted_as: str = "") -> Callable[..., Awaitable[Caller]]:
    """A dependency that admits callers with this scope only."""

    async def admit(
        request: Request,
        _bearer: object = Security(BEARER, scopes=[scope]),
        _header: object = Security(HEADER, scopes=[scope]),
    ) -> Caller:
        access = request.app.state.access
        assert isinstance(access, Access)
        return await access.admit(request, scope, counted_as=counted_as)

    return admit


def token_of(request: Request) -> str | None:
    """The key that was sent. What does not look like one of our keys is ignored: OpenAI's clients must send
    something."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    token = request.headers.get("x-telal-key", "") or (value.strip() if scheme.lower() == "bearer" else "")
    return token if token.startswith("telal_") else None


def origin_of(request: Request) -> str:
    """The origin of the page that asks; browsers leave it out when a page reads from its own server."""
    origin = request.headers.get("origin", "")
    if not origin and request.headers.get("sec-fetch-site") == "same-origin":
        origin = f"{request.url.scheme}://{request.url.netloc}"
    return origin.lower()


def visitor_of(request: Request) -> str:
    """The caller's address; of IPv6 the network, as one household has 2^64 addresses."""
    address = address_of(request)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address or (request.client.host if request.client else ""))


def network_of(request: Request) -> str:
    """The caller's network, without the last part of the address."""
    address = address_of(request)
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False)) if address else ""


def address_of(request: Request) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The caller's address, of IPv4 where IPv6 only wraps it; None behind a socket of the machine."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def send_with_reply(request: Request, headers: dict[str, str]) -> None:
    """Header fields for the reply, whatever it is."""
    request.scope["state"].setdefault("headers", {}).update(headers)


def require_room(standing: LimitStatus) -> None:
    """Raises TooManyRequests when the limit is reached."""
    if standing.allowed:
        return
    error = TooManyRequests(
        f"More than {standing.quota} in {_span(standing.window_s)}.",
        hint=f"Come back in {standing.reset_s} seconds.",
    )
    error.retry_after_s = standing.reset_s
    raise error


def _span(seconds: int) -> str:
    return {60: "a minute", 3600: "an hour", 86400: "a day"}.get(seconds, f"{seconds} seconds")
