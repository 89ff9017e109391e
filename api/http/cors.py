"""Which pages may call the API from a browser: exactly those that the settings or a public key name."""

from __future__ import annotations

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from api.auth.access import Access

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
