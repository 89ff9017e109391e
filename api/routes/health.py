"""The routes for operators: is the process alive, can it answer, and its metrics."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from api.auth.access import AccessControl, address_of, needs
from api.deps import ServicesOf
from api.freshness import read_until
from api.http.openapi import GUARDED_STATUSES, problems
from api.metrics import CONTENT_TYPE
from api.schemas.answers import LiveOut, ReadyOut
from api.schemas.archive import StatusOut
from api.schemas.requests import Language
from rag.engine import Engine
from rag.wire import jsonable

router = APIRouter(tags=["operations"])


@router.get("/livez", summary="Alive?", response_model=LiveOut)
async def livez() -> Response:
    """200 as long as the process serves."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", summary="Ready?", response_model=ReadyOut, responses={503: {"model": ReadyOut}})
def readyz(telal: ServicesOf) -> Response:
    """200 when questions can be answered, 503 when not, within two seconds; degraded modes are named in `notices`."""
    found = telal.readiness.standing()
    ready = found.archive == "ok"
    body = {
        "status": "ready" if ready else "not-ready",
        "model": telal.engine.embedder.model_id,
        "archive": found.archive,
        "indexes": found.indexes,
        "notices": list(found.notices),
        "language_model": _language_model(telal.engine),
    }
    return JSONResponse(body, 200 if ready else 503)


@router.get(
    "/v1/status",
    summary="Is it fresh?",
    response_model=StatusOut,
    dependencies=[Depends(needs("search"))],
    responses=problems(422, *GUARDED_STATUSES, 503),
)
async def status(
    telal: ServicesOf, language: Annotated[Language, Query(description="the reader's")] = "en"
) -> Response:
    """Until when the archive was read, and when the newest article of each outlet came in."""
    newest = await telal.run(telal.freshness.newest)
    until = max(newest.values(), default=None)
    outlets = [
        {"outlet": name, "last": jsonable(last)} for name, last in sorted(newest.items(), key=lambda one: one[1])
    ]
    text = read_until(until, language) if until else ""
    return JSONResponse({"read_until": jsonable(until), "text": text, "outlets": outlets})


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={
        **problems(404, *GUARDED_STATUSES),
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
    },
)
async def metrics(request: Request, telal: ServicesOf) -> Response:
    """For this machine, or with an admin key, unless TELAL_SERVER__METRICS says otherwise. Of one worker."""
    wanted = telal.settings.server.metrics
    if wanted == "off":
        raise HTTPException(404)
    address = address_of(request)
    if wanted == "local" and not (address and address.is_loopback):
        access = request.app.state.access
        assert isinstance(access, AccessControl)
        await access.admit(request, "admin")
    return Response(await telal.run(telal.metrics.text), media_type=CONTENT_TYPE)


def _language_model(engine: Engine) -> str:
    """Returns the state of the language model: none, ready, or resting after failures."""
    if engine.writer is None:
        return "none"
    return "resting" if engine.writer.breaker.resting else "ready"
