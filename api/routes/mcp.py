"""The Model Context Protocol at /mcp: streamable HTTP, behind the same keys and limits as everything else."""

from __future__ import annotations

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api.auth.access import Access
from api.http.errors import NotAllowed, reply_for
from rag.errors import TelalError


class McpEndpoint:
    """An ASGI app. A page's origin must be known: a browser that is tricked into calling a server of its own machine

    (DNS rebinding) sends the tricking page's origin; other clients send none.
    """

    def __init__(self, manager: StreamableHTTPSessionManager, access: Access) -> None:
        self._manager, self._access = manager, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        try:
            origin = request.headers.get("origin")
            if origin is not None and not self._access.allows_origin(origin.lower()):
                raise NotAllowed("Pages of this origin may not call /mcp.", hint="See TELAL_SERVER__CORS_ORIGINS.")
            if request.method == "POST":
                await self._access.admit(request, "ask")
        except TelalError as error:
            await reply_for(error, request)(scope, receive, send)
            return
        await self._manager.handle_request(scope, receive, send)
