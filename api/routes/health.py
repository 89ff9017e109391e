"""Is the process alive, and can it answer?"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from api.deps import Telal
from api.schemas import LiveOut, ReadyOut
from rag.errors import TelalError
from rag.wire import jsonable

router = APIRouter(tags=["operations"])


@router.get("/livez", summary="Alive?", response_model=LiveOut)
async def livez() -> Response:
    """200 as long as the process serves."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", summary="Ready?", response_model=ReadyOut, responses={503: {"model": ReadyOut}})
def readyz(telal: Telal) -> Response:
    """200 when questions can be answered, 503 when not; degraded modes are named in `notices`."""
    archive, indexes = "ok", {}
    try:
        telal.engine.archive.last_change()
        indexes = jsonable(telal.engine.indexes.status())
    except TelalError as error:
        archive = error.kind
    ready = archive == "ok"
    body = {
        "status": "ready" if ready else "not-ready",
        "model": telal.engine.embedder.model_id,
        "archive": archive,
        "indexes": indexes,
        "notices": list(telal.engine.indexes.notices()),
    }
    return JSONResponse(body, 200 if ready else 503)
