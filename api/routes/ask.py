"""POST /v1/ask: one answer as JSON, or as server-sent events while it is being made."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
from fastapi import APIRouter, Depends, Request
from sse_starlette import ServerSentEvent
from starlette.responses import JSONResponse, Response

from api.access import needs
from api.answering import Answering, Question, as_line, event_stream
from api.deps import Telal
from api.errors import problem
from api.middleware import request_id
from api.openapi import GUARDED, JSON_BODY, problems, stream
from api.replies import answer_reply, event_reply
from api.schemas import AnswerOut, AskIn
from rag.errors import TelalError

router = APIRouter(prefix="/v1", tags=["questions"])

_EVENTS = (
    "With `stream: true`: `passages`, then `citation` and `delta` (a verified sentence) as they are ready, `answer` "
    "(the whole reply) last; or `error` (a problem object) last. Ids grow from 1; `: ping` comments keep it alive."
)


@router.post(
    "/ask",
    summary="Ask a question",
    response_model=AnswerOut,
    dependencies=[Depends(needs("ask"))],
    responses={
        **problems(*JSON_BODY, *GUARDED, 503, 504),
        **stream(_EVENTS),
    },
)
async def ask(body: AskIn, request: Request, telal: Telal) -> Response:
    """An answer whose every sentence carries the citations that it rests on, or a refusal. Both are 200."""
    answer_id = request_id(request)
    answering = await Answering.begin(_question(body), request, telal)
    if not body.stream:
        return JSONResponse(answer_reply(await answering.answer(), answer_id))
    stopping = anyio.Event()
    return event_stream(
        _events(answering, stopping, answer_id, instance=request.url.path),
        stopping,
        heartbeat_s=telal.settings.server.heartbeat_s,
    )


def _question(body: AskIn) -> Question:
    return Question(
        body.question,
        filters=body.filters.value(),
        history=[turn.value() for turn in body.history],
        as_of=body.as_of,
        language=body.language,
    )


async def _events(
    answering: Answering, stopping: anyio.Event, answer_id: str, *, instance: str
) -> AsyncIterator[ServerSentEvent]:
    number = 0
    async for event in answering.events(stopping):
        number += 1
        if isinstance(event, TelalError):
            name, data = "error", problem(event, instance=instance)
        else:
            name, data = event_reply(event, answer_id)
        yield ServerSentEvent(as_line(data), event=name, id=str(number), sep="\n")
