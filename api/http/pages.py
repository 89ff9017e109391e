"""The pages and the widget, from the folder of built files."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parents[1] / "static"
REFERENCE = Path(__file__).parents[1] / "reference"

PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html"
)
_PAGE = {"content-security-policy": PAGE_CSP, "cache-control": "no-cache"}
# Sites of other origins load the widget as a module, which asks for CORS.
_SHARED = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "cache-control": "public, max-age=300",
}


class SharedFiles(StaticFiles):
    """Files that pages of any origin may load."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        return _with(super().file_response(*args, **kwargs), _SHARED)  # type: ignore[arg-type]


def install(app: FastAPI, folder: Path = STATIC) -> None:
    """Adds the chat page, the demo page, the API's page and the widget; each revalidates by its ETag."""
    router, files = APIRouter(include_in_schema=False), SharedFiles(directory=folder)
    about = StaticFiles(directory=REFERENCE)

    async def page(name: str, request: Request) -> Response:
        return _with(await files.get_response(name, request.scope), _PAGE)

    @router.api_route("/", methods=["GET", "HEAD"])
    async def chat(request: Request) -> Response:
        return await page("index.html", request)

    @router.api_route("/demo", methods=["GET", "HEAD"])
    async def demo(request: Request) -> Response:
        return await page("demo.html", request)

    @router.api_route("/desk", methods=["GET", "HEAD"])
    async def desk(request: Request) -> Response:
        request.app.state.desk.sessions.must_be_open()
        return _with(await page("desk.html", request), {"cache-control": "no-store"})

    @router.api_route("/widget.js", methods=["GET", "HEAD"])
    async def widget(request: Request) -> Response:
        return await files.get_response("widget.js", request.scope)

    @router.api_route("/docs", methods=["GET", "HEAD"])
    async def reference(request: Request) -> Response:
        return _with(await about.get_response("index.html", request.scope), _PAGE)

    app.include_router(router)
    app.mount("/reference", about, name="reference")
    app.mount("/static", files, name="static")


def _with(response: Response, headers: dict[str, str]) -> Response:
    response.headers.update(headers)
    return response
