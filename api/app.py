"""The HTTP server in one function: `build_app(engine, settings)`. Start reading here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI

from api import errors, openapi
from api.access import Access
from api.cors import Cors
from api.deps import Services
from api.keys import KeyStore
from api.limits import Limiter
from api.middleware import Bodies, Faults, RequestId, SecurityHeaders
from api.pages import STATIC, SharedFiles, pages
from api.routes import articles, ask, health, openai, responses, search
from rag.config import Settings

if TYPE_CHECKING:
    from rag.engine import Engine

_ABOUT = (
    "Answers questions about Balkan news from an archive of articles. Every sentence of an answer carries the "
    "citations that it rests on: `article.text[start:end] == quote`, offsets in code points, end-exclusive. "
    "What the archive does not hold is refused, with the nearest articles. Errors are RFC 9457 problems."
)


def build_app(engine: Engine, settings: Settings) -> FastAPI:
    """The app over an engine that the caller opened and closes."""
    server = settings.server
    services = Services.over(engine, settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        services.close()

    app = FastAPI(
        title="Telal",
        version=version("telal"),
        description=_ABOUT,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,  # FastAPI's pages load their scripts from a third party
        redoc_url=None,
        lifespan=lifespan,
    )
    access = Access(KeyStore(settings.data_dir), Limiter(server.limits_url), server)
    app.state.services, app.state.access = services, access
    for part in (ask, search, articles, openai, responses, health):
        app.include_router(part.router)
    app.include_router(pages())
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
