"""Checks keys, origins and limits before any work is done."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import Security
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.requests import Request

from api.auth.keys import PUBLIC_SCOPES, Key, KeyStore
from api.auth.limits import Limiter, LimitStatus, parse_rates
from api.http.errors import RequestRefused, TooManyRequests
from rag.config import ServerSettings

WRONG_KEYS = "10/minute"  # a visitor may try


class AccessControl:
    """Decides by keys, origins and limits who may do what."""

    def __init__(self, keys: KeyStore, limiter: Limiter, settings: ServerSettings) -> None:
        self._keys, self._limiter, self._settings = keys, limiter, settings
        self._rates = {
            "ask": settings.ask_limit,
            "feedback": settings.feedback_limit,
            "follow": settings.follow_limit,
        }
        self._origins = frozenset(origin.rstrip("/") for origin in settings.cors_origins)
        for rates in (*self._rates.values(), settings.read_limit):
            parse_rates(rates)  # raises BadSettings at the start

    def allows_origin(self, origin: str) -> bool:
        """Tells whether a page of this origin may call the API: by the settings, or by a public key."""
        return origin in self._origins or self._keys.by_origin(origin) is not None

    async def admit(self, request: Request, scope: str, *, counted_as: str = "") -> Key | None:
        """Admits a request that needs a scope, counts it, and returns its key if it has one.

        `counted_as`: the limit that it counts towards; default: that of the scope. Raises RequestRefused (`no-key`,
        `not-allowed`) and TooManyRequests.
        """
        visitor = visitor_of(request)
        key = await self._key(request, visitor)
        if key is None and (self._settings.require_key or scope not in PUBLIC_SCOPES):
            raise RequestRefused("no-key", "This needs a key.", hint="Send it as Authorization: Bearer telal_...")
        if key is not None and scope not in key.scopes:
            raise RequestRefused(
                "not-allowed", f"The key {key.id} does not have the scope {scope}.", hint="Ask for a key that has it."
            )
        await self._count(request, counted_as or scope, visitor, key)
        return key

    async def _key(self, request: Request, visitor: str) -> Key | None:
        token = token_of(request)
        if token is None:
            return self._keys.by_origin(origin_of(request))
        key = self._keys.by_token(token)
        if key is None:  # only wrong keys count: others at the same address must not lock out a right one
            tried = await self._limiter.hit("wrong-keys", WRONG_KEYS, visitor)
            if tried is not None:
                check_limit(tried)
            raise RequestRefused(
                "no-key", "The key is unknown, has expired or was revoked.", hint="Ask the operator for another."
            )
        if key.kind == "public" and origin_of(request) not in key.origins:
            raise RequestRefused(
                "not-allowed", "The key is for pages of other sites.", hint="`telal keys create` names the origins."
            )
        return key

    async def _count(self, request: Request, what: str, visitor: str, key: Key | None) -> None:
        """Counts a visit and raises TooManyRequests. For a secret key, which acts for many people, only its own limit
        holds."""
        rates = self._rates.get(what, self._settings.read_limit)
        standings: list[LimitStatus | None] = []
        if key is None or key.kind == "public":
            standings.append(await self._limiter.hit(what, rates, visitor, key.id if key else ""))
        if key is not None and key.limit and all(s is None or s.allowed for s in standings):
            standings.append(await self._limiter.hit("key", key.limit, key.id))
        for standing in standings:
            if standing is not None:
                send_with_reply(request, standing.headers)
                check_limit(standing)


# For the OpenAPI description; `token_of` reads both.
BEARER = HTTPBearer(auto_error=False, scheme_name="key", description="A secret key: `telal keys create NAME`.")
HEADER = APIKeyHeader(
    name="X-Telal-Key",
    auto_error=False,
    scheme_name="keyHeader",
    description="The same key, where a proxy uses the other.",
)


def needs(scope: str, *, counted_as: str = "") -> Callable[..., Awaitable[Key | None]]:
    """Makes a dependency that admits only requests with this scope, and returns their key if they have one."""

    async def admit(
        request: Request,
        _bearer: object = Security(BEARER, scopes=[scope]),
        _header: object = Security(HEADER, scopes=[scope]),
    ) -> Key | None:
        access = request.app.state.access
        assert isinstance(access, AccessControl)
        return await access.admit(request, scope, counted_as=counted_as)

    return admit


def token_of(request: Request) -> str | None:
    """Returns the key that was sent. What does not look like one of ours is ignored: OpenAI's clients must send
    something."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    token = request.headers.get("x-telal-key", "") or (value.strip() if scheme.lower() == "bearer" else "")
    return token if token.startswith("telal_") else None


def origin_of(request: Request) -> str:
    """Returns the origin of the page that asks. Browsers leave it out when a page reads from its own server."""
    origin = request.headers.get("origin", "")
    if not origin and request.headers.get("sec-fetch-site") == "same-origin":
        origin = f"{request.url.scheme}://{request.url.netloc}"
    return origin.lower()


def visitor_of(request: Request) -> str:
    """Returns the caller's address; of IPv6 the network, as one household has 2^64 addresses."""
    address = address_of(request)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address or (request.client.host if request.client else ""))


def network_of(request: Request) -> str:
    """Returns the caller's network: its address without the last part."""
    address = address_of(request)
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False)) if address else ""


def address_of(request: Request) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Returns the caller's address, as IPv4 where IPv6 only wraps it; None for a Unix socket."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def send_with_reply(request: Request, headers: dict[str, str]) -> None:
    """Adds header fields to the reply, whatever it will be."""
    request.scope["state"].setdefault("headers", {}).update(headers)


def check_limit(standing: LimitStatus) -> None:
    """Raises TooManyRequests when a limit is reached."""
    if standing.allowed:
        return
    span = {60: "a minute", 3600: "an hour", 86400: "a day"}.get(standing.window_s, f"{standing.window_s} seconds")
    error = TooManyRequests(
        f"More than {standing.quota} in {span}.",
        hint=f"Come back in {standing.reset_s} seconds.",
    )
    error.retry_after_s = standing.reset_s
    raise error


def check_same_origin(request: Request) -> None:
    """Raises RequestRefused for a request that a page of another origin sent, as browsers say in its headers."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    elsewhere = site not in (None, "same-origin") or (
        origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()
    )
    if elsewhere or (site is None and origin is None):
        raise RequestRefused(
            "not-allowed", "The request came from another site.", hint="Send it from a page of this server."
        )
