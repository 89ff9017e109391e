"""Serves the pages, the widget, the API's page and the documentation, from folders of built files."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi import Path as PathParameter
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

import api.http.errors
import rag.errors
from api.answering.answer_stream import AnswerStream, AskedQuestion
from api.auth.access import needs
from api.deps import Services, ServicesOf
from api.http.errors import KINDS, title_of
from api.http.plain_pages import (
    PAGE_CSP,
    answer_page,
    as_page,
    ask_form,
    error_page,
    feed_link,
    language_of,
    preview,
    wants_page,
)
from api.http.story_page import story_page
from api.reader_data.shares import render_share
from api.schemas.replies import article_for_readers
from api.schemas.requests import Day, Language, Name, Text
from rag.answer.tellings import LEAST
from rag.errors import Erased, NotFound, TelalError, TransientError
from rag.shown import cut_story
from rag.text.messages import message
from rag.types import AnswerKind, Filters

STATIC = Path(__file__).parents[1] / "static"
REFERENCE = Path(__file__).parents[1] / "reference"
SITE = Path(__file__).parents[1] / "site"  # `make docs` builds it from docs/

_PAGE = {"content-security-policy": PAGE_CSP, "cache-control": "no-cache"}
# Sites of other origins load the widget as a module, which asks for CORS.
_SHARED = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "cache-control": "public, max-age=300",
}


class CrossOriginFiles(StaticFiles):
    """Serves files that pages of any origin may load."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        return _with(super().file_response(*args, **kwargs), _SHARED)  # type: ignore[arg-type]


class DocumentationFiles(StaticFiles):
    """Serves the built documentation, each page of which may run only the scripts in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._folder.is_dir():
            said, request = "`make docs` builds it from the folder docs.", Request(scope, receive)
            if not wants_page(request):
                raise NotFound("The documentation is not built here.", hint=said)
            html = error_page("page_no_docs", said, language_of(request))
            await as_page(html, status=404)(scope, receive, send)
            return
        await super().__call__(scope, receive, send)

    def file_response(self, full_path: str | os.PathLike[str], *args: object, **kwargs: object) -> Response:
        return _as_documentation(super().file_response(full_path, *args, **kwargs), str(full_path))  # type: ignore[arg-type]

    async def get_response(self, path: str, scope: Scope) -> Response:
        reply = await super().get_response(path, scope)
        if reply.status_code == 404 and isinstance(reply, FileResponse):  # the page for missing pages
            return _as_documentation(reply, str(reply.path))
        return reply


def _as_documentation(reply: Response, file: str) -> Response:
    """Sets the headers of a page, also of a 304, whose headers replace those that the browser has kept."""
    if file.endswith(".html"):
        reply.headers["content-security-policy"] = documentation_csp(file, os.stat(file).st_mtime_ns)
    reply.headers["cache-control"] = "no-cache"
    return reply


@lru_cache(maxsize=500)
def documentation_csp(file: str, changed_ns: int) -> str:
    """Makes the content security policy of a page: its own files, and the scripts in it by their hashes.

    `changed_ns` is when the page was written, so that a newer one is read again.
    """
    scripts = re.findall(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", Path(file).read_bytes(), re.DOTALL)
    hashes = {base64.b64encode(hashlib.sha256(script).digest()).decode() for script in scripts}
    allowed = " ".join(["'self'", *(f"'sha256-{one}'" for one in sorted(hashes))])
    return (
        f"default-src 'none'; script-src {allowed}; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
        "connect-src 'self'; img-src 'self' data:; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )


def install(app: FastAPI) -> None:
    """Adds the pages, the widget, the API's page and the documentation."""
    router, files = APIRouter(include_in_schema=False), CrossOriginFiles(directory=STATIC)
    about = StaticFiles(directory=REFERENCE)

    async def page(name: str, request: Request) -> Response:
        return _with(await files.get_response(name, request.scope), _PAGE)

    @router.api_route("/demo", methods=["GET", "HEAD"])
    @router.api_route("/embed", methods=["GET", "HEAD"])
    async def plain(request: Request) -> Response:
        return await page(f"{request.scope['route'].path[1:]}.html", request)

    @router.api_route("/desk", methods=["GET", "HEAD"])
    async def desk(request: Request) -> Response:
        opened = request.app.state.desk.sessions.open
        reply = _with(await page("desk.html" if opened else "nodesk.html", request), {"cache-control": "no-store"})
        reply.status_code = 200 if opened else 404
        return reply

    @router.api_route("/widget.js", methods=["GET", "HEAD"])
    async def widget(request: Request) -> Response:
        return await files.get_response("widget.js", request.scope)

    @router.api_route("/api/reference", methods=["GET", "HEAD"])
    async def reference(request: Request) -> Response:
        return _with(await about.get_response("index.html", request.scope), _PAGE)

    @router.api_route("/docs", methods=["GET", "HEAD"])
    async def documentation(request: Request) -> Response:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/docs/")

    @router.api_route("/problems/{kind}", methods=["GET", "HEAD"])
    async def problem(kind: str, request: Request) -> Response:
        if kind not in problem_kinds():
            raise NotFound("There is no such kind of problem.", hint="/docs/reference/problems/ lists them all.")
        return RedirectResponse(f"{request.scope.get('root_path', '')}/docs/reference/problems/#{kind}")

    app.include_router(_answer_pages())
    app.include_router(router)
    app.mount("/api/reference", about, name="reference")
    app.mount("/docs", DocumentationFiles(SITE), name="docs")
    app.mount("/static", files, name="static")


def _answer_pages() -> APIRouter:
    """The chat page, a shared answer on it, and an answer for who runs no JavaScript."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/", methods=["GET", "HEAD"])
    async def chat(request: Request) -> Response:
        question = request.query_params.get("q", "")[:2000]
        asked = [(name, value) for name, value in request.query_params.multi_items() if name in _ASKED]
        head = feed_link(f"/v1/follow.atom?{urlencode(asked)}") if question else ""
        return as_page(_chat_page(language_of(request), question=question, head=head))

    @router.api_route("/a/{share}", methods=["GET", "HEAD"])
    async def shared(share: str, request: Request, telal: ServicesOf) -> Response:
        language = language_of(request)
        if not re.fullmatch("[0-9a-f]{16}", share):
            if not wants_page(request):
                raise NotFound("This link names no answer.", hint="It may have been cut when it was copied.")
            return as_page(error_page("page_no_share", "", language), status=404)
        question, said, status = await telal.run(lambda: _shared(share, telal))
        html = _chat_page(language, question=question, title=question, description=said)
        return _with(as_page(html, status=status), {"x-robots-tag": "noindex"})

    @router.api_route("/ask", methods=["GET", "HEAD"], dependencies=[Depends(needs("ask"))])
    async def plain_answer(
        request: Request,
        telal: ServicesOf,
        q: Text,
        first: Annotated[Day | None, Query(alias="from")] = None,
        last: Annotated[Day | None, Query(alias="to")] = None,
        tags: Annotated[list[Language] | None, Query(alias="in", max_length=50)] = None,
        outlet: Annotated[list[Name] | None, Query(max_length=100)] = None,
    ) -> Response:
        language = language_of(request)
        filters = Filters(first, last, tuple(tags or ()), tuple(outlet or ()))
        asked = AskedQuestion(q, filters=filters, page_language=language)
        answer = await (await AnswerStream.begin(asked, request, telal)).answer()
        cited = answer.citations[0].article_id if answer.citations and answer.kind is AnswerKind.ANSWER else ""
        told = cited if cited and await telal.run(lambda: telal.story_counts.sources(cited)) >= LEAST else ""
        html = answer_page(answer, language, filters, told=told)
        return _with(as_page(html), {"x-robots-tag": "noindex, nofollow"})

    @router.api_route("/story/{article_id:path}", methods=["GET", "HEAD"], dependencies=[Depends(needs("search"))])
    async def story(
        article_id: Annotated[str, PathParameter(max_length=2000)],
        request: Request,
        telal: ServicesOf,
        since: Annotated[Day | Literal[""] | None, Query()] = None,
    ) -> Response:
        language, sight = language_of(request), await telal.sight(request)

        def find() -> str:
            archive = telal.engine.archive
            article_for_readers(archive, article_id)
            found = telal.engine.story(article_id, language, since=since or None)
            found = cut_story(found, archive.article, sight.level)
            told = telal.engine.tellings(article_id, language) if found.outlets >= LEAST else None
            return story_page(found, language, told)

        try:
            html, status = await telal.run(find), 200
        except (NotFound, Erased) as error:
            if not wants_page(request):
                raise
            html, status = error_page("page_no_story", "", language), error.http_status
        return _with(as_page(html, status=status), {"x-robots-tag": "noindex, nofollow"})

    return router


_ASKED = ("q", "from", "to", "in", "outlet")  # what an address asks; its feed has them by the same names
_STEPS = '<link rel="stylesheet" href="/static/steps.css">'


def _chat_page(language: str, *, question: str, title: str = "", description: str = "", head: str = "") -> str:
    """The chat page as it stands before its script runs: in the reader's language, with a field for who runs none, and
    what a preview of it shows: of a shared answer its question and what it says; `head`: more for its head."""
    heading = message("page_title", language)
    shown, said = title or f"Telal: {heading}", description or message("page_lead", language)
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    for old, new in (
        ('<html lang="en">', f'<html lang="{language}">'),
        (r'(?<=name="description" content=")[^"]*', escape(message("page_lead", language))),
        (r"<title>.*?</title>", f"<title>{escape(shown)}</title>{preview(shown, said)}{head}"),
        (r"<h1>.*?</h1>", f"<h1>{escape(heading)}</h1>"),
        (
            r"<noscript>.*?</noscript>",
            f'<noscript>{_STEPS}<div class="plain">{ask_form(language, question)}</div></noscript>',
        ),
    ):
        html = re.sub(old, lambda _, new=new: new, html, count=1, flags=re.DOTALL)  # type: ignore[misc]
    return html


def _shared(share: str, telal: Services) -> tuple[str, str, int]:
    """Of a shared answer its question, what it says in a line, and the status of its page: those that have ended
    are still a page, which says so."""
    try:
        answer = render_share(telal.shares.find(share), telal.engine.archive, telal.rights.sight(None).level)["answer"]
    except (NotFound, Erased) as error:
        return "", "", error.http_status
    said = [one.get("said") or one["text"] for one in answer["short"]] or [one["text"] for one in answer["sentences"]]
    outlets = dict.fromkeys(one["outlet"] for one in answer["citations"])
    return answer["question"], f"{', '.join(said[:3])} ({', '.join(outlets)})", 200


def _with(response: Response, headers: dict[str, str]) -> Response:
    response.headers.update(headers)
    return response


# By kind: what to do about it. A kind without an entry gets the advice of its branch of the tree.
_ADVICE: Mapping[str, str] = tomllib.loads(Path(__file__).with_name("problems.toml").read_text("utf-8"))
_PERMANENT = "Trying again will not help: change the request, or tell the operator of the server."
_TRANSIENT = "Try again after the seconds that the header Retry-After names."


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem, with what to do about it."""

    name: str
    status: int
    title: str
    advice: str


def problem_kinds() -> dict[str, ProblemKind]:
    """Returns every kind of problem by its name, sorted by name."""
    named = [value for module in (rag.errors, api.http.errors) for value in vars(module).values()]
    tree = [value for value in named if isinstance(value, type) and issubclass(value, TelalError)]
    found: dict[str, ProblemKind] = {}
    for error in tree:
        if "kind" in vars(error) and error is not TelalError:
            advice = _ADVICE.get(error.kind, _TRANSIENT if issubclass(error, TransientError) else _PERMANENT)
            found[error.kind] = ProblemKind(error.kind, error.http_status, title_of(error), advice)
    for name, (status, title) in KINDS.items():
        found[name] = ProblemKind(name, status, title, _ADVICE.get(name, _PERMANENT))
    return dict(sorted(found.items()))
