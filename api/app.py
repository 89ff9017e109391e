"""Builds the HTTP server in one function: `build_app(engine, settings)`. Start reading here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route
from starlette.types import Scope

from api.auth.access import AccessControl
from api.auth.keys import KeyStore
from api.deps import Services
from api.desk import routes
from api.desk.deps import DeskServices
from api.follow import routes as follow
from api.follow.sender import AT_ONCE, WebhookSender
from api.follow.watcher import FollowWatcher
from api.http import errors, openapi, pages
from api.http.middleware import (
    ApiCorsMiddleware,
    BodyLimitMiddleware,
    ETagMiddleware,
    FaultMiddleware,
    HostGuardMiddleware,
    ResponseHeadersMiddleware,
    SilenceMiddleware,
)
from api.mcp_tools import McpEndpoint, build_mcp, http_manager
from api.metrics import MetricsMiddleware
from api.routes import admin, archive, ask, health, openai, page, reader_data
from ingest.fetch.poster import Poster
from rag.config import Settings
from rag.newsroom import Newsroom

_ABOUT = (
    "Answers questions about Balkan news from an archive of articles. Every sentence of an answer carries the "
    "citations that it rests on: `article.text[start:end] == quote`, offsets in code points, end-exclusive. "
    "In doubt, the passages that come nearest are shown and the doubt is told. Errors are RFC 9457 problems."
)
_ROUTERS = (
    ask.router,
    archive.router,
    archive.article_router,
    page.router,
    reader_data.router,
    follow.router,
    openai.router,
    admin.router,
    health.router,
)


def build_app(engine: Newsroom, settings: Settings, *, on_stop: Callable[[], None] = lambda: None) -> FastAPI:
    """Builds the app over an open engine, which the caller closes, or has closed by `on_stop`. Raises BadSettings."""
    services = Services.over(engine, settings)
    keys = KeyStore(services.database)
    access = AccessControl(keys, services.limiter, settings.server)
    desk = DeskServices(services, keys)
    poster = Poster(allow_private=settings.ingest.allow_private, connections=AT_ONCE)
    watcher = FollowWatcher(services.quotes, services.follows, WebhookSender(services.webhooks, keys, poster))
    services.recorder.begin(lambda: desk.sessions.open)
    mcp = http_manager(build_mcp(services), max_body_bytes=settings.server.max_body_bytes)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        keys.follow()
        _ = services.answer_ids.secret  # made or read before the first answer needs it
        async with mcp.run():
            yield
        desk.close()
        watcher.close()
        keys.close()
        await services.limiter.close()
        services.close()
        on_stop()

    app = _describe(lifespan)
    app.state.services, app.state.access, app.state.desk = services, access, desk
    app.state.follow_watcher, app.state.poster = watcher, poster
    app.router.routes.append(Route("/mcp", McpEndpoint(mcp, access), include_in_schema=False))
    app.include_router(routes.router)
    pages.install(app)
    errors.install(app)
    _surround(app, services, access)
    return app


def description() -> dict[str, Any]:
    """Returns the OpenAPI description that a server has at `/openapi.json`, without an engine."""
    return _describe(None).openapi()


def _describe(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None) -> FastAPI:
    """Makes an app with the routes of the API and their description, but without the services that they need."""
    app = FastAPI(
        title="Telal",
        version=version("telal"),
        description=_ABOUT,
        generate_unique_id_function=lambda route: route.name,  # clients call it by
        openapi_tags=openapi.TAGS,
        servers=[{"url": "/", "description": "the server that sent this description"}],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,  # FastAPI's pages load their scripts from a third party
        redoc_url=None,
        lifespan=lifespan,
        # OpenTelemetry by its standard variables; a span holds the whole query of its request
        telemetry={"auto_configure": True, "logs": False, "exclude": _asks},
    )
    for router in _ROUTERS:
        app.include_router(router)
    openapi.install(app)
    return app


def _asks(scope: Scope) -> bool:
    """Whether a request's address holds a question, words searched for or a person's name, which no span may repeat."""
    return not {"q", "query", "name"}.isdisjoint(parse_qs(scope.get("query_string", b"").decode("latin-1")))


def _surround(app: FastAPI, services: Services, access: AccessControl) -> None:
    """Adds the middleware around the routes; the last one added is the outermost."""
    server = services.settings.server
    app.add_middleware(BodyLimitMiddleware, max_bytes=server.max_body_bytes, timeout_s=server.body_timeout_s)
    app.add_middleware(ETagMiddleware)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)  # leaves event streams alone
    if services.settings.archive.url is not None:  # only a server falls silent
        app.add_middleware(SilenceMiddleware, silent=services.readiness.silent)
    app.add_middleware(ApiCorsMiddleware, access=access)
    app.add_middleware(HostGuardMiddleware, names=(*server.hosts, server.host))
    app.add_middleware(FaultMiddleware)
    app.add_middleware(MetricsMiddleware, metrics=services.metrics)
    app.add_middleware(ResponseHeadersMiddleware)
