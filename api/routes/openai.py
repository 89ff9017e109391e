"""The routes in OpenAI's shape: models and chat completions. Every answer keeps its citations."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import anyio
from fastapi import APIRouter, Depends, Request
from sse_starlette import ServerSentEvent
from starlette.responses import JSONResponse, Response

from api.answering.answer_stream import AnswerStream, as_line, event_stream
from api.auth.access import needs
from api.deps import ServicesOf
from api.http.errors import openai_error, problem
from api.http.openapi import GUARDED_STATUSES, JSON_BODY, STREAM, problems
from api.openai.replies import OpenAIReply, TextPieces, count_usage, model_reply, require_telal
from api.openai.schemas import ChatIn, question_of
from rag.errors import TelalError
from rag.types import Finished

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])


@router.get(
    "/models", summary="List models", dependencies=[Depends(needs("search"))], responses=problems(*GUARDED_STATUSES)
)
async def models() -> dict[str, Any]:
    """`telal` answers."""
    return {"object": "list", "data": [model_reply()]}


@router.get(
    "/models/{model}",
    summary="Get a model",
    dependencies=[Depends(needs("search"))],
    responses=problems(404, 422, *GUARDED_STATUSES),
)
async def get_model(model: str) -> dict[str, Any]:
    """The model."""
    require_telal(model)
    return model_reply()


@router.post(
    "/chat/completions",
    summary="Chat completion",
    dependencies=[Depends(needs("ask"))],
    response_model=dict[str, Any],
    responses={**problems(404, *JSON_BODY, *GUARDED_STATUSES, 503, 504), **STREAM},
)
async def chat(body: ChatIn, request: Request, telal: ServicesOf) -> Response:
    """The last user message is the question, the messages before it the conversation; sampling has no meaning here.

    `citations` and `telal` (the whole answer) stand beside OpenAI's fields.
    """
    require_telal(body.model)
    question = question_of(body)
    answering = await AnswerStream.begin(question, request, telal)
    reply = OpenAIReply(telal.answer_ids.new(request), int(time.time()), str(request.base_url))
    if not body.stream:
        answer = await answering.answer()
        return JSONResponse(reply.chat(answer, await count_usage(telal, question, answer)))
    stopping = anyio.Event()

    async def chunks() -> AsyncIterator[dict[str, Any]]:
        pieces = TextPieces()
        yield reply.chunk({"role": "assistant", "content": ""})
        async for event in answering.events(stopping):
            if isinstance(event, TelalError):
                yield {"error": openai_error(problem(event, instance=""))}
                continue
            for piece in pieces.of(event):
                yield reply.chunk({"content": piece.text})
            if isinstance(event, Finished):
                yield reply.chat_end(event.answer)
                if body.stream_options is not None and body.stream_options.include_usage:
                    yield reply.usage_chunk(await count_usage(telal, question, event.answer))

    async def events() -> AsyncIterator[ServerSentEvent]:
        async for chunk in chunks():
            yield ServerSentEvent(as_line(chunk), sep="\n")
        yield ServerSentEvent("[DONE]", sep="\n")

    return event_stream(events(), stopping, telal.settings.server)
