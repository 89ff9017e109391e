"""POST /v1/search: passages for a text."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response

from api.auth.access import needs
from api.deps import Telal
from api.http.openapi import GUARDED, JSON_BODY, problems
from api.schemas.answers import SearchOut
from api.schemas.replies import hit_reply
from api.schemas.requests import SearchIn

router = APIRouter(prefix="/v1", tags=["questions"])


@router.post(
    "/search",
    summary="Find passages",
    response_model=SearchOut,
    dependencies=[Depends(needs("search"))],
    responses=problems(*JSON_BODY, *GUARDED, 503),
)
async def search(body: SearchIn, telal: Telal) -> Response:
    """Passages, best first; at most two an article."""

    def find() -> dict[str, Any]:
        hits = telal.engine.search(body.query, filters=body.filters.value(), limit=body.limit)
        return {"hits": [hit_reply(hit) for hit in hits], "notices": telal.notices(hits)}

    return JSONResponse(await telal.run(find))
