"""The routes for what the server keeps of readers: reports on answers, conversations, shared answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import JSONResponse, Response

from api.answering.answer_stream import AnswerStream, AskedQuestion
from api.auth.access import check_limit, needs
from api.deps import ServicesOf
from api.http.openapi import GUARDED_STATUSES, JSON_BODY, problems
from api.reader_data.feedback import Feedback, FeedbackStore
from api.reader_data.shares import render_share
from api.schemas.answers import SharedOut, ShareOut
from api.schemas.replies import answer_reply
from api.schemas.requests import FeedbackIn, ShareIn
from rag.errors import BadInput
from rag.shown import cut_answer

OF_ONE_ANSWER = "5/day"  # reports

router = APIRouter(prefix="/v1", tags=["questions"])


@router.post(
    "/feedback",
    summary="Judge an answer",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(needs("search", counted_as="feedback"))],
    responses=problems(*JSON_BODY, *GUARDED_STATUSES, 503, 507),
)
async def feedback(body: FeedbackIn, telal: ServicesOf) -> Response:
    """Of an answer of the last seven days, by its `id`; of each a few times. Kept without an address; with the question
    only if the reader sends it."""
    if not telal.answer_ids.was_given(body.id):
        raise BadInput(
            "No answer of the last seven days has this id.", hint="Send the `id` of the answer as it came with it."
        )
    if (standing := await telal.limiter.hit("reports", OF_ONE_ANSWER, body.id)) is not None:
        check_limit(standing)
    said = Feedback(body.id, body.verdict, body.comment, body.citation, body.question, body.answer, body.quote)
    await telal.run(lambda: FeedbackStore(telal.database).add(said))
    return Response(status_code=204)


@router.delete(
    "/conversations/{conversation}",
    summary="Forget a conversation",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(needs("search"))],
    responses=problems(422, *GUARDED_STATUSES, 503, 507),
)
async def forget(conversation: Annotated[str, Path(pattern="^[0-9a-f]{32}$")], telal: ServicesOf) -> Response:
    """Erases it at once; also when it has ended already."""
    await telal.run(lambda: telal.conversations.erase(conversation))
    return Response(status_code=204)


@router.post(
    "/shares",
    summary="Share an answer",
    status_code=201,
    response_model=ShareOut,
    dependencies=[Depends(needs("ask"))],
    responses=problems(404, 410, *JSON_BODY, *GUARDED_STATUSES, 503, 504, 507),
)
async def share(body: ShareIn, request: Request, telal: ServicesOf) -> Response:
    """Answers the question once more and keeps that answer: what is shown under Telal's name was made by Telal."""
    question = AskedQuestion(body.question, filters=body.filters.value(), as_of=body.as_of, language=body.language)
    answer = await (await AnswerStream.begin(question, request, telal)).answer()
    answer = cut_answer(answer, (await telal.sight(None)).level)  # a reader's token is for that reader
    reply = answer_reply(answer, telal.answer_ids.new(request))
    kept = await telal.run(lambda: telal.shares.keep(reply, telal.engine.archive))
    return JSONResponse(kept.model_dump() | {"until": kept.until.isoformat()}, status_code=201)


@router.get(
    "/shares/{share}",
    summary="Read a shared answer",
    response_model=SharedOut,
    dependencies=[Depends(needs("search"))],
    responses=problems(404, 410, 422, *GUARDED_STATUSES, 503),
)
async def shared(share: Annotated[str, Path(pattern="^[0-9a-f]{16}$")], telal: ServicesOf) -> Response:
    """The answer as it was given, without what rested on articles that are gone, and what changed since."""
    found = await telal.run(lambda: telal.shares.find(share))
    sight = await telal.sight(None)
    body = await telal.run(lambda: render_share(found, telal.engine.archive, sight.level))
    return JSONResponse({**body, "until": found.until.isoformat()}, headers={"cache-control": "no-store"})


@router.delete(
    "/shares/{share}",
    summary="Erase a shared answer",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(needs("search"))],
    responses=problems(422, *GUARDED_STATUSES, 503, 507),
)
async def unshare(
    share: Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="the secret that came with it, not its id")],
    telal: ServicesOf,
) -> Response:
    """Erases it at once, by the secret that its reader was given; also when it has ended already."""
    await telal.run(lambda: telal.shares.erase(share))
    return Response(status_code=204)
