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
    turn = await _AskedTurn.of(body, request, telal)
    answering = await AnswerStream.begin(turn.question, request, telal)
    if not body.stream:
        answer = await answering.answer()
        return JSONResponse(await turn.reply(answer))
    stopping = anyio.Event()
    events = turn.events(answering, stopping, instance=request.url.path)
    return event_stream(events, stopping, telal.settings.server)


class _AskedTurn:
    """A question, the id of its answer, and its conversation if the server keeps one."""

    def __init__(self, question: AskedQuestion, answer_id: str, conversation: str | None, telal: Services) -> None:
        self.question = question
        self._answer_id, self._conversation, self._telal = answer_id, conversation, telal

    @classmethod
    async def of(cls, body: AskIn, request: Request, telal: Services) -> _AskedTurn:
        """Reads a request. Raises NotFound if its conversation has ended, BadInput if it also sends a history."""
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
        return cls(question, telal.answer_ids.new(request), conversation, telal)

    async def reply(self, answer: Answer) -> dict[str, Any]:
        """Makes an AnswerOut, after storing the turn in its conversation if there is one."""
        conversation = self._conversation
        if conversation is not None:
            turn = Turn(answer.question, answer.text)
            await self._telal.run(lambda: self._telal.conversations.add(conversation, turn))
        return {**answer_reply(answer, self._answer_id), "conversation": conversation}

    async def events(
        self, answering: AnswerStream, stopping: anyio.Event, *, instance: str
    ) -> AsyncIterator[ServerSentEvent]:
        """Yields the server-sent events of an answer."""
        number = 0
        async for event in answering.events(stopping):
            number += 1
            try:
                if isinstance(event, TelalError):
                    raise event
                name, data = event_reply(event, self._answer_id)
                if isinstance(event, Finished):
                    data = await self.reply(event.answer)
            except TelalError as error:
                name, data = "error", problem(error, instance=instance)
            yield ServerSentEvent(as_line(data), event=name, id=str(number), sep="\n")


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
