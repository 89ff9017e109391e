"""Turns every failure into a problem of RFC 9457 (`application/problem+json`): what happened and what to do, never a
traceback."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from api.http.plain_pages import as_page, error_page, language_of, wants_page
from rag.errors import ChatUnavailable, PermanentError, TelalError, TransientError

log = logging.getLogger("telal.api")

PROBLEM_TYPE = "application/problem+json"
_OPENAI_PATHS = ("/v1/chat/", "/v1/models")
_MOST_ERRORS = 10  # a body of 1 MB can be wrong in 100,000 places
# Their messages name paths and addresses of the server: they go to the log, the reader gets the title.
_INTERNAL = frozenset(
    (
        "error fault archive-broken archive-busy archive-too-new archive-unavailable bad-settings directory-owned "
        "disk-full model-broken model-mismatch model-missing not-installed read-only "
        "chat-unavailable"
    ).split()
)


class ClientGone(Exception):
    """The client closed the connection, so nobody gets a reply."""


class Busy(TransientError):
    """Too many questions at once."""

    kind = "busy"
    retry_after_s = 2


class ServerStopping(TransientError):
    """The server is stopping."""

    kind = "stopping"


class TimedOut(TransientError):
    """The answer took too long."""

    kind, http_status = "timed-out", 504


class TooManyRequests(TransientError):
    """Too many requests."""

    kind, http_status = "too-many-requests", 429
    retry_after_s = 60


class TranslationsSpent(TransientError):
    """The day's translations are used up."""

    kind, http_status = "translations-spent", 429
    retry_after_s = 3600


# Kind of a problem that has no class of its own -> status and title.
KINDS: dict[str, tuple[int, str]] = {
    "fault": (500, "Something went wrong inside the server"),
    "malformed-json": (400, "The request body is not valid JSON"),
    "method-not-allowed": (405, "Another method is needed"),
    "no-key": (401, "A key is needed"),
    "no-language-model": (404, "No language model is set"),
    "not-allowed": (403, "The key does not allow this"),
    "follows-full": (507, "There is no room for more followed questions"),
    "reports-full": (507, "There is no room for more reports"),
    "too-large": (413, "The request body is too large"),
    "wrong-content-type": (415, "The request body is not JSON"),
    "wrong-host": (421, "The request addresses this server by an unknown name"),
}


class RequestRefused(PermanentError):
    """A request that the server refuses. `kind` is one of KINDS, which gives its status and title."""

    def __init__(self, kind: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.kind = kind
        self.http_status, self.title = KINDS[kind]


def problem(error: TelalError, *, instance: str) -> dict[str, Any]:
    """Makes a problem object of an error, without internal details of the server."""
    title = error.title if isinstance(error, RequestRefused) else title_of(type(error))
    internal = error.kind in _INTERNAL
    return _object(
        error.kind,
        title,
        error.http_status,
        detail=f"{title}." if internal else error.message,
        hint="See the server's log for details." if internal else error.hint,
        instance=instance,
    )


def title_of(error: type[TelalError]) -> str:
    """Returns the title of a kind of error: the first line of its docstring."""
    return (error.__doc__ or "Error").strip().split("\n")[0].rstrip(".")


def _object(kind: str, title: str, status: int, *, detail: str, hint: str, instance: str) -> dict[str, Any]:
    return {
        "type": f"/problems/{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "hint": hint,
        "instance": instance,
    }


def openai_error(body: Mapping[str, Any]) -> dict[str, Any]:
    """Writes a problem as OpenAI's clients read errors."""
    kind = body["type"].rsplit("/", 1)[-1]
    message = f"{body['detail']} {body['hint']}".strip()
    return {"message": message, "type": kind, "param": None, "code": kind}


def reply_for(error: TelalError, request: Request, headers: Mapping[str, str] | None = None) -> Response:
    """Makes the reply to an error, with Retry-After where trying again may help."""
    if error.kind in _INTERNAL:  # a language model that fails is no fault of ours: where it was asked tells nothing
        trace = None if isinstance(error, ChatUnavailable) else error
        log.error("%s %s: %s", request.method, request.url.path, error, exc_info=trace)
    wait_s = getattr(error, "retry_after_s", 2 if isinstance(error, TransientError) else None)
    again = {"Retry-After": str(wait_s)} if wait_s is not None else {}
    if error.http_status == 401:
        again["WWW-Authenticate"] = "Bearer"
    return _reply(problem(error, instance=request.url.path), request, {**again, **(headers or {})})


def _reply(body: dict[str, Any], request: Request, headers: Mapping[str, str] | None = None) -> Response:
    """Makes the reply of a problem: a page for a browser that asked for one, JSON for everybody else; on OpenAI's
    routes with an `error` beside it, as RFC 9457 allows."""
    if not wants_page(request):
        if body["instance"].startswith(_OPENAI_PATHS):
            body = {**body, "error": openai_error(body)}
        return JSONResponse(body, body["status"], headers, media_type=PROBLEM_TYPE)
    missing = body["status"] == 404
    said = "" if missing else f"{body['detail']} {body['hint']}".strip()
    html = error_page("page_not_found" if missing else "page_failed", said, language_of(request))
    reply = as_page(html, status=body["status"])
    reply.headers.update(headers or {})
    return reply


def install(app: FastAPI) -> None:
    """Turns every failure of the app into a problem."""
    app.add_exception_handler(TelalError, _telal_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(ClientGone, lambda request, error: Response(status_code=499))


def _telal_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, TelalError)
    return reply_for(error, request)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(e["type"] == "json_invalid" for e in found):
        return _status_reply(request, 400, kind="malformed-json", detail="The request body is not valid JSON.")
    detail = "The request is not usable."
    if found:
        loc = found[0]["loc"]
        detail = f"{('.'.join(map(str, loc[1:])) or str(loc[0]))[:200]}: {found[0]['msg']}."
    body = _object(
        "bad-input",
        "A question, a record or a parameter is not usable",
        422,
        detail=detail,
        hint="The OpenAPI description at /openapi.json says what is allowed.",
        instance=request.url.path,
    )
    body["errors"] = [{"pointer": _pointer(e["loc"]), "detail": str(e["msg"])} for e in found[:_MOST_ERRORS]]
    return _reply(body, request)


def _pointer(loc: Sequence[Any]) -> str:
    """Writes a place as a JSON pointer (RFC 6901) that begins with body, query or path."""
    return "".join("/" + str(part)[:100].replace("~", "~0").replace("/", "~1") for part in loc)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 404:
        detail = f"There is nothing at {request.url.path[:200]}."
    elif error.status_code == 405:
        detail = f"{request.method} is not allowed at {request.url.path[:200]}."
    elif error.status_code == 413:
        return reply_for(RequestRefused("too-large", str(error.detail), hint="Send less."), request, headers)
    elif error.status_code == 400:
        detail = "The request body is not valid JSON."
    else:
        detail = str(error.detail)
    return _status_reply(request, error.status_code, detail=detail, headers=headers)


def _status_reply(
    request: Request, status: int, *, detail: str, kind: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    title = HTTPStatus(status).phrase
    kind = kind or title.lower().replace(" ", "-")
    hint = "The OpenAPI description at /openapi.json lists what there is." if status in (404, 405) else ""
    body = _object(kind, title, status, detail=detail, hint=hint, instance=request.url.path)
    return _reply(body, request, headers)


def fault_reply(request: Request) -> Response:
    """Makes the reply to an internal error, whose details go to the log."""
    return _status_reply(request, 500, kind="fault", detail="Something went wrong inside the server.")
