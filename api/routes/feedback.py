"""POST /v1/feedback: what a reader says of an answer."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.access import needs
from api.deps import Telal
from api.http.openapi import GUARDED, JSON_BODY, problems
from api.kept.feedback import Feedback, FeedbackFile
from api.schemas.requests import FeedbackIn

router = APIRouter(prefix="/v1", tags=["questions"])


@router.post(
    "/feedback",
    summary="Judge an answer",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(needs("search"))],
    responses=problems(*JSON_BODY, *GUARDED, 503, 507),
)
def feedback(body: FeedbackIn, telal: Telal) -> Response:
    """Kept without an address; with the question only if the reader sends it."""
    FeedbackFile(telal.settings.data_dir, telal.database).add(
        Feedback(body.id, body.verdict, body.comment, body.citation, body.question, body.answer, body.quote)
    )
    return Response(status_code=204)
