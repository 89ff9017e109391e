"""GET /v1/articles/{id}: an article, and a quote inside it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import JSONResponse, Response

from api.auth.access import needs
from api.deps import Telal
from api.http.openapi import GUARDED_STATUSES, problems
from api.schemas.answers import ArticleOut
from api.schemas.replies import article_for_readers, article_reply, context_of
from rag.errors import BadInput

router = APIRouter(prefix="/v1", tags=["articles"])

_FAR = 2**31 - 1

ArticleId = Annotated[str, Path(description="as in a citation", max_length=2000)]
Offset = Annotated[int | None, Query(ge=0, le=_FAR, description="code points, of the passage to show in its context")]
Revision = Annotated[int | None, Query(ge=1, le=_FAR, description="default: the current one")]


@router.get(
    "/articles/{article_id:path}",
    summary="Read an article",
    response_model=ArticleOut,
    dependencies=[Depends(needs("search"))],
    responses=problems(404, 410, 422, *GUARDED_STATUSES, 503),
)
def article(
    article_id: ArticleId, telal: Telal, start: Offset = None, end: Offset = None, revision: Revision = None
) -> Response:
    """An article; with `start` and `end` also that stretch in its context, cut on sentence borders."""
    if (start is None) != (end is None):
        raise BadInput("Of start and end only one is given.", hint="Give both, as a citation has them, or none.")
    found = article_for_readers(telal.engine.archive, article_id, revision=revision)
    body = article_reply(found, telal.engine.archive.clusters([article_id]).get(article_id))
    if start is not None and end is not None:
        body["context"] = asdict(context_of(found, start, end))
    return JSONResponse(body)
