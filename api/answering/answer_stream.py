"""Answers one question: waits for a slot, streams the engine's events with the outlets of each quote, and stops."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import partial
from typing import Any, TypeVar

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from api.answering.worker_threads import EventReader, close_stream, unless_gone
from api.auth.access import visitor_of
from api.auth.reader_tokens import Sight
from api.deps import BUDGET_SPENT, Services
from api.http.errors import RequestRefused, ServerStopping, TimedOut
from api.readiness import WAITS_S, silent_archive
from api.schemas.answers import CitationOut
from rag.answer.translate import MOST_TRANSLATED, is_foreign
from rag.answer.write import without_model
from rag.config import ServerSettings
from rag.engine import Engine
from rag.errors import TelalError
from rag.shown import cut_event
from rag.text.messages import localise_notice, message
from rag.types import Answer, Citation, Cited, Event, Filters, Finished, InterimAnswer, Sentence, Turn, WrittenDelta

T = TypeVar("T")

log = logging.getLogger("telal.api")

SEND_TIMEOUT_S = 30.0  # a client that takes nothing for so long is cut off
STOP_GRACE_S = 2.0  # after the wait for running answers: then sse-starlette cuts the stream


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """The arguments of `Engine.stream` as values, so that equal questions share an answer."""

    text: str
    filters: Filters = Filters()
    history: Sequence[Turn] = ()
    as_of: date | None = None
    language: str | None = None
    page_language: str | None = None
    about: str | None = None


class AnswerStream:
    """The answer to one question while it is being made. Call `stop` at the end, whatever happened."""

    def __init__(
        self,
        work: EventReader,
        request: Request | None,
        telal: Services,
        *,
        deadline: float,
        notices: tuple[str, ...],
        sight: Sight,
    ) -> None:
        self._work, self._request, self._telal = work, request, telal
        self._deadline, self._notices, self._sight = deadline, notices, sight
        self._first: Event | None = None
        self._interim: InterimAnswer | None = None  # the answer without the language model, while that is asked
        self._written: list[Sentence] = []  # by the language model
        self._cited: list[Citation] = []  # by the language model
        self._stopped: float | None = None  # when the server was told to stop

    @classmethod
    async def begin(cls, question: AskedQuestion, request: Request | None, telal: Services) -> AnswerStream:
        """Starts an answer: waits for a slot and the first event, so that most failures get an HTTP status of their
        own.

        What its events show is cut to what the reader may see. Raises Busy, BadInput, TimedOut, ClientGone, and
        RequestRefused for a reader's token that is not right.
        """
        sight = await telal.sight(request)
        deadline = anyio.current_time() + telal.settings.server.answer_timeout_s
        question = replace(question, history=tuple(question.history))
        engine = telal.engine
        work = telal.shared.join((question, True))
        if work is None:  # only a new answer counts towards today's answers by the model
            engine = engine if await telal.may_use_model() else telal.quotes
            asked = (question, engine is telal.engine)
            make = partial(_events, question, engine)
            work = telal.shared.join(asked) or telal.shared.begin(asked, make, telal.workers)
        notices = () if engine is telal.engine else (BUDGET_SPENT,)
        self = cls(work, request, telal, deadline=deadline, notices=notices, sight=sight)
        try:
            self._first = await unless_gone(request, self._next())
        except BaseException:
            work.stop()
            raise
        return self

    def stop(self) -> None:
        """Stops the work if it is still running."""
        self._work.stop()

    async def answer(self) -> Answer:
        """Returns the whole answer. Raises the engine's errors, TimedOut and ClientGone."""
        try:
            return await unless_gone(self._request, self._last())
        finally:
            self.stop()

    async def events(self, stopping: anyio.Event) -> AsyncIterator[Event | TelalError]:
        """Yields the events as they come. The last is Finished or an error."""
        try:
            assert self._first is not None
            event = self._first
            yield event
            while not isinstance(event, Finished):
                event = await self._next_unless(stopping)
                yield event
        except TelalError as error:
            yield error
        except Exception:
            log.exception("An answer failed while it was streaming")
            yield RequestRefused("fault", "Something went wrong inside the server.")
        finally:
            self.stop()

    async def _last(self) -> Answer:
        event = self._first
        while not isinstance(event, Finished):
            event = await self._next()
        return event.answer

    async def _next(self) -> Event:
        try:
            async with asyncio.timeout(max(self._deadline - anyio.current_time(), 0)):
                event = await self._heard(self._work.next())
        except TimeoutError:
            if self._interim is None:
                raise TimedOut("The answer took too long.", hint="Ask again, or ask something narrower.") from None
            event = without_model(self._interim, self._written, self._cited)
        assert event is not None, "a stream always ends with Finished"
        match event:
            case InterimAnswer():
                self._interim = event
            case WrittenDelta():
                self._written.append(event.sentence)
            case Cited() if self._interim is not None:
                self._cited.append(event.citation)
        if isinstance(event, Finished):
            answer = event.answer
            more = (localise_notice(notice, answer.language) for notice in self._notices)
            event = Finished(replace(answer, notices=(*answer.notices, *more)))
            self._telal.metrics.count_answer(event.answer)
            self._telal.recorder.note(event.answer, visitor_of(self._request) if self._request is not None else "")
        return cut_event(event, self._sight.level)

    async def _heard(self, awaitable: Awaitable[T]) -> T:
        """Waits no longer than the database speaks, unless for the language model: whoever asks again meets another
        machine."""
        coming = asyncio.ensure_future(awaitable)
        try:
            while not (await asyncio.wait({coming}, timeout=WAITS_S))[0]:
                if self._interim is None and await self._telal.readiness.silent() and not coming.done():
                    raise silent_archive()
            return coming.result()
        finally:
            coming.cancel()

    async def _next_unless(self, stopping: anyio.Event) -> Event:
        """Returns the next event. Raises ServerStopping when the server stops and the event does not come soon."""
        coming = asyncio.ensure_future(self._next())
        stop = asyncio.ensure_future(stopping.wait())
        try:
            await asyncio.wait({coming, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                self._stopped = self._stopped or anyio.current_time()
                left = self._stopped + self._telal.settings.server.stop_wait_s - anyio.current_time()
                await asyncio.wait({coming}, timeout=max(left, 0))
            if not coming.done():
                raise ServerStopping("The server is stopping.", hint="Ask again in a moment.")
            return coming.result()
        finally:
            coming.cancel()
            stop.cancel()


def _events(question: AskedQuestion, engine: Engine) -> Iterator[Event]:
    """Streams the engine's events, each citation with its outlets."""
    events = engine.stream(
        question.text,
        filters=question.filters,
        history=question.history,
        as_of=question.as_of,
        language=question.language,
        page_language=question.page_language,
        about=question.about,
    )
    # As of a day, nobody knew yet who would print it later.
    carriers = engine.archive.carriers if question.as_of is None else lambda article, quote: ()
    return with_outlets(events, carriers, translates=engine.writer is not None and question.as_of is None)


def as_line(value: Mapping[str, Any]) -> str:
    """Writes JSON without line ends, so that no text of an article can end its event."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def event_stream(events: AsyncIterator[ServerSentEvent], stopping: anyio.Event, server: ServerSettings) -> Response:
    """Makes the reply that sends events as they come. Lines end in a bare newline, as in every example of SSE."""
    return EventSourceResponse(
        events,
        ping=server.heartbeat_s,
        ping_message_factory=lambda: ServerSentEvent(comment="ping", sep="\n"),
        sep="\n",
        headers={"Cache-Control": "no-store"},
        send_timeout=SEND_TIMEOUT_S,
        shutdown_event=stopping,
        shutdown_grace_period=server.stop_wait_s + STOP_GRACE_S,
    )


Carriers = Callable[[str, str], tuple[str, ...]]


def with_outlets(events: Iterator[Event], carriers: Carriers, *, translates: bool = False) -> Iterator[Event]:
    """Adds its outlets to each citation in the events of an answer. Closes the events when it is closed.

    `carriers` returns the outlets whose own text holds a quote, given the id of an article and the quote. `translates`:
    a language model does.
    """
    known: dict[tuple[str, str], tuple[str, ...]] = {}

    def label(c: Citation, language: str) -> str:
        may = translates and is_foreign(c.language, language) and len(c.quote) <= MOST_TRANSLATED
        return message("translate_label", language) if may else ""

    def carried(citations: Sequence[Citation], language: str = "") -> tuple[CitationOut, ...]:
        for key in {(c.article_id, c.quote) for c in citations} - known.keys():
            known[key] = carriers(*key)
        return tuple(
            CitationOut(
                **{field.name: getattr(c, field.name) for field in fields(Citation)},
                outlets=known[c.article_id, c.quote],
                translate_label=label(c, language),
            )
            for c in citations
        )

    try:
        for event in events:
            if isinstance(event, Cited):
                yield replace(event, citation=carried([event.citation])[0])
            elif isinstance(event, Finished | InterimAnswer):
                whole = event.answer
                yield replace(event, answer=replace(whole, citations=carried(whole.citations, whole.language)))
            else:
                yield event
    finally:
        close_stream(events)
