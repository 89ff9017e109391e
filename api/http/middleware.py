"""The middleware around every request, as plain ASGI (Starlette's BaseHTTPMiddleware would buffer streams)."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ipaddress
import logging
import re
import uuid
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.access import AccessControl
from api.http.errors import RequestRefused, fault_reply, reply_for
from api.readiness import WAITS_S, silent_archive

log = logging.getLogger("telal.api")

API_CSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "content-security-policy": API_CSP,
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_DRAIN_S, _DRAIN_IDLE_S, _DRAIN_BYTES = 10.0, 0.5, 200_000_000
_SMALL = {"/v1/feedback": 50_000}  # bytes, of bodies that are kept
_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))


class ResponseHeadersMiddleware:
    """Adds security headers and a new X-Request-Id to every reply. The client's own id could be that of another answer.

    Headers that a route puts into `scope["state"]["headers"]` are added too, such as the id of an answer. Headers that
    the reply has already stay.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        extra = {**_SECURITY, "x-request-id": uuid.uuid4().hex}
        scope["state"] = {**scope.get("state", {}), "headers": extra}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in extra.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sending)


class FaultMiddleware:
    """Replies to an unhandled exception with a problem, and writes its traceback to the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            if scope["type"] != "http" or begun:
                raise  # the server logs it and cuts the connection: half a reply must not pass for a whole one
            log.exception("%s %s failed", scope["method"], scope["path"])
            await fault_reply(Request(scope))(scope, receive, send)


class BodyLimitMiddleware:
    """Refuses bodies that are too large, too slow or not JSON, before anything reads them."""

    def __init__(self, app: ASGIApp, *, max_bytes: int, timeout_s: float) -> None:
        self._app, self._max_bytes, self._timeout_s = app, max_bytes, timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _WITH_BODY:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        has_body = length not in ("", "0") or "transfer-encoding" in headers
        refusal: RequestRefused | None = None
        most = min(self._max_bytes, _SMALL.get(scope["path"], self._max_bytes))
        if length.isdigit() and int(length) > most:
            refusal = _too_large(most)
        elif has_body and not (kind == "application/json" or re.fullmatch(r"application/.*\+json", kind)):
            refusal = RequestRefused(
                "wrong-content-type",
                "The request body is not declared as JSON.",
                hint="Send it with Content-Type: application/json.",
            )
        if refusal is None:
            await self._app(scope, self._limit(receive, most), send)
            return
        await _drain(receive)
        reply = reply_for(refusal, Request(scope))
        reply.headers["connection"] = "close"  # the rest of the body is not read
        await reply(scope, receive, send)

    def _limit(self, receive: Receive, most: int) -> Receive:
        """Counts bytes, as the declared length may be missing or wrong. Raises inside the app, which replies."""
        seen, whole = 0, False
        deadline = asyncio.get_running_loop().time() + self._timeout_s

        async def limited() -> Message:
            nonlocal seen, whole
            if whole:
                return await receive()  # waits for the client to go
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "The request body came too slowly.", {"Connection": "close"}) from None
            seen += len(message.get("body", b""))
            whole = message["type"] != "http.request" or not message.get("more_body", False)
            if seen > most:
                await _drain(receive)
                raise HTTPException(413, _too_large(most).message, {"Connection": "close"})
            return message

        return limited


def _too_large(most: int) -> RequestRefused:
    return RequestRefused(
        "too-large",
        f"The request body is larger than {most:,} bytes.",
        hint="Send less, or raise TELAL_SERVER__MAX_BODY_BYTES.",
    )


async def _drain(receive: Receive) -> None:
    """Reads and discards the rest of a request body.

    Most clients read no reply before they have sent everything, and closing with unread bytes resets the connection,
    which loses the reply. A client that sends on for long is cut off.
    """
    seen = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_S):
            while seen < _DRAIN_BYTES:
                async with asyncio.timeout(_DRAIN_IDLE_S):
                    message = await receive()
                seen += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


class ETagMiddleware:
    """Adds an ETag to JSON replies under /v1/, and replies 304 when the client has the same already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        start: Message = {}
        body = b""

        async def hold(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_json_reply(message):
                start = message
            elif not start:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    await _reply(start, body, Headers(scope=scope).get("if-none-match", ""), send)

        await self._app(scope, receive, hold)


async def _reply(start: Message, body: bytes, known: str, send: Send) -> None:
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'  # weak: gzip may follow
    headers = MutableHeaders(scope=start)
    headers["etag"] = tag
    headers.setdefault("cache-control", "private, no-cache")
    if tag in known:
        start["status"] = 304
        for name in ("content-length", "content-type"):
            del headers[name]
        body = b""
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _is_json_reply(start: Message) -> bool:
    return start["status"] == 200 and Headers(scope=start).get("content-type", "").startswith("application/json")


_ASKED = ("/v1/ask", "/v1/search", "/v1/suggestions", "/v1/chat/", "/mcp")  # POST that stores nothing
_OPERATORS = frozenset(("/livez", "/readyz", "/metrics"))


class SilenceMiddleware:
    """Gives a question that waits for a silent database back with 503, so that a proxy asks another machine.

    Without it, it waits for the statement's time-out, a minute. Only what may be asked again is given back, and only
    before the reply has begun. `silent`: whether nothing is heard of the database.
    """

    def __init__(self, app: ASGIApp, *, silent: Callable[[], Awaitable[bool]]) -> None:
        self._app, self._silent = app, silent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _may_be_asked_again(scope):
            await self._app(scope, receive, send)
            return
        begun = given_back = False

        async def watched(message: Message) -> None:
            nonlocal begun
            if not given_back:
                begun = True
                await send(message)

        asked = asyncio.ensure_future(self._app(scope, receive, watched))
        try:
            while not begun and not (await asyncio.wait({asked}, timeout=WAITS_S))[0]:
                if not begun and await self._silent() and not begun and not asked.done():
                    given_back = True
                    asked.add_done_callback(_retrieve)
                    await reply_for(silent_archive(), Request(scope))(scope, receive, send)
                    return
            await asked
        finally:
            asked.cancel()  # its thread goes on until the database speaks or is given up


def _may_be_asked_again(scope: Scope) -> bool:
    path: str = scope["path"]
    return (
        scope["method"] == "POST"
        and path.startswith(_ASKED)
        or (scope["method"] in ("GET", "HEAD") and path not in _OPERATORS)
    )


def _retrieve(asked: asyncio.Future[None]) -> None:
    """Takes what it raised, which nobody waits for, or asyncio would log it."""
    if not asked.cancelled():
        asked.exception()


GUARDED_PATHS = ("/mcp", "/metrics", "/v1/admin")


class HostGuardMiddleware:
    """Refuses requests for guarded paths whose `Host` is neither an IP address nor one of `names`.

    This stops DNS rebinding: a page lets its own host name point to this machine, and its reader's browser then calls
    this server as if it were the page's own. Such a call carries the page's host name. Guarded are the paths where a
    reply is worth stealing.
    """

    def __init__(self, app: ASGIApp, *, names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(("localhost", *(name.casefold() for name in names)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        guarded = scope["type"] == "http" and f"{scope['path']}/".startswith(tuple(f"{p}/" for p in GUARDED_PATHS))
        if guarded and not self._answers_to(Headers(scope=scope).getlist("host")):
            refusal = RequestRefused(
                "wrong-host",
                "This path is not served under the name that the request gives.",
                hint="Use the server's address, or add the host to TELAL_SERVER__HOSTS.",
            )
            await reply_for(refusal, Request(scope))(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _answers_to(self, given: list[str]) -> bool:
        if "*" in self._names:
            return True
        try:
            host = (urlsplit(f"//{given[0]}").hostname or "").rstrip(".") if len(given) == 1 else ""
            return host in self._names or bool(ipaddress.ip_address(host))
        except ValueError:
            return False


_ALLOWED = (
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "If-None-Match",
    "Last-Event-ID",
    "X-Telal-Key",
    "X-Telal-Reader",
)
_EXPOSED = ("ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id")


class ApiCorsMiddleware(CORSMiddleware):
    """Starlette's CORS, which looks each origin up when it asks, so that a new key needs no restart. No cookies."""

    def __init__(self, app: ASGIApp, *, access: AccessControl) -> None:
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
