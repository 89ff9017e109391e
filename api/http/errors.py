"""Every failure as RFC 9457 `application/problem+json`: what happened, what to do, never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from rag.errors import PermanentError, TelalError, TransientError

log = logging.getLogger("telal.api")

PROBLEM_TYPE = "application/problem+json"
_OPENAI_PATHS = ("/v1/chat/", "/v1/responses", "/v1/embeddings", "/v1/models")
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
    """The client closed the connection; there is nobody to reply to."""


class Fault(TelalError):
    """Something went wrong inside the server."""

    kind = "fault"


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


class ReportsFull(PermanentError):
    """There is no room for more reports."""

    kind, http_status = "reports-full", 507


class NoKey(PermanentError):
    """A key is needed."""

    kind, http_status = "no-key", 401


class NotAllowed(PermanentError):
    """The key does not allow this."""

    kind, http_status = "not-allowed", 403


class TooLarge(PermanentError):
    """The request body is too large."""

    kind, http_status = "too-large", 413


class WrongHost(PermanentError):
    """The request addresses this server by an unknown name."""

    kind, http_status = "wrong-host", 421


class WrongContentType(PermanentError):
    """The request body is not JSON."""

    kind, http_status = "wrong-content-type", 415


class ProblemResponse(JSONResponse):
    """A problem as a reply; on OpenAI's routes with `error` beside it, as RFC 9457 allows."""

    media_type = PROBLEM_TYPE

    def render(self, content: Any) -> bytes:
        if content["instance"].startswith(_OPENAI_PATHS):
            content = {**content, "error": openai_error(content)}
        return super().render(content)


def problem(error: TelalError, *, instance: str) -> dict[str, Any]:
    """The error as a problem object, without details of the server's inside."""
    title = (type(error).__doc__ or "Error").strip().split("\n")[0].rstrip(".")
    internal = error.kind in _INTERNAL
    return _object(
        error.kind,
        title,
        error.http_status,
        detail=f"{title}." if internal else error.message,
        hint="See the server's log for details." if internal else error.hint,
        instance=instance,
    )


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
    """A problem as OpenAI's clients read errors."""
    kind = body["type"].rsplit("/", 1)[-1]
    message = f"{body['detail']} {body['hint']}".strip()
    return {"message": message, "type": kind, "param": None, "code": kind}


def reply_for(error: TelalError, request: Request, headers: Mapping[str, str] | None = None) -> Response:
    """The reply to an error of the TelalError tree, with Retry-After where trying again may help."""
    if error.kind in _INTERNAL:
        log.error("%s %s: %s", request.method, request.url.path, error, exc_info=error)
    wait_s = getattr(error, "retry_after_s", 2 if isinstance(error, TransientError) else None)
    again = {"Retry-After": str(wait_s)} if wait_s is not None else {}
    if error.http_status == 401:
        again["WWW-Authenticate"] = "Bearer"
    return ProblemResponse(problem(error, instance=request.url.path), error.http_status, {**again, **(headers or {})})


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
    body = _object(
        "bad-input",
        "A question, a record or a parameter is not usable",
        422,
        detail=_sentence(found[0]) if found else "The request is not usable.",
        hint="The OpenAPI description at /openapi.json says what is allowed.",
        instance=request.url.path,
    )
    body["errors"] = [{"pointer": _pointer(e["loc"]), "detail": str(e["msg"])} for e in found[:_MOST_ERRORS]]
    return ProblemResponse(body, 422)


def _sentence(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0])
    return f"{where[:200]}: {error['msg']}."


def _pointer(loc: Sequence[Any]) -> str:
    """RFC 6901, with the place (body, query, path) first."""
    return "".join("/" + str(part)[:100].replace("~", "~0").replace("/", "~1") for part in loc)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 404:
        detail = f"There is nothing at {request.url.path[:200]}."
    elif error.status_code == 405:
        detail = f"{request.method} is not allowed at {request.url.path[:200]}."
    elif error.status_code == 413:
        return reply_for(TooLarge(str(error.detail), hint="Send less."), request, headers)
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
    return ProblemResponse(body, status, headers)


def fault_reply(request: Request) -> Response:
    """The reply to an internal error; details go to the log."""
    return _status_reply(request, 500, kind="fault", detail="Something went wrong inside the server.")
