"""The routes in OpenAI's shape: models, chat completions, responses, embeddings. Every answer keeps its citations."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import anyio
from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from api.answering.answer_stream import AnswerStream, AskedQuestion, data_events, event_stream
from api.auth.access import needs
from api.deps import Services, ServicesOf
from api.http.errors import openai_error, problem
from api.http.openapi import GUARDED_STATUSES, JSON_BODY, STREAM, problems
from api.openai.replies import (
    OpenAIReply,
    TextPieces,
    count_usage,
    embedding_name,
    embeddings_reply,
    model_reply,
    require_known,
)
from api.openai.schemas import MODEL, ChatIn, EmbeddingsIn, Message, ResponsesIn, question_of
from rag.errors import BadInput, TelalError
from rag.types import Answer, Finished

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])


@router.get(
    "/models", summary="List models", dependencies=[Depends(needs("search"))], responses=problems(*GUARDED_STATUSES)
)
async def models(telal: ServicesOf) -> dict[str, Any]:
    """`telal` answers; the other one embeds."""
    return {"object": "list", "data": [model_reply(name) for name in (MODEL, embedding_name(telal))]}


@router.get(
    "/models/{model}",
    summary="Get a model",
    dependencies=[Depends(needs("search"))],
    responses=problems(404, 422, *GUARDED_STATUSES),
)
async def get_model(model: str, telal: ServicesOf) -> dict[str, Any]:
    """One of the models."""
    require_known(model, MODEL, embedding_name(telal))
    return model_reply(model)


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
    require_known(body.model, MODEL)
    question = question_of(body.messages, body)
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
                yield error_of(event)
                continue
            for piece in pieces.of(event):
                yield reply.chunk({"content": piece.text})
            if isinstance(event, Finished):
                yield reply.chat_end(event.answer)
                if body.stream_options is not None and body.stream_options.include_usage:
                    yield reply.usage_chunk(await count_usage(telal, question, event.answer))

    events = data_events(chunks(), end="[DONE]")
    return event_stream(events, stopping, telal.settings.server)


@router.post(
    "/embeddings",
    summary="Embed texts",
    dependencies=[Depends(needs("search"))],
    response_model=dict[str, Any],
    responses=problems(404, *JSON_BODY, *GUARDED_STATUSES, 503),
)
async def embeddings(body: EmbeddingsIn, telal: ServicesOf) -> Response:
    """Unit vectors of the model that the archive is searched with. Our own `input_type` tells queries from passages."""
    name, embedder = embedding_name(telal), telal.engine.embedder
    require_known(body.model or name, name, MODEL)

    def embed() -> dict[str, Any]:
        if body.input_type == "query":
            vectors = [embedder.embed_query(text) for text in body.texts]
        else:
            vectors = list(embedder.embed_passages(body.texts))
        tokens = sum(embedder.count_tokens(body.texts))
        return embeddings_reply(vectors, name, tokens, as_base64=body.encoding_format == "base64")

    return JSONResponse(await telal.run(embed))


def error_of(error: TelalError) -> dict[str, Any]:
    """Writes an error inside a stream as OpenAI's client reads it."""
    return {"error": openai_error(problem(error, instance=""))}


@router.post(
    "/responses",
    summary="Response",
    dependencies=[Depends(needs("ask"))],
    response_model=dict[str, Any],
    responses={**problems(404, *JSON_BODY, *GUARDED_STATUSES, 503, 504), **STREAM},
)
async def responses(body: ResponsesIn, request: Request, telal: ServicesOf) -> Response:
    """As a chat completion, in the newer shape. Nothing is stored: send the conversation as `input`."""
    require_known(body.model, MODEL)
    if body.previous_response_id is not None:
        raise BadInput("Responses are not stored.", hint="Send the conversation as `input`.")
    messages = (Message(content=body.input),) if isinstance(body.input, str) else body.input
    question = question_of(messages, body)
    answering = await AnswerStream.begin(question, request, telal)
    reply = OpenAIReply(telal.answer_ids.new(request), int(time.time()), str(request.base_url))
    if not body.stream:
        answer = await answering.answer()
        return JSONResponse(reply.response(answer, await count_usage(telal, question, answer)))
    stopping = anyio.Event()
    steps = _ResponseEvents(reply, telal, question)
    events = data_events(_number(steps.of(answering, stopping)), named=True)
    return event_stream(events, stopping, telal.settings.server)


class _ResponseEvents:
    """The events of a streamed response, in the order in which OpenAI's clients expect them."""

    def __init__(self, reply: OpenAIReply, telal: Services, question: AskedQuestion) -> None:
        self._reply, self._telal, self._question = reply, telal, question
        self._place = {"item_id": f"msg_{reply.answer_id}", "output_index": 0, "content_index": 0}

    async def of(self, answering: AnswerStream, stopping: anyio.Event) -> AsyncIterator[dict[str, Any]]:
        for step in self._first():
            yield step
        pieces = TextPieces()
        async for event in answering.events(stopping):
            if isinstance(event, TelalError):
                yield {**error_of(event)["error"], "type": "error"}
                continue
            for piece in pieces.of(event):
                yield self._delta(piece.text)
            if isinstance(event, Finished):
                usage = await count_usage(self._telal, self._question, event.answer)
                for step in self._last(event.answer):
                    yield step
                yield {"type": "response.completed", "response": self._reply.response(event.answer, usage)}

    def _first(self) -> list[dict[str, Any]]:
        begun, item = self._reply.in_progress(), self._reply.message(None)
        return [
            {"type": "response.created", "response": begun},
            {"type": "response.in_progress", "response": begun},
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            {"type": "response.content_part.added", **self._place, "part": self._reply.content(None)},
        ]

    def _delta(self, text: str) -> dict[str, Any]:
        return {"type": "response.output_text.delta", **self._place, "delta": text, "logprobs": []}

    def _last(self, answer: Answer) -> list[dict[str, Any]]:
        content = self._reply.content(answer)
        notes = [
            {"type": "response.output_text.annotation.added", **self._place, "annotation_index": n, "annotation": a}
            for n, a in enumerate(content["annotations"])
        ]
        item = self._reply.message(answer)
        return [
            *notes,
            {"type": "response.output_text.done", **self._place, "text": content["text"], "logprobs": []},
            {"type": "response.content_part.done", **self._place, "part": content},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
        ]


async def _number(steps: AsyncIterator[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
    number = 0
    async for step in steps:
        yield {**step, "sequence_number": number}
        number += 1
