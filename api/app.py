"""The HTTP server in one function: `build_app(engine, settings)`. Start reading here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.routing import Route

from api import errors, openapi
from api.access import Access
from api.cors import Cors
from api.deps import Services
from api.keys import KeyStore
from api.limits import Limiter
from api.mcp_tools import build_mcp, http_manager
from api.middleware import Bodies, Faults, RequestId, SecurityHeaders
from api.pages import STATIC, SharedFiles, pages
from api.routes import articles, ask, health, openai, responses, search
from api.routes.mcp import McpEndpoint
from rag.config import Settings
from rag.engine import Engine

_ABOUT = (
    "Answers questions about Balkan news from an archive of articles. Every sentence of an answer carries the "
    "citations that it rests on: `article.text[start:end] == quote`, offsets in code points, end-exclusive. "
    "What the archive does not hold is refused, with the nearest articles. Errors are RFC 9457 problems."
)


def build_app(engine: Engine, settings: Settings, *, on_stop: Callable[[], None] = lambda: None) -> FastAPI:
    """The app over an engine that the caller opened, and closes or has closed by `on_stop`."""
    server = settings.server
    services = Services.over(engine, settings)
    access = Access(KeyStore(settings.data_dir), Limiter(server.limits_url), server)
    mcp = http_manager(build_mcp(services), max_body_bytes=server.max_body_bytes)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with mcp.run():
            yield
        services.close()
        on_stop()

    app = FastAPI(
        title="Telal",
        version=version("telal"),
        description=_ABOUT,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,  # FastAPI's pages load their scripts from a third party
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.services, app.state.access = services, access
    for part in (ask, search, articles, openai, responses, health):
        app.include_router(part.router)
    app.include_router(pages())
    app.router.routes.append(Route("/mcp", McpEndpoint(mcp, access), include_in_schema=False))
    app.mount("/static", SharedFiles(directory=STATIC), name="static")
    errors.install(app)
    openapi.install(app)
    # the last added is the outermost
    app.add_middleware(Bodies, max_bytes=server.max_body_bytes, timeout_s=server.body_timeout_s)
    app.add_middleware(Cors, access=access)
    app.add_middleware(Faults)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestId)
    return app
