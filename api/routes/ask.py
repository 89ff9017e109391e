"""The routes POST /v1/ask, an answer as JSON or as server-sent events, and POST /v1/search, passages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
from fastapi import APIRouter, Depends, Request
from sse_starlette import ServerSentEvent
from starlette.responses import JSONResponse, Response

from api.answering.answer_stream import AnswerStream, AskedQuestion, as_line, event_stream
from api.auth.access import needs
from api.deps import Services, ServicesOf
from api.http.errors import problem
from api.http.openapi import GUARDED_STATUSES, JSON_BODY, problems, stream
from api.schemas.answers import AnswerOut, SearchOut
from api.schemas.replies import answer_reply, event_reply, hit_reply
from api.schemas.requests import AskIn, SearchIn
from rag.errors import BadInput, TelalError
from rag.types import Answer, Finished, Turn

router = APIRouter(prefix="/v1", tags=["questions"])

_EVENTS = (
    "With `stream: true`: `passages`, then `citation` and `delta` (a quoted sentence) as they are ready; where a "
    "language model is asked `interim` (the reply without it), then `citation` and `written` (a sentence of it); "
    "`answer` (the whole reply) last; or `error` (a problem object) last. Ids grow from 1; `: ping` comments keep it "
    "alive."
)


@router.post(
    "/ask",
    summary="Ask a question",
    response_model=AnswerOut,
    dependencies=[Depends(needs("ask"))],
    responses={**problems(404, *JSON_BODY, *GUARDED_STATUSES, 503, 504, 507), **stream(_EVENTS)},
)
async def ask(body: AskIn, request: Request, telal: ServicesOf) -> Response:
    """An answer whose every sentence carries the citations that it rests on, or a refusal. Both are 200."""
    question, conversation = await _asked(body, telal)
    answer_id = telal.answer_ids.new(request)
    answering = await AnswerStream.begin(question, request, telal)

    async def reply(answer: Answer) -> dict[str, Any]:
        if conversation is not None:
            turn = Turn(answer.question, answer.text)
            await telal.run(lambda: telal.conversations.add(conversation, turn))
        return {**answer_reply(answer, answer_id), "conversation": conversation}

    if not body.stream:
        return JSONResponse(await reply(await answering.answer()))
    stopping = anyio.Event()

    async def events() -> AsyncIterator[ServerSentEvent]:
        number = 0
        async for event in answering.events(stopping):
            number += 1
            try:
                if isinstance(event, TelalError):
                    raise event
                name, data = event_reply(event, answer_id)
                if isinstance(event, Finished):
                    data = await reply(event.answer)
            except TelalError as error:
                name, data = "error", problem(error, instance=request.url.path)
            yield ServerSentEvent(as_line(data), event=name, id=str(number), sep="\n")

    return event_stream(events(), stopping, telal.settings.server)


async def _asked(body: AskIn, telal: Services) -> tuple[AskedQuestion, str | None]:
    """Returns the question of a request, and the id of its conversation if the server keeps one. Raises NotFound if
    that has ended, BadInput if a history is sent too."""
    history, conversation = [turn.value() for turn in body.history], body.conversation
    if conversation is not None and history:
        raise BadInput("Both a history and a kept conversation.", hint="Send one of the two.")
    if conversation == "new":
        conversation = telal.conversations.new()
    elif conversation is not None:
        kept = conversation
        history = await telal.run(lambda: telal.conversations.turns(kept))
    question = AskedQuestion(
        body.question,
        filters=body.filters.value(),
        history=history,
        as_of=body.as_of,
        language=body.language,
        page_language=body.page_language,
        about=body.about,
    )
    return question, conversation


@router.post(
    "/search",
    summary="Find passages",
    response_model=SearchOut,
    dependencies=[Depends(needs("search"))],
    responses=problems(*JSON_BODY, *GUARDED_STATUSES, 503),
)
async def search(body: SearchIn, request: Request, telal: ServicesOf) -> Response:
    """Passages, best first; at most two an article."""
    sight = await telal.sight(request)

    def find() -> dict[str, Any]:
        hits = telal.engine.search(body.query, filters=body.filters.value(), limit=body.limit)
        return {"hits": [hit_reply(hit, sight.level) for hit in hits], "notices": telal.notices(hits)}

    return JSONResponse(await telal.run(find))
