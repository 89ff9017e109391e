"""The routes for following a question: a feed for everybody, webhooks for who holds a key."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.auth.access import AccessControl, needs
from api.deps import ServicesOf
from api.follow import atom
from api.follow.followed import FollowedQuestion, ask
from api.http.openapi import GUARDED_STATUSES, problems
from api.routes.archive import FirstDay, LastDay, Names
from api.schemas.requests import Language, Text
from rag.question.prepare import language_of
from rag.types import Filters

router = APIRouter(prefix="/v1", tags=["following"])


@router.get(
    "/follow.atom",
    summary="Follow a question in a feed reader",
    response_class=Response,
    dependencies=[Depends(needs("search"))],
    responses={
        200: {"content": {atom.MEDIA_TYPE: {"schema": {"type": "string"}}}},
        **problems(422, *GUARDED_STATUSES, 503, 507),
    },
)
async def follow_feed(
    request: Request,
    telal: ServicesOf,
    q: Annotated[Text, Query(min_length=1, max_length=2000, description="a question, or a request for news")],
    language: Annotated[Language | None, Query(description="of the question; default: recognised")] = None,
    first: FirstDay = None,
    last: LastDay = None,
    languages: Annotated[
        list[Language] | None, Query(alias="in", max_length=50, description="of the articles; may be repeated")
    ] = None,
    outlet: Names = None,
    kind: Names = None,
) -> Response:
    """An Atom feed with one entry for each change of the answer. Reading it again asks nothing anew."""
    filters = Filters(first, last, tuple(languages or ()), tuple(outlet or ()), tuple(kind or ()))
    asked, now = FollowedQuestion(q.strip(), language, filters), datetime.now(UTC)
    entries = await telal.run(lambda: telal.follows.entries(asked.id, now))
    if entries is None:
        access = request.app.state.access
        assert isinstance(access, AccessControl)
        await access.admit(request, "ask", counted_as="follow")
        entries = await telal.run(lambda: telal.follows.begin(asked, ask(telal.quotes, asked), now))
    spoken = language or language_of(q)
    written = atom.feed(asked, entries, spoken, address=str(request.url), base=str(request.base_url), began=now)
    tag = f'W/"{hashlib.sha256(written.encode()).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(written, headers=headers, media_type=atom.MEDIA_TYPE)
