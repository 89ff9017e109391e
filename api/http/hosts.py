"""Which names the server answers to where an answer is worth stealing: `/mcp`, `/metrics` and the admin routes.

A page of somebody else may have its own name resolved to this machine, and its reader's browser then calls the server
as if it were that page's own (DNS rebinding). Such a call names the page's host; nobody can own `localhost` or an
address.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.access import Access
from api.http.errors import WrongHost, reply_for

GUARDED = ("/mcp", "/metrics", "/v1/admin")


class Hosts:
    """Refuses a request for one of the guarded paths whose `Host` is neither an address nor one of `names`."""

    def __init__(self, app: ASGIApp, *, names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(("localhost", *(name.casefold() for name in names)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _guarded(scope["path"]) and not self._answers_to(Headers(scope=scope)):
            refusal = WrongHost(
                "This path is not served under the name that the request gives.",
                hint="Use the server's address, or name the host in TELAL_SERVER__HOSTS.",
            )
            await reply_for(refusal, Request(scope))(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _answers_to(self, headers: Headers) -> bool:
        given = headers.getlist("host")
        if "*" in self._names:
            return True
        host = _name(given[0]) if len(given) == 1 else ""
        return host in self._names or _is_address(host)


def _guarded(path: str) -> bool:
    return any(path == start or path.startswith(f"{start}/") for start in GUARDED)


def _name(host: str) -> str:
    """A host's name without its port, in small letters; "" for what is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


_ALLOWED = ("Accept-Language", "Authorization", "Content-Type", "If-None-Match", "Last-Event-ID", "X-Telal-Key")
_EXPOSED = ("ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id")


class Cors(CORSMiddleware):
    """Starlette's, with the origins looked up when they are asked for: a new key needs no restart. No cookies."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        super().__init__(
            app,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=_ALLOWED,
            expose_headers=_EXPOSED,
            max_age=600,
        )
        self._access = access

    def is_allowed_origin(self, origin: str) -> bool:
        return self._access.allows_origin(origin)
