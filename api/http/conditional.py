"""ETag and 304 for what is read with GET under /v1: the tag is a digest of the reply, so it costs no bookkeeping."""

from __future__ import annotations

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Conditional:
    """Holds back JSON replies until they are whole, and sends none that the client has already."""

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
            if message["type"] == "http.response.start" and _is_json(message):
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


def _is_json(start: Message) -> bool:
    return start["status"] == 200 and Headers(scope=start).get("content-type", "").startswith("application/json")
