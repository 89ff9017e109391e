"""DELETE /v1/conversations/{id}: a reader's right to be forgotten before the time is up."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from api.auth.access import needs
from api.deps import Telal
from api.http.openapi import GUARDED, problems

router = APIRouter(prefix="/v1", tags=["questions"])


@router.delete(
    "/conversations/{conversation}",
    summary="Forget a conversation",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(needs("search"))],
    responses=problems(422, *GUARDED, 503, 507),
)
async def forget(conversation: Annotated[str, Path(pattern="^[0-9a-f]{32}$")], telal: Telal) -> Response:
    """Erases it at once; also when it has ended already."""
    await telal.run(lambda: telal.conversations.erase(conversation))
    return Response(status_code=204)
